"""The files of the web page, on their way to a browser.

Flet reads each of them from the disk in small pieces for every tab, and sends it as it lies there:
15 MB for a first visit. Here they are kept in memory, packed into less than half of that, and a
browser that has one already asks only whether it is still the same.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ui.routes import is_address
from ui.theme import FONTS

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

#: What is smaller when it is packed; pictures and roboto.woff2 are packed already.
_PACKS = (".html", ".js", ".mjs", ".wasm", ".json", ".otf", ".ttf", ".bin")
#: What no page asks for: Python for browsers, and what only helps to find faults in Flutter.
_LEFT_OUT = ("pyodide/", "canvaskit/experimental_webparagraph/")
_LEFT_OUT_KINDS = (".symbols", ".map")
#: gzip's fastest: a tenth larger than its best, and packed in a fifth of a second in all.
_LEVEL = 1
#: Bytes sent at a time, so that small files need not wait for large ones.
_PIECE = 65536
#: Of Flet's headers, those that are no longer true. The others stay: two of them let the browser
#: draw in a thread of its own (cross-origin-opener-policy and -embedder-policy).
_NO_LONGER_TRUE = {b"content-length", b"etag", b"last-modified", b"accept-ranges", b"cache-control"}
_PAGE, _FONT_LIST = "/", "/assets/FontManifest.json"
#: Of the fonts that Flet has every page load before it draws anything, those that we draw with. The
#: others, two dozen files, are for formulas and for Apple's icons.
_KEPT_FONTS = {"MaterialIcons", "Roboto"}
#: Nothing may come from anywhere but here. Flet's page asks a network for one script, which Outpost
#: does not need: in a clinic whose network leads nowhere a browser would wait for it.
_POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' data: blob:; "
    "connect-src 'self' ws: wss: data: blob:; base-uri 'self'; object-src 'none'"
)


@dataclass(frozen=True)
class _File:
    """Headers and contents as they are sent; ``plain``: for a browser that cannot unpack."""

    headers: tuple[tuple[bytes, bytes], ...]
    tag: bytes
    body: bytes
    packed: bool

    @property
    def plain(self) -> bytes:
        return gzip.decompress(self.body) if self.packed else self.body


class WebFiles:
    """An ASGI application in front of Flet's, from which it has every file once.

    ``names``: the files that there are, as paths of the address. Nothing else is kept, so that a
    stranger cannot fill the memory by asking for one file under many names.
    """

    def __init__(self, app: App, names: Iterable[str]) -> None:
        self._app, self._names = app, frozenset(names)
        self._kept: dict[str, asyncio.Task[_File | None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}:
            path = scope["path"]
            if is_address(path):  # Every address of the app is the same page.
                path = _PAGE
            if path in self._names | {_PAGE} and (file := await self._file(path, scope)):
                await _answer(file, scope, send)
                return
        await self._app(scope, receive, send)

    async def _file(self, path: str, scope: Scope) -> _File | None:
        if path not in self._kept:
            self._kept[path] = asyncio.ensure_future(self._fetched(path, scope))
        try:
            # One tab that goes away must not take the file from the others that wait for it.
            return await asyncio.shield(self._kept[path])
        except OSError:
            self._kept.pop(path, None)  # the next who asks may have more luck
            raise

    async def _fetched(self, path: str, scope: Scope) -> _File | None:
        """The file as Flet serves it, made ready; None where Flet has none."""
        status, headers, parts = 0, [], []

        requests: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

        async def nothing_more() -> Message:
            return requests.pop() if requests else await asyncio.Future()

        async def take(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], message["headers"]
            else:
                parts.append(message.get("body", b""))

        host = [header for header in scope["headers"] if header[0] == b"host"]
        asked = {**scope, "method": "GET", "path": path, "raw_path": path.encode()}
        asked |= {"headers": host, "query_string": b"", "extensions": {}}
        await self._app(asked, nothing_more, take)
        if status != 200:
            return None
        kept = [(name, value) for name, value in headers if name.lower() not in _NO_LONGER_TRUE]
        return await asyncio.to_thread(_ready, path, kept, b"".join(parts))


def _ready(path: str, headers: list[tuple[bytes, bytes]], content: bytes) -> _File:
    """Slow: not on the event loop."""
    if path == _FONT_LIST:
        content = _our_fonts(content)
    packed = path == _PAGE or path.endswith(_PACKS)
    body = gzip.compress(content, _LEVEL, mtime=0) if packed else content
    tag = b'"' + hashlib.sha256(content).hexdigest()[:32].encode() + b'"'
    headers = [
        *headers,
        (b"etag", tag),
        # Kept by the browser, which asks each time: after an update all files change at once.
        (b"cache-control", b"no-cache"),
        (b"vary", b"accept-encoding"),
    ]
    if path == _PAGE:
        headers.append((b"content-security-policy", _POLICY.encode()))
    return _File(tuple(headers), tag, body, packed)


def _our_fonts(content: bytes) -> bytes:
    """Flutter's list of fonts: without those that nothing here is drawn with, and with the letters
    of our languages. Of fonts that came later, each would have the whole screen drawn again."""
    listed = [font for font in json.loads(content) if font["family"] in _KEPT_FONTS]
    ours = [{"family": name, "fonts": [{"asset": f"../{file}"}]} for name, file in FONTS.items()]
    return json.dumps([*listed, *ours]).encode()


async def _answer(file: _File, scope: Scope, send: Send) -> None:
    asked = {name.lower(): value for name, value in scope["headers"]}
    if file.tag in asked.get(b"if-none-match", b""):
        await send({"type": "http.response.start", "status": 304, "headers": [*file.headers]})
        await send({"type": "http.response.body", "body": b""})
        return
    headers, body = [*file.headers], file.body
    if file.packed and b"gzip" in asked.get(b"accept-encoding", b""):
        headers.append((b"content-encoding", b"gzip"))
    elif file.packed:
        body = await asyncio.to_thread(lambda: file.plain)
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    body = b"" if scope["method"] == "HEAD" else body
    for begin in range(0, len(body), _PIECE):
        piece = body[begin : begin + _PIECE]
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def files_under(folder: Path) -> Iterator[str]:
    """Every file that a page may ask for, as the path of its address."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        left_out = name.startswith(_LEFT_OUT) or name.endswith(_LEFT_OUT_KINDS)
        if path.is_file() and not left_out:
            yield f"/{name}"
