{
 "key_id": "outpost-development",
 "signature": "HEiYuCiO/ohPaCfYnCLa8etJFsXNo0nWi8Z2q1ryVUEUEoYJOCKVMOR9iCZR1bRcppyHNMfTdo5P2raybY7wDA=="
}
