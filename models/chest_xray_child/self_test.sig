{
 "key_id": "outpost-development",
 "signature": "kDpPdPI9ym6AxN7GAnFfQ91KoPhg69gUMZ2Q6CM5DB6rMBB4lXRqOOI3P12U3XVhNYIkNX1Qj9CRCfvC7F0IAQ=="
}
