{
 "key_id": "outpost-development",
 "signature": "c2RWKOV6Iwp1LjNC7ZS1EhteixRb1tQ66nGrWRHZTwiQerKpYLZr6exniMKkAAsf7n8TlGgaU7b8sgPdhTgvCQ=="
}
