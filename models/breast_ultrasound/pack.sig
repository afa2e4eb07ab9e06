{
 "key_id": "outpost-development",
 "signature": "bI3qJd5HnNfVoq63USaRO0PuTO3SzHW5RNAXhST2czKEdHbBxQn/BdTnpO3LzgA8BpJ7STKhmwPYxDfIDnXBDw=="
}
