"""Writing in the picture before it is read: what was found, and what will be black."""

from __future__ import annotations

import flet as ft

from ui import masking_words as words
from ui import theme
from ui.components.notice import notice, quiet
from ui.components.section import section
from ui.sheet import Sheet
from ui.writing import Search, Writing


def writing_card(sheet: Sheet) -> ft.Control:
    """Read aloud when the search ends: it ends while the person looks at the picture. The button
    that covers stands with the picture's other tools."""
    said = ft.Semantics(content=_said(sheet.writing, len(sheet.patches)), live_region=True)
    return section(words.TITLE, [said, quiet(words.READ_UNCOVERED)])


def _said(writing: Writing, shown: int) -> ft.Control:
    if writing.corrected:
        return quiet(words.CHOSEN.format(count=shown) if shown else words.CHOSEN_NOTHING)
    if writing.search is Search.UNDER_WAY:
        return quiet(words.LOOKING)
    if writing.search is Search.FAILED:
        return notice(words.NOT_ON_BOARD, theme.CAUTION_TONE)
    if shown:
        return notice(words.FOUND.format(count=shown), theme.NOTE_TONE)
    return quiet(words.FOUND_NOTHING)
