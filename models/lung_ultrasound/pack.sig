{
 "key_id": "outpost-development",
 "signature": "XMydvUrKZwAeaFvf/MVd7OVsfad9QebhUpeNLkohtK5f/1kLsytP1YNiSH2vXVcFPNW0/QHf++xGRGJqRFiOBA=="
}
