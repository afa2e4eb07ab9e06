{
 "key_id": "outpost-development",
 "signature": "+jrFCI8UBXs/bJ6ltbQYnIrcetrfnC8+pAC+bxpPvrD7/MyEYnnLmOYNFrC1OkBWGcpYN4HZgQiWmnYN2DMFCg=="
}
