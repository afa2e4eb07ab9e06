{
 "key_id": "outpost-development",
 "signature": "HkJbeTZ7r8MRklOwOKHbTrCjA5jSg1pl3o9Fw4WmqWIUvcwKznSnERz/A/V4ZsJUBHlTxVRJTmJLw3k4e/H4Dg=="
}
