{
 "key_id": "outpost-development",
 "signature": "CvNPAhzuoXCsDUGqccr7OnHd46LrWIz2+U6TxZNI74tvwgZddNfcDo27y6N8Sr97rviKdXeona3bwwDG8SgmAA=="
}
