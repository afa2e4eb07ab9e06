"""The self-test: what was tried, what came out, and what to do."""

from __future__ import annotations

import flet as ft

from ui import checkup_words as words
from ui import help_words, theme
from ui.checkup import Check, Checked, Outcome
from ui.components.notice import notice, quiet, success_notice
from ui.components.section import heading, narrow_column, section
from ui.language import said
from ui.state import AppState, Place
from ui.wiring import Actions

_TONES = {
    Outcome.FINE: theme.SUCCESS_TONE,
    Outcome.LOOK: theme.CAUTION_TONE,
    Outcome.FAILED: theme.TROUBLE_TONE,
    Outcome.NOT_TRIED: theme.NOTE_TONE,
}


def checkup_screen(state: AppState, actions: Actions) -> ft.Control:
    """One card a check, as they come."""
    names = _names()
    controls: list[ft.Control] = [heading(words.CHECKUP_TITLE), quiet(words.CHECKUP_INTRO)]
    if state.checking:
        doing = words.RUNNING.format(what=names[Check(state.checking)])
        controls += [ft.ProgressBar(semantics_label=doing), quiet(doing)]
    elif state.checked:
        controls.append(_verdict(state.checked))
    controls += [_card(one, names) for one in state.checked]
    if not state.checking:
        controls += [
            ft.FilledButton(words.RUN_AGAIN, icon=ft.Icons.REFRESH, on_click=actions.checkup.run),
            _report(actions),
        ]
    return narrow_column(controls)


def _verdict(checked: tuple[Checked, ...]) -> ft.Control:
    failed = sum(one.outcome is Outcome.FAILED for one in checked)
    if failed:
        return notice(words.SOME_FAIL.format(count=failed), theme.TROUBLE_TONE, 16)
    look = sum(one.outcome is Outcome.LOOK for one in checked)
    if look:
        return notice(words.SOME_WARN.format(count=look), theme.CAUTION_TONE, 16)
    return success_notice(words.ALL_FINE)


def _card(one: Checked, names: dict[Check, str]) -> ft.Control:
    outcomes = {
        Outcome.FINE: words.FINE,
        Outcome.LOOK: words.LOOK,
        Outcome.FAILED: words.FAILED,
        Outcome.NOT_TRIED: words.NOT_TRIED,
    }
    tone = _TONES[one.outcome]
    row = ft.Row(
        [
            ft.Icon(tone.icon, size=theme.sized(22)),
            ft.Text(outcomes[one.outcome], weight=ft.FontWeight.W_600),
        ],
        spacing=theme.TIGHT * 2,
    )
    if one.outcome in {Outcome.FINE, Outcome.NOT_TRIED}:
        found = [ft.Text(said(each), size=theme.sized(15)) for each in one.said]
        return section(names[one.check], [row, *found])
    return section(names[one.check], [notice(said(each), tone) for each in one.said])


def _report(actions: Actions) -> ft.Control:
    async def go() -> None:
        await actions.go(Place.PROBLEM)

    return ft.TextButton(help_words.PROBLEM_TITLE, icon=ft.Icons.BUG_REPORT, on_click=go)


def _names() -> dict[Check, str]:
    return {
        Check.PACKS: words.PACKS_NAME,
        Check.READING: words.READING_NAME,
        Check.VAULT: words.VAULT_NAME,
        Check.SPACE: words.SPACE_NAME,
        Check.CAMERA: words.CAMERA_NAME,
        Check.LEFTOVERS: words.LEFTOVER_NAME,
    }
