{
 "key_id": "outpost-development",
 "signature": "+3z5zSwvaWqOu9iUBxIlUNXjuP9H7LrqYoR6Z9SGTayuzvxzsw+4zOquzhMn1KCbYOuMhTt9F5MgAc88YAuYCw=="
}
