{
 "key_id": "outpost-development",
 "signature": "WyH8lyhLO0fwEmjuunYYMimhiYpsQxldzvP2D9y6UBpKTPS2UTXjm9gF8KdA0XB1/Xm/eMJ67WlSwEpfw3muBw=="
}
