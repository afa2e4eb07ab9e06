{
 "key_id": "outpost-development",
 "signature": "TI6zb5GGnQGNkBt6o8mz/B7ZJIY/73S+FMVnqT1y6Sgc1cTM7kHLNz4W0OJGUNBloEU2bfpffMeiw5uok7TOBg=="
}
