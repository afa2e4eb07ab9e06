{
 "key_id": "outpost-development",
 "signature": "O+AK4BV3bDwxfiQwBENguH7fsjWdq0tBPl1Hw+Q+k69iNR8/8bUm+ZQCdJQ7ciwjfrrDJK+f3yG7tt6pMS4fAg=="
}
