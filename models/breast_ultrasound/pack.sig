{
 "key_id": "outpost-development",
 "signature": "cDqEHgAV3+D6pki8sy3TTDrcbgimRS3fhYihea1Oa1juMHMLqHlJH6oCAAltKMK/wtmxBu/RueEgdgj3e1SqAg=="
}
