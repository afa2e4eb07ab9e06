{
 "key_id": "outpost-development",
 "signature": "FDSVpEKtqW6aLAkCbRRqz6FpK1+ffMMXBoIuw7DV5oAH3pYUzH5FJ3tvbweNpIo2wAc3wK1vui58Sy6/Ot34Bg=="
}
