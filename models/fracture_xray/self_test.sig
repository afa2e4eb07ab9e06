{
 "key_id": "outpost-development",
 "signature": "ZRx3MU3Bh8OCKwVd1vENsx6O6mMCSUz36ruTi/GufeG9KlwhjB3cGa78OT4XnlOt+23csPrxHo/Q8nqLUHHMBg=="
}
