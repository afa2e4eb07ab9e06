{
 "key_id": "outpost-development",
 "signature": "Z0/6ZCEWBahC3vV3+72fJGl/0MTfB8V/06EMN6GOF/M5lwLObIzCVrNN0mxsfgT9K+qfWTahfFAd/reUWTidAQ=="
}
