{
 "key_id": "outpost-development",
 "signature": "aZmaw32dV9MsSKp4u31NFq4pN8QydUmH8rs/ck8jPSZMshCbTDtqYmMBcBF+qLrTwVkkIA6UsoJVdGLzJR+KAQ=="
}
