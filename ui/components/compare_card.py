"""The other studies of a patient, each with its verdict and date, to put beside this one."""

from __future__ import annotations

import flet as ft

from ui import image_words, theme
from ui.case_views import CaseLine
from ui.comparing import MOST
from ui.components.notice import quiet
from ui.components.section import section
from ui.read_case import Case
from ui.state import AppState
from ui.wiring import Actions


def compare_card(state: AppState, case: Case, actions: Actions) -> ft.Control:
    """Looked for when it is asked for: most people come for the one case."""
    controls: list[ft.Control]
    found = state.others if state.others and state.others.case_id == case.id else None
    if case.kept is None or case.kept.pseudonym is None:
        controls = [quiet(image_words.COMPARE_UNKNOWN)]
    elif found is None:
        label, icon = image_words.COMPARE_LOOK, ft.Icons.COMPARE
        controls = [ft.OutlinedButton(label, icon=icon, on_click=actions.comparing.look)]
    elif not found.lines:
        controls = [quiet(image_words.COMPARE_NONE)]
    else:
        controls = [_tile(line, actions) for line in found.lines]
        if len(found.lines) == MOST:
            controls.append(quiet(image_words.COMPARE_MORE.format(count=MOST)))
    return section(image_words.COMPARE_SECTION, controls)


def _tile(line: CaseLine, actions: Actions) -> ft.Control:
    tone = theme.VERDICT_TONES[line.verdict]

    async def chosen() -> None:
        await actions.comparing.with_case(line.id)

    return ft.ListTile(
        leading=ft.Icon(tone.icon, color=tone.foreground),
        title=image_words.COMPARE_WITH.format(when=line.when),
        subtitle=line.title,
        trailing=ft.Icon(ft.Icons.COMPARE, color=tone.foreground),
        text_color=tone.foreground,
        bgcolor=tone.background,
        shape=ft.RoundedRectangleBorder(radius=theme.CORNER),
        min_height=64,
        on_click=chosen,
    )
