{
 "key_id": "outpost-development",
 "signature": "vV8nI2PcL9vKohwucU4pbQkFEZK4NXq5ABfZrlmj4qtuOmamw+FceMLivxTCbEIibjN4pYBOohLSS4mCfDp5Dw=="
}
