{
 "key_id": "outpost-development",
 "signature": "q42y4dJMuciC+6CL2wsrytNNvjFCrHMeKI5wjHAlA8LRIVsnwQDRTiDd4KQV5tjVkL19/BIGKzlW/ZXmwidpCA=="
}
