{
 "key_id": "outpost-development",
 "signature": "bJDhZWSCLWcBI9jksaPBAH/jMpsNjPbNu1+JFZMa3mxpZG6rKi33Gc6GCw0SRLTduUSl5IkfdK+pJpvMOrCyBA=="
}
