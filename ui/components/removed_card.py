"""What of identity is left out of the reading: kinds and counts, never a value."""

from __future__ import annotations

import flet as ft

from core.imaging.removed_identity import Removed
from ui import image_words, theme
from ui.components.notice import notice, quiet
from ui.components.section import bullets, section


def removed_card(removed: Removed, files: int) -> ft.Control:
    """``files``: how many the series has; the counts are of one of them."""
    controls: list[ft.Control] = []
    if removed.counts:
        controls.append(ft.Text(image_words.REMOVED_TEXT, size=theme.sized(15)))
        kinds = image_words.IDENTITY_KINDS
        controls.append(
            bullets(
                [
                    image_words.REMOVED_LINE.format(kind=kinds[kind], count=count)
                    for kind, count in removed.counts
                ]
            )
        )
        if files > 1:
            controls.append(quiet(image_words.REMOVED_FROM_SERIES.format(count=files)))
    else:
        controls.append(ft.Text(image_words.REMOVED_NOTHING, size=theme.sized(15)))
    if removed.says_burned_in:
        controls.append(notice(image_words.BURNED_IN, theme.CAUTION_TONE))
    return section(image_words.REMOVED_TITLE, controls)
