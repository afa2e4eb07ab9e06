{
 "key_id": "outpost-development",
 "signature": "KrkB5Vwt0HgQ7BNvG7TXupsXiNpeIkb7Nt9fSLJs3eJQD0UIyVOYxH9KnwwY/LzvYkO2nFw+q8QUX0ohEva6Cw=="
}
