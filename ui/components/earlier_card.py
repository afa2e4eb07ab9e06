"""What the clinic's server has on the same patient: asked when a person asks, and not kept."""

from __future__ import annotations

import flet as ft

from ui import archive_words as words
from ui import theme
from ui.archive_views import EarlierLine
from ui.components.notice import quiet
from ui.components.section import section
from ui.read_case import Case
from ui.state import AppState
from ui.wiring import Actions


def earlier_card(state: AppState, case: Case, actions: Actions) -> ft.Control:
    """Nothing in it can be tapped but the question itself."""
    return section(words.EARLIER_TITLE, _told(state, case, actions))


def _told(state: AppState, case: Case, actions: Actions) -> list[ft.Control]:
    if case.kept is None or case.kept.pseudonym is None:
        return [quiet(words.EARLIER_NO_PATIENT)]
    if not state.sync.address:
        return [quiet(words.EARLIER_NOT_ENROLLED)]
    asked = state.earlier
    if asked is None or asked.case_id != case.id:
        icon = ft.Icons.HISTORY
        return [ft.OutlinedButton(words.EARLIER_LOOK, icon=icon, on_click=actions.earlier.look)]
    if asked.lines is None:
        return [ft.ProgressBar(semantics_label=words.EARLIER_ASKING), quiet(words.EARLIER_ASKING)]
    source = quiet(words.EARLIER_FROM.format(server=asked.server))
    if not asked.lines:
        return [ft.Semantics(content=quiet(words.EARLIER_NONE), live_region=True), source]
    return [*map(_tile, asked.lines), source]


def _tile(line: EarlierLine) -> ft.Control:
    tone = theme.VERDICT_TONES[line.verdict]
    return ft.ListTile(
        leading=ft.Icon(tone.icon, color=tone.foreground),
        title=f"{line.when}: {line.title}",
        subtitle=line.standing,
        text_color=tone.foreground,
        bgcolor=tone.background,
        shape=ft.RoundedRectangleBorder(radius=theme.CORNER),
        min_height=64,
    )
