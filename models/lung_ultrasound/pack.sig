{
 "key_id": "outpost-development",
 "signature": "ZE5lSfpSMXvuUK6Jm0L21+EhgpWM+JM9SAQowFtSmVD5Ldn9bEVGsfL1XRzlN0XVdLSMN+5+PuraWdXN34uGCA=="
}
