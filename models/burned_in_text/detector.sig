{
 "key_id": "outpost-development",
 "signature": "pyq4ASwmn8UQAcDlCicPjGUWBqmbBaRm44cOojHKBuYz7BZuAFAzTZFUeQ/g1O/YQz69ChgHtenAgDQxHnERCA=="
}
