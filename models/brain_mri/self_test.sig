{
 "key_id": "outpost-development",
 "signature": "FNrEEsxwkVUNO0gl1uSYWbEZylD5cCUgPGg+6UArGtinRVbqSg9B2Yoy8i+LtGmrVdqwBN7GwAPaj2wiGJnOAQ=="
}
