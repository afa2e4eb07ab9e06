"""A network that does to requests what bad networks, proxies and tired servers do.

It speaks just enough HTTP to know where a request and an answer end. Everything that goes through
is kept as it was, to be searched for what must never be in it.
"""

from __future__ import annotations

import asyncio
import gzip
import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PORTAL = b"<!DOCTYPE html><html><body>Welcome! Sign in to our network.</body></html>"
#: Each with whether the server sees the request at all.
FAULTS = (
    "drop",
    "drop_answer",
    "reset_in_request",
    "reset_in_answer",
    "truncate",
    "duplicate",
    "late_duplicate",
    "delay",
    "slow",
    "401",
    "429",
    "500",
    "502",
    "503",
    "portal",
)
MIXES: dict[str, tuple[str, ...]] = {
    "broken lines": ("drop", "drop_answer", "reset_in_request", "reset_in_answer", "truncate"),
    "said twice and late": ("duplicate", "late_duplicate", "drop_answer", "delay", "slow"),
    "tired servers": ("401", "429", "500", "502", "503", "portal", "drop_answer"),
    "everything": FAULTS,
}


@dataclass
class Weather:
    """Which faults happen, and how often (0 to 1). ``delay_s`` is the longest delay."""

    faults: tuple[str, ...] = ()
    share: float = 0.0
    seed: int = 1
    delay_s: float = 0.02
    capture: bool = False
    happened: Counter[str] = field(default_factory=Counter)


class FaultProxy:
    """Stands before one server. ``captured`` is everything that went either way."""

    def __init__(self, upstream: str, weather: Weather) -> None:
        parts = urlsplit(upstream)
        self._host, self._port = parts.hostname or "", parts.port or 0
        self._path = parts.path
        self.weather, self._draw = weather, random.Random(weather.seed)
        self.captured = bytearray()
        self.bytes = 0
        self.port = 0
        self._late: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}{self._path}"

    async def serve(self, ready: threading.Event, stop: asyncio.Event) -> None:
        server = await asyncio.start_server(self._client, "127.0.0.1", 0, limit=1 << 26)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        async with server:
            await stop.wait()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while request := await self._message(reader):
                fault = self._fault()
                self.weather.happened[fault or "none"] += 1
                if not await self._do(fault, request, writer):
                    break
        with suppress(OSError):
            writer.close()

    def _fault(self) -> str:
        weather = self.weather
        if not weather.faults or self._draw.random() >= weather.share:
            return ""
        return self._draw.choice(weather.faults)

    async def _do(self, fault: str, request: bytes, writer: asyncio.StreamWriter) -> bool:
        """Handle one request; whether the connection lives on."""
        if fault == "drop":
            return False
        if fault.isdecimal():
            return await self._say(writer, int(fault), b"{}", "application/json")
        if fault == "portal":
            return await self._say(writer, 200, PORTAL, "text/html")
        if fault == "reset_in_request":
            await self._half(request)
            self._abort(writer)
            return False
        if fault in ("delay", "slow"):
            await asyncio.sleep(self._draw.random() * self.weather.delay_s)
        answer = await self._ask(request)
        if fault == "duplicate":
            answer = await self._ask(request)
        if fault == "late_duplicate":
            task = asyncio.create_task(self._again(request))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
        if fault == "drop_answer":
            return False
        if fault in ("truncate", "reset_in_answer"):
            writer.write(answer[: self._draw.randrange(len(answer))])
            with suppress(OSError):
                await writer.drain()
            if fault == "reset_in_answer":
                self._abort(writer)
            return False
        if fault == "slow":
            for at in range(0, len(answer), 200):
                writer.write(answer[at : at + 200])
                await asyncio.sleep(0)
        else:
            writer.write(answer)
        await writer.drain()
        return True

    async def _again(self, request: bytes) -> None:
        """Out of order: when others have been served."""
        await asyncio.sleep(self._draw.random() * self.weather.delay_s * 10)
        with suppress(OSError, asyncio.IncompleteReadError):
            await self._ask(request)

    async def _ask(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(self._host, self._port, limit=1 << 26)
        try:
            writer.write(request)
            return await self._message(reader)
        finally:
            writer.close()

    async def _half(self, request: bytes) -> None:
        """The server gets half a request, and then nothing."""
        _, writer = await asyncio.open_connection(self._host, self._port)
        writer.write(request[: self._draw.randrange(len(request))])
        with suppress(OSError):
            await writer.drain()
        writer.close()

    async def _message(self, reader: asyncio.StreamReader) -> bytes:
        """A whole request or answer; nothing at the end of the connection."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return b""
        body = b""
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                body = await reader.readexactly(int(value))
            elif name.lower() == b"transfer-encoding":
                body = await self._chunks(reader)
        self.bytes += len(head) + len(body)
        if self.weather.capture:
            self.captured += head + body
            if b"content-encoding: gzip" in head.lower():
                self.captured += gzip.decompress(body)
        return head + body

    async def _chunks(self, reader: asyncio.StreamReader) -> bytes:
        body = b""
        while True:
            line = await reader.readuntil(b"\r\n")
            body += line + await reader.readexactly(int(line, 16) + 2)
            if int(line, 16) == 0:
                return body

    async def _say(self, writer: asyncio.StreamWriter, status: int, body: bytes, kind: str) -> bool:
        head = (
            f"HTTP/1.1 {status} Said\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()
        return True

    def _abort(self, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()


@contextmanager
def faulty(upstream: str, weather: Weather) -> Iterator[FaultProxy]:
    """A proxy on loopback for as long as the block runs."""
    proxy = FaultProxy(upstream, weather)
    ready, loop = threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(proxy.serve(ready, stop))
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait()
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
