{
 "key_id": "outpost-development",
 "signature": "kWodGwr2HimBniXCPeePbbZv3MAVdb3DtL4VM5rjAiM6dBXQ38/p6BpIVHUDjknh/jjyQminaqi/vuGLqjzHDQ=="
}
