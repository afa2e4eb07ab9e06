"""How large text is in one window or browser tab: as the device has it, or larger.

Phones, Windows and browsers enlarge text by themselves, where a person told them to; this comes on
top of it, for people who share a device.
"""

from __future__ import annotations

import flet as ft

_KEY = "outpost-text-size"
#: By name, how many times as large as usual.
SIZES = {"usual": 1.0, "large": 1.25, "larger": 1.5, "largest": 2.0}


def sized(points: float) -> float:
    """A text's size in the window that is being drawn."""
    return round(points * _scale(), 1)


def text_is_large() -> bool:
    """Whether it is so large in the window that is being drawn that what else stands side by side
    needs lines of its own on a phone."""
    return _scale() >= SIZES["larger"]


def size_text(page: ft.Page, name: str) -> None:
    """From now on the page's text has the size of this name; the usual one for unknown names."""
    page.session.store.set(_KEY, SIZES.get(name, 1.0))


def scale_of(page: ft.Page) -> float:
    """How many times as large as usual this page's text is."""
    found = page.session.store.get(_KEY)
    return found if isinstance(found, float) else 1.0


def _scale() -> float:
    try:
        return scale_of(ft.context.page)
    except RuntimeError:  # nothing is being drawn for any window
        return 1.0
