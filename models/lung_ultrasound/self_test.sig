{
 "key_id": "outpost-development",
 "signature": "LMZN8uIS9VHe863Z0BZmpP/fHc7K3qL8EB/BWs34Ww+qsOjER1dUBjyoa1hkoqmOkw7bet+x4VIOlfJALpiIDA=="
}
