"""The models on this device, and whether experimental ones may speak."""

from __future__ import annotations

import flet as ft

from ui import theme, words
from ui.components.notice import notice, quiet
from ui.components.pack_card import pack_card
from ui.components.section import heading, narrow_column
from ui.state import AppState
from ui.wiring import Actions


def packs_screen(state: AppState, actions: Actions) -> ft.Control:
    """Every pack, checked as before use."""

    def switched(event: ft.Event[ft.Switch]) -> None:
        state.experimental = bool(event.control.value)

    return narrow_column(
        [
            heading(words.PACKS_TITLE),
            ft.Container(
                ft.Switch(
                    label=words.EXPERIMENTAL_SWITCH, value=state.experimental, on_change=switched
                ),
                height=theme.TARGET,
            ),
            quiet(words.EXPERIMENTAL_HINT),
            *_packs(state),
        ]
    )


def _packs(state: AppState) -> list[ft.Control]:
    if state.packs_failure:
        return [notice(state.packs_failure.text, theme.TROUBLE_TONE)]
    if state.packs is None:
        return [ft.ProgressBar(semantics_label=words.PACKS_LOADING), quiet(words.PACKS_LOADING)]
    if not any(pack.reads for pack in state.packs):
        return [notice(words.PACKS_EMPTY, theme.CAUTION_TONE)]
    return [pack_card(pack) for pack in state.packs]
