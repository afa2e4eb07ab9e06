{
 "key_id": "outpost-development",
 "signature": "x5SSlPbAUhkUgENddoA3J5zGNoSpftDJe95eZFkLVe1Pk1SfXMcH7L9x0mZyTtSq9j8beYoIEQdnhxfhp5CYAg=="
}
