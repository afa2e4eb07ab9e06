"""The audit log: who did what and when, and whether all is intact."""

from __future__ import annotations

import flet as ft

from ui import care_words, case_words, theme, words
from ui.case_views import Event
from ui.components.notice import notice, quiet, success_notice
from ui.components.section import bullets, heading, narrow_column
from ui.language.speech import left_to_right
from ui.screens.history import pager
from ui.state import AppState
from ui.wiring import Actions

#: So many letters of the hash are shown: enough to tell two logs apart, few enough to copy.
_MARK = 16


def audit_screen(state: AppState, actions: Actions) -> ft.Control:
    """The check and the export above, the newest entries below."""
    view = state.office
    controls: list[ft.Control] = [heading(words.AUDIT_TITLE), quiet(case_words.AUDIT_INTRO)]
    if state.busy:
        controls.append(ft.ProgressBar(semantics_label=case_words.VERIFYING))
        controls.append(quiet(case_words.VERIFYING))
    else:
        controls.append(
            ft.FilledButton(
                case_words.VERIFY,
                icon=ft.Icons.FACT_CHECK_OUTLINED,
                on_click=actions.office.verify,
            )
        )
    if view.faults:
        controls += [notice(view.verdict, theme.TROUBLE_TONE), bullets(view.faults)]
    elif view.verdict:
        controls.append(success_notice(view.verdict))
    if view.verdict and not state.busy:
        controls.append(
            ft.OutlinedButton(
                care_words.SAVE_CHECK,
                icon=ft.Icons.SAVE_ALT,
                on_click=actions.office.export_check,
            )
        )
    controls += [
        ft.OutlinedButton(
            case_words.EXPORT_LOG,
            icon=ft.Icons.FILE_DOWNLOAD_OUTLINED,
            on_click=actions.office.export_log,
        ),
        quiet(case_words.EXPORT_LOG_HINT),
    ]
    if view.log is None:
        controls.append(ft.ProgressBar(semantics_label=case_words.LOADING))
        return narrow_column(controls)
    if view.head is not None:
        controls.append(quiet(_head(*view.head)))
    controls.append(ft.Column([_line(event) for event in view.log], spacing=theme.GAP))
    controls += pager(
        view.number,
        view.has_older,
        lambda: actions.office.turn_to(view.number - 1),
        lambda: actions.office.turn_to(view.number + 1),
    )
    return narrow_column(controls)


def _line(event: Event) -> ft.Control:
    number = case_words.LOG_NUMBER.format(number=event.number, when=event.when)
    return ft.Column([quiet(number), ft.Text(event.text, size=theme.sized(15))], spacing=2)


def _head(number: int, digest: str) -> str:
    """In groups of four, which stay in their order among Arabic letters."""
    groups = [digest[at : at + 4] for at in range(0, _MARK, 4)]
    return case_words.LOG_HEAD.format(number=number, mark=left_to_right(" ".join(groups)))
