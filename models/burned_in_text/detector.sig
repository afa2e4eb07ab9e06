{
 "key_id": "outpost-development",
 "signature": "oAdz2vCmT5X3A9G4L/5J18BZY5q/KCTaQmVMZDtszsRfwSzJPnkGo2CgfxTIG2pCSIsgF1HVcSJ7Tb8vYczRDw=="
}
