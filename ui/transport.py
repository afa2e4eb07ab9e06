"""What Flet writes of its messages: nothing.

Flet makes a line for its log of every message that comes or goes, whether anybody reads that log or
not: the text of a whole screen, or all bytes of a chosen image. That held the event loop for 40 ms
with 3 MB, and for three quarters of the time that a new screen took; and where the log is read, it
would hold names and pixels.
"""

from __future__ import annotations

from typing import Any

from flet.messaging.protocol import Message


class Unspoken(dict[str, Any]):
    """A message's contents, which have no text."""

    def __repr__(self) -> str:
        return "..."


def write_no_messages() -> None:
    """From now on, in this process. Calling it again changes nothing."""
    from flet_web.fastapi.flet_app import FletApp

    Message.__repr__ = _kind_only  # type: ignore[method-assign]
    hear = FletApp._FletApp__on_message
    if getattr(hear, "unspoken", False):
        return

    async def hear_unspoken(app: FletApp, message: list[Any]) -> None:
        await hear(app, [message[0], Unspoken(message[1])])

    hear_unspoken.unspoken = True  # type: ignore[attr-defined]
    FletApp._FletApp__on_message = hear_unspoken


def _kind_only(message: Message) -> str:
    return f"Message({message.action.name})"
