{
 "key_id": "outpost-development",
 "signature": "QhlupVWXhiB+0C/Z/2H/P1EAC5pPPLKy5X2KzFyTO9ZaF6ppaBxgils5q/2PzQcFVdrBI/VnqFeQI/oKAoNDAg=="
}
