{
 "key_id": "outpost-development",
 "signature": "yt/lnuKdYhaNg0JHZrnPu52wowcr5MMeCDNtB5R1vyP1HWcaGtUOJdIfrLT2K6U0bHWO8OjnEBnQECWJZIxjBA=="
}
