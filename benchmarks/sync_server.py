"""A FHIR server that only answers: for ``benchmarks.sync``, in a process of its own."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import ssl
import sys
from typing import Any

from tests.sync.small_server import SmallServer, Wishes

_NUMBERS = itertools.count(1)
_STATEMENT = json.dumps(SmallServer(Wishes()).statement()).encode()


def answer(head: bytes, body: bytes, *, packed: bool) -> bytes:
    """Whatever was asked was done."""
    path = head.split(b" ", 2)[1]
    if path.endswith(b"/metadata"):
        return _STATEMENT
    if not head.startswith(b"POST /fhir "):
        return b'{"resourceType":"Bundle","type":"searchset"}'
    bundle = json.loads(gzip.decompress(body) if packed else body)
    if bundle["type"] == "batch":
        return b'{"resourceType":"Bundle","type":"batch-response"}'
    entries = [_taken(each) for each in bundle["entry"]]
    told = {"resourceType": "Bundle", "type": "transaction-response", "entry": entries}
    return json.dumps(told).encode()


def _taken(entry: dict[str, Any]) -> dict[str, Any]:
    kind = entry["resource"]["resourceType"]
    location = f"{kind}/{next(_NUMBERS):08d}-aaaa-4aaa-8aaa-aaaaaaaaaaaa/_history/1"
    return {"response": {"status": "201 Created", "location": location, "etag": 'W/"1"'}}


async def _client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            lines = dict(
                line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line
            )
            body = await reader.readexactly(int(lines.get(b"content-length", b"0")))
            content = gzip.compress(answer(head, body, packed=b"content-encoding" in lines), 5)
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n"
                b"Content-Encoding: gzip\r\nContent-Length: "
                + str(len(content)).encode()
                + b"\r\n\r\n"
                + content
            )
            await writer.drain()
    except (asyncio.IncompleteReadError, OSError):
        writer.close()


async def main() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1])
    server = await asyncio.start_server(_client, "127.0.0.1", 0, ssl=context, limit=1 << 26)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
