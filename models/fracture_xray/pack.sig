{
 "key_id": "outpost-development",
 "signature": "M4O6GQmEredcwCt9MQDnFbiG9zOb1SFlcHK/mnt7x4tQZKiUZGX5tvnRnblSP0hk+jfrfgXOwurVARDU0+1sBA=="
}
