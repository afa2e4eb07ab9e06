{
 "key_id": "outpost-development",
 "signature": "s5qeokdPAQ4HLfgVGMfrcvjpiAAUbKMn3IfYnbOXI8uC8fUQ4R4hChaToRRYYxL4qVfKPTJ7uElAkaQ7or/2DA=="
}
