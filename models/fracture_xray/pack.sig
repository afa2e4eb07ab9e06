{
 "key_id": "outpost-development",
 "signature": "Z/ZMQheWhQcaB8IULnJuLDDgV6/fvuLTEEu+VBMiBVv+ziB1F1R3etvTQwRTG7yuOKHH0qXsRzdJjncR29LrCg=="
}
