{
 "key_id": "outpost-development",
 "signature": "WZ9uZqdFWjbwiNcJeV8fguF74nbQ9T1shDnJA8pUPY2L2qxVX6mpKAqHNn+xUO9aOqT7guhKS57ivvpzr784DQ=="
}
