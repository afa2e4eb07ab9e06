{
 "key_id": "outpost-development",
 "signature": "4zIcwfyTWlDIxL70dk4zF8L2SMATTJtDZNqTARmProd5Z0yDXr6G/kykHY669uo+cCUtk7mj6CWkklBhC6xMDQ=="
}
