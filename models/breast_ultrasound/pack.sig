{
 "key_id": "outpost-development",
 "signature": "qQm15ruL2av+4TiDdmV2L/XpueOML+9SdBWoggx9kqTVbp/GLfl60AbxkWG03lIiiNzb6ltInGrWB6/yyzkFBw=="
}
