{
 "key_id": "outpost-development",
 "signature": "+QUg6oXyytLQWA2EjSbmHSAypRw6oj9duvCvSIP5NxfmMjyTsOv5MF5TDfmQhf3ZACE1SISrD3SCT9I5HJOyAw=="
}
