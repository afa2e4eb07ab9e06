{
 "key_id": "outpost-development",
 "signature": "O/OWBtk0NrdQgmj+hr/3SXDy+Kmjcnuzg3B97BtcaCaydUWjmA/GY8wdcpD+DG1O163FwCK4rADsleAEmVn6BQ=="
}
