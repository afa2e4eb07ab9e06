"""A browser's tab without a browser: it says to the app what Flet's page says, over a websocket."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgpack

#: flet.messaging.protocol.MessageAction
REGISTER_CLIENT, INVOKE_METHOD = 1, 5
_PAGE = {"route": "/", "width": 400, "height": 800, "web": True, "platform": "linux"}


@contextmanager
def tab(server: str) -> Iterator[Any]:
    """A new tab at the app that answers at ``server`` (host and port)."""
    from websockets.sync.client import connect  # Comes with what serves browsers.

    with connect(f"ws://{server}/ws", origin=f"http://{server}", max_size=None) as line:  # type: ignore[arg-type]
        say_hello(line)
        yield line


def say_hello(line: Any) -> None:
    """Begin a session, as Flet's page does once it is connected."""
    hello = [REGISTER_CLIENT, {"session_id": None, "page_name": "", "page": _PAGE}]
    line.send(b"\0" + msgpack.packb(hello))


def hear(line: Any, words: bytes, patience_s: float) -> bytes:
    """Everything that the tab is told until these words are among it: Flet's messages, whose
    texts are plain. Raises AssertionError when they do not come."""
    told = b""
    end = time.monotonic() + patience_s
    while words not in told:
        assert time.monotonic() < end, f"{words!r} was not shown"
        try:
            message = line.recv(timeout=1)
        except TimeoutError:
            continue
        told += message
        answer_question(line, message)
    return told


def answer_question(line: Any, message: bytes) -> None:
    """The app asks browsers what they keep, and waits a while: this one keeps nothing."""
    action, body = msgpack.unpackb(
        message[1:], strict_map_key=False, ext_hook=lambda code, content: None
    )
    if action == INVOKE_METHOD:
        nothing = {"result": None, "error": None}
        known = {"control_id": body["control_id"], "call_id": body["call_id"]}
        line.send(b"\0" + msgpack.packb([INVOKE_METHOD, {**known, **nothing}]))
