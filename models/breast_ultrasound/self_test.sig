{
 "key_id": "outpost-development",
 "signature": "hekuPzDo28VYk9EOVAotvpTmlwgxLw+p8Fo3ox36dTsghRlS3E2/x5pVmlqWFIVh9wufhRs9LoAd+e1KZYFTDw=="
}
