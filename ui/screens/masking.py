"""The kept picture of a case, and what of it will be black before it leaves."""

from __future__ import annotations

import flet as ft

from ui import masking_words as words
from ui import theme
from ui.components.heat_viewer import fitted
from ui.components.mask_editor import MaskEditor
from ui.components.notice import notice, quiet
from ui.components.section import heading, narrow_column
from ui.state import AppState
from ui.wiring import Actions
from ui.writing import KeptPicture, Search

#: The part of the screen's height that the picture may take: the buttons stay in sight.
_SHARE = 0.45


def masking_screen(state: AppState, actions: Actions, kept: KeptPicture) -> ft.Control:
    """Nothing scrolls away under the finger: only what is below the picture scrolls."""
    most_wide = min(state.width, theme.TEXT_WIDTH) - 2 * theme.MARGIN - theme.TARGET
    size = fitted(kept.width, kept.height, most_wide, state.height * _SHARE)
    told: list[ft.Control] = [heading(words.TITLE)]
    if kept.writing.search is Search.UNDER_WAY:
        # What a person draws meanwhile would be lost: they wait, some tenths of a second.
        return narrow_column([*told, ft.ProgressBar(semantics_label=words.LOOKING)])
    if kept.writing.search is Search.FAILED:
        told.append(notice(words.NOT_ON_BOARD, theme.CAUTION_TONE))
    editor = MaskEditor(
        kept.image,
        size,
        kept.writing.patches,
        actions.masking.keep,
        actions.masking.put_down,
        key=f"masking-{kept.case_id}",
    )
    return narrow_column([*told, quiet(words.HINT), editor, quiet(words.FOR_GOOD)])
