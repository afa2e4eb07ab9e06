{
 "key_id": "outpost-development",
 "signature": "Mw7xMM3gH/RSP2zuSjsbg6A+exF/iFLek1W5sntQ/SEws9R/wpotI8eb/ef+JWjOW1eliiP2cqoVO/+tanT8BQ=="
}
