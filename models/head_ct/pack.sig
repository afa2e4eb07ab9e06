{
 "key_id": "outpost-development",
 "signature": "3O9PK/ILmYBAZZ6aFdRYUHhN0YaACx88PwRxZwRFNSDZCcJx4QJre7VA+vKc/erV00EG7oqs6eOrYosgMdTbCQ=="
}
