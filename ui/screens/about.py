"""What Outpost is, what it is not, and what each model was made for."""

from __future__ import annotations

import flet as ft

from core.build import CHANNEL, VERSION
from core.reading.guidance import standing_sentence
from ui import theme, words
from ui.components.bilingual import clinical_text
from ui.components.notice import notice, quiet
from ui.components.pack_card import limits_card
from ui.components.section import heading, narrow_column, section
from ui.language import clinical, said
from ui.state import AppState
from ui.wiring import Actions


def about_screen(state: AppState, _: Actions) -> ft.Control:
    """Intended use and limits, as the packs' own manifests state them."""
    return narrow_column(
        [
            heading(words.ABOUT_TITLE),
            notice(words.NOT_A_DEVICE, theme.CAUTION_TONE, 17),
            _told(words.WHAT_IT_IS, words.WHAT_IT_IS_TEXT),
            _told(words.WHAT_IT_IS_NOT, words.WHAT_IT_IS_NOT_TEXT),
            _told(words.GUIDANCE_TITLE, words.GUIDANCE_TEXT, clinical(standing_sentence())),
            heading(words.LIMITS_TITLE, 2),
            *_limits(state),
            _told(words.PRIVACY_TITLE, words.PRIVACY_TEXT),
            _told(
                words.VERSION_TITLE,
                words.VERSION_TEXT.format(version=VERSION, channel=CHANNEL.value),
            ),
        ]
    )


def _told(title: str, *texts: str) -> ft.Control:
    return section(title, [clinical_text(text) for text in texts])


def _limits(state: AppState) -> list[ft.Control]:
    if state.packs_failure:
        return [notice(said(state.packs_failure), theme.TROUBLE_TONE)]
    if state.packs is None:
        return [quiet(words.PACKS_LOADING)]
    readers = [pack for pack in state.packs if pack.reads and not pack.problem]
    return [limits_card(pack) for pack in readers] or [quiet(words.PACKS_EMPTY)]
