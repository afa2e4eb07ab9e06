"""Which language is spoken here and now.

One server may have several people before it, so nothing is set for the whole process. A window's
language hangs on its page, and Flet binds the page to whatever runs for that window: drawing,
handlers, tasks and threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ui.language.languages import Language

_spoken: ContextVar[Language | None] = ContextVar("outpost-language", default=None)
_of_window: list[Callable[[], Language | None]] = []


def current_language() -> Language:
    """The language of the window that this runs for; English outside of any."""
    if chosen := _spoken.get():
        return chosen
    for ask in _of_window:
        if found := ask():
            return found
    return Language.ENGLISH


def ask_windows(ask: Callable[[], Language | None]) -> None:
    """Tell how a window's language is found out: the terminal has no windows to ask."""
    if ask not in _of_window:
        _of_window.append(ask)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Speak ``language`` inside the block, whatever the window's is."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)
