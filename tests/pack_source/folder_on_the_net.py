"""A web server on loopback that serves a folder of packs, and misbehaves as it is told."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Folder:
    """What is served, and how. ``asked`` are the paths and ranges of every request.

    ``cut_at`` breaks the line after so many bytes of a model, ``cuts`` times; ``statuses`` are
    given, one a request, before anything else; ``rewrite`` changes what a path holds.
    """

    root: Path
    address: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    sent: int = 0
    ranges: bool = True
    cut_at: int = 0
    cuts: int = 0
    statuses: list[int] = field(default_factory=list)
    rewrite: dict[str, Callable[[bytes], bytes]] = field(default_factory=dict)

    def content(self, path: str) -> bytes | None:
        file = self.root / path
        if not file.is_file():
            return None
        content = file.read_bytes()
        return self.rewrite[path](content) if path in self.rewrite else content


@contextmanager
def served(root: Path) -> Iterator[Folder]:
    """Serve ``root`` as long as the ``with`` lasts."""
    folder = Folder(root)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            answer(self, folder)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    folder.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield folder
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(handler: BaseHTTPRequestHandler, folder: Folder) -> None:
    path, wanted = handler.path.lstrip("/"), handler.headers.get("Range", "")
    folder.asked.append((path, wanted))
    if folder.statuses:
        empty(handler, folder.statuses.pop(0))
        return
    content = folder.content(path)
    if content is None:
        empty(handler, 404)
        return
    start = int(re.sub(r"\D", "", wanted)) if wanted and folder.ranges else 0
    if start >= len(content) > 0:
        empty(handler, 416)
        return
    body = content[start:]
    handler.send_response(206 if start else 200)
    handler.send_header("Content-Length", str(len(body)))
    if start:
        handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
    handler.end_headers()
    if path.endswith(".onnx") and folder.cuts > 0:
        folder.cuts -= 1
        body = body[: folder.cut_at]
        handler.close_connection = True
    handler.wfile.write(body)
    folder.sent += len(body)


def empty(handler: BaseHTTPRequestHandler, status: int) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", "0")
    if 300 <= status < 400:
        handler.send_header("Location", "http://portal.example/sign-in")
    handler.end_headers()
