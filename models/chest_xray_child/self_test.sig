{
 "key_id": "outpost-development",
 "signature": "2prQTIkVM2c5xZHLYTw9usTnmncqbzB4NfUeJJpTdzEyC8qAW6PetzfqeHUV+YZgPXsq3eAhWwUsVjgvjlcvCQ=="
}
