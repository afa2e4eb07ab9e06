{
 "key_id": "outpost-development",
 "signature": "AjmvRGIp4e1FwLhYmMWStkhxK8yiZS+0j5lcsFw129L3mwFwxJnQEBMKRmzcdhDAsqhmJJhybkgBuQACySPeAg=="
}
