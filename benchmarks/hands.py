"""A person at a tab without a browser: reads what Flet's messages show, taps and types. Many of
them cost less than one browser does, so that what is measured is the server."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import Any, Self

import msgpack

from tests.tab import answer_question, tab

#: flet.messaging.protocol.MessageAction
CONTROL_EVENT, UPDATE_CONTROL_PROPS = 3, 4
PATIENCE_S = 600
#: The page's own number.
PAGE = 1


class NotShown(Exception):  # noqa: N818 - what a person would say
    """What was waited for did not come."""


class Hands:
    """One tab, and every control that was ever shown in it, by its number."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._stack = ExitStack()
        self.controls: dict[int, dict[str, Any]] = {}
        self._heard: list[str] = []

    def __enter__(self) -> Self:
        self._line = self._stack.enter_context(tab(self._server))
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    # What a person sees

    def sees(self, *words: str) -> str:
        """Wait until one of these is said, and return it. Raises NotShown."""
        end = time.monotonic() + PATIENCE_S
        while True:
            for text in self._heard:
                if found := next((word for word in words if word in text), None):
                    return found
            if time.monotonic() > end:
                raise NotShown(words)
            self._listen(1)

    def listen(self, seconds: float) -> None:
        """Take what is said meanwhile, as an open page does."""
        self._listen(seconds)

    def _listen(self, seconds: float) -> None:
        try:
            message = self._line.recv(timeout=seconds)
        except TimeoutError:
            return
        answer_question(self._line, message)
        self._take(msgpack.unpackb(message[1:], strict_map_key=False, ext_hook=lambda *_: None))

    def _take(self, part: Any) -> None:
        if isinstance(part, str):
            self._heard.append(part)
        elif isinstance(part, list):
            for each in part:
                self._take(each)
        elif isinstance(part, dict):
            if "_i" in part and "_c" in part:
                self.controls[part["_i"]] = part
            for each in part.values():
                self._take(each)

    # What a person does. What was heard before counts no more.

    def tap(self, label: str) -> None:
        """Tap the button of this label that was shown last."""
        self._happen(
            self._last(lambda one: label in (one.get("content"), one.get("text"))), "click"
        )

    def type_secret(self, secret: str) -> None:
        """Type into the covered field."""
        field = self._last(lambda one: one.get("_c") == "TextField" and one.get("password"))
        self._say(UPDATE_CONTROL_PROPS, {"id": field, "props": {"value": secret}})
        self._happen(field, "change", secret)

    def go(self, route: str) -> None:
        """To another page, by its address."""
        self._happen(PAGE, "route_change", {"route": route})

    def choose(self, label: str, picture: bytes) -> None:
        """Choose a picture in the dialog that a browser opens by this button."""
        button = self.controls[self._last(lambda one: one.get("content") == label)]
        file = {"id": 1, "name": "picture.png", "size": len(picture), "bytes": picture}
        self._happen(button["_i"], "click")
        self._happen(button["action"]["service_id"], "result", {"files": [file]})

    def _last(self, fits: Any) -> int:
        found = [number for number, one in self.controls.items() if fits(one)]
        if not found:
            raise NotShown(sorted({str(one.get("_c")) for one in self.controls.values()}))
        return max(found)

    def _happen(self, control: int, name: str, data: object = None) -> None:
        self._heard.clear()
        self._say(CONTROL_EVENT, {"target": control, "name": name, "data": data})

    def _say(self, action: int, body: dict[str, object]) -> None:
        self._line.send(b"\0" + msgpack.packb([action, body]))
