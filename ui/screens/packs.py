"""The models on this device: what each can do, whether it may speak, and where newer ones are."""

from __future__ import annotations

import flet as ft

from ui import pack_words, theme, words
from ui.components.notice import notice, quiet
from ui.components.pack_card import pack_card
from ui.components.pack_source import PackSourceCard
from ui.components.section import heading, narrow_column
from ui.components.switch_row import switch_row
from ui.language import said
from ui.state import AppState
from ui.wiring import Actions


def packs_screen(state: AppState, actions: Actions) -> ft.Control:
    """Every pack, checked as before use."""

    def switched(event: ft.Event[ft.Switch]) -> None:
        state.experimental = bool(event.data)

    return narrow_column(
        [
            heading(words.PACKS_TITLE),
            *_overdue(state),
            switch_row(words.EXPERIMENTAL_SWITCH, state.experimental, switched),
            quiet(words.EXPERIMENTAL_HINT),
            *_packs(state, actions),
            *_changing(state, actions),
        ]
    )


def _overdue(state: AppState) -> list[ft.Control]:
    """A banner that stays, for every pack that should have been reviewed."""
    packs = state.packs or ()
    return [notice(pack.past_review, theme.CAUTION_TONE) for pack in packs if pack.past_review]


def _packs(state: AppState, actions: Actions) -> list[ft.Control]:
    if state.packs_failure:
        return [notice(said(state.packs_failure), theme.TROUBLE_TONE)]
    if state.packs is None:
        return [ft.ProgressBar(semantics_label=words.PACKS_LOADING), quiet(words.PACKS_LOADING)]
    if not any(pack.reads for pack in state.packs):
        return [notice(words.PACKS_EMPTY, theme.CAUTION_TONE)]
    supervisor = state.person is not None and state.person.supervisor
    return [pack_card(pack, actions if supervisor else None) for pack in state.packs]


def _changing(state: AppState, actions: Actions) -> list[ft.Control]:
    check = ft.OutlinedButton(
        pack_words.CHECK_AGAIN, icon=ft.Icons.VERIFIED_OUTLINED, on_click=actions.packs.check
    )
    if state.person is None or not state.person.supervisor:
        return [check, quiet(pack_words.SUPERVISORS_ONLY)]
    source = PackSourceCard(
        state.pack_work,
        state.settings.packs_address,
        state.in_browser,
        actions,
        key=f"source-{state.settings.packs_address}",
    )
    return [check, source]
