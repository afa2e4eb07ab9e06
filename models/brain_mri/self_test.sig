{
 "key_id": "outpost-development",
 "signature": "Gdo0xtj5skHP3GWFBIIEqN1zGWgwhT0Mjy7pgP+zPnrxMB0zOFOcwb7m31LIT51khKt8eDhvXo8GovxU3JqVAg=="
}
