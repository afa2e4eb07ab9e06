{
 "key_id": "outpost-development",
 "signature": "pI3Hx/6rei8aVkhK2J44Ux4gV2ep7P1ovzFa6D0zCmYJjGKaUfJlKn1Qk4wiCkO+l8AannsLwTKKMUwQhRT6DQ=="
}
