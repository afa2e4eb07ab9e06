{
 "key_id": "outpost-development",
 "signature": "xWWGEXN8RsLgH/NDOxJU5vlESfRP6aZJDRNXP94qf4HZ1WWRQCTKH2Fxszh3g3CsKyE6VUi8a/DV9XiYkrbhCQ=="
}
