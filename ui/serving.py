"""Stands before the app where it is served to others than the person at this computer: a clinic's
tablets, or reviewers. ``main.py serve`` puts it there.

The vault's lock asks who somebody is. This sees that nobody comes to that lock by a strange way,
that no one fills the memory before it, and that a place without a vault, where the app would offer
to make one, is not shown to a network.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

#: This computer's own names, which a proxy on it may use.
OWN_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})

#: What the web framework offers beside the app, and the app does not need.
_NOT_OURS = ("/docs", "/redoc", "/openapi.json", "/upload", "/oauth_callback")
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"geolocation=(), microphone=()"),
)
#: RFC 6455, 7.4.1 and IANA's registry: broken rules; try again later.
_POLICY, _LATER = 1008, 1013
#: What the app may still do for a browser that has gone.
_FAREWELL_S = 2.0


@dataclass(frozen=True)
class Limits:
    """What one server takes upon itself. ``sessions``: browser tabs open at once.
    ``message_bytes``: all files of one choice together."""

    sessions: int = 20
    message_bytes: int = 200_000_000


class Gatehouse:
    """An ASGI application in front of another.

    ``names``: what browsers may call this server, beside this computer's own names. A page of
    another site, or a name that somebody pointed here (DNS rebinding), is turned away.
    ``is_ready`` tells whether there is a vault to sign in to.
    """

    def __init__(
        self, app: App, limits: Limits, names: Iterable[str], is_ready: Callable[[], bool]
    ) -> None:
        self._app, self._limits, self._is_ready = app, limits, is_ready
        self._names = OWN_NAMES | {name.lower() for name in names}
        #: Browser tabs that are open now.
        self.sessions = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._admit(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = self._refusal(scope)
        if status:
            head = {"type": "http.response.start", "status": status, "headers": list(_HEADERS)}
            await send(head)
            await send({"type": "http.response.body", "body": b""})
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_HEADERS]
            await send(message)

        await self._app(scope, receive, send_safely)

    def _refusal(self, scope: Scope) -> int | None:
        """The HTTP status of a refusal; None when there is none."""
        if not self._is_called_rightly(scope):
            return 421
        if scope["method"] not in {"GET", "HEAD"}:
            return 405
        if scope["path"].startswith(_NOT_OURS):
            return 404
        return None if self._is_ready() else 503

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # The request to connect, which must be taken before an answer.
        if not (self._is_called_rightly(scope) and self._is_from_our_page(scope)):
            await send({"type": "websocket.close", "code": _POLICY})
            return
        if self.sessions >= self._limits.sessions or not self._is_ready():
            await send({"type": "websocket.close", "code": _LATER})
            return
        self.sessions += 1
        try:
            await _until_gone(self._app, scope, receive, send)
        finally:
            self.sessions -= 1

    def _is_called_rightly(self, scope: Scope) -> bool:
        return _name_of(f"//{_header(scope, b'host')}") in self._names

    def _is_from_our_page(self, scope: Scope) -> bool:
        return _name_of(_header(scope, b"origin")) in self._names


async def _until_gone(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    """Run the app for one connection, and end it soon after the browser has gone.

    Flet waits for ever for one that went before it had introduced itself: its place would be taken
    until the next start.
    """
    waiting: list[Message] = [{"type": "websocket.connect"}]
    gone = asyncio.Event()

    async def receive_next() -> Message:
        message = waiting.pop() if waiting else await receive()
        if message["type"] == "websocket.disconnect":
            gone.set()
        return message

    running = asyncio.ensure_future(app(scope, receive_next, send))
    leaving = asyncio.ensure_future(gone.wait())
    try:
        await asyncio.wait({running, leaving}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({running}, timeout=_FAREWELL_S)
    finally:
        leaving.cancel()
        running.cancel()
    if running.done() and not running.cancelled():
        running.result()


def _header(scope: Scope, name: bytes) -> str:
    found = [value for key, value in scope["headers"] if key.lower() == name]
    return found[0].decode("latin-1") if len(found) == 1 else ""


def _name_of(address: str) -> str:
    """The host in an address, in lower case; empty where there is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
