"""The reviewer's list of open questions, and signing in as oneself."""

from __future__ import annotations

import flet as ft

from ui import review_words, theme
from ui.components.fields import plain_field, use_typed
from ui.components.notice import notice, quiet
from ui.components.section import heading, narrow_column, section
from ui.review_views import ReviewStep, ReviewView, TaskLine
from ui.screens.review_case import review_case_screen
from ui.state import AppState
from ui.wiring import Actions


def review_screen(state: AppState, actions: Actions) -> ft.Control:
    """Who waits, the most urgent first; or the case that was opened."""
    view = state.review
    if view.step is not ReviewStep.LIST and view.shown is not None:
        return review_case_screen(state, actions)
    controls: list[ft.Control] = [heading(review_words.REVIEW_TITLE)]
    if state.person is None or not state.person.may_review:
        controls.append(notice(review_words.REVIEWERS_ONLY, theme.NOTE_TONE))
        return narrow_column(controls)
    if view.unsent:
        said = review_words.UNSENT.format(count=view.unsent)
        controls.append(notice(said, theme.CAUTION_TONE))
    controls += _list(view, actions)
    if view.can_sign_in:
        controls.append(_SignIn(view, actions, key="sign-in"))
    return narrow_column(controls)


def _list(view: ReviewView, actions: Actions) -> list[ft.Control]:
    if view.lines is None:
        return [ft.ProgressBar(semantics_label=review_words.LOADING)]
    again = ft.OutlinedButton(
        review_words.LOOK_AGAIN, icon=ft.Icons.REFRESH, on_click=actions.review.refresh
    )
    if not view.reached:
        return [again]
    if not view.lines:
        return [notice(review_words.NOTHING_OPEN, theme.NOTE_TONE), again]
    count = review_words.COUNT_OPEN.format(count=len(view.lines))
    tiles = ft.Column([_tile(line, actions) for line in view.lines], spacing=theme.TIGHT * 2)
    return [quiet(count), tiles, again]


def _tile(line: TaskLine, actions: Actions) -> ft.Control:
    """Urgency by colour, icon and word."""
    tone = theme.CAUTION_TONE if line.is_urgent else theme.NOTE_TONE

    async def chosen() -> None:
        await actions.review.open(line.key)

    return ft.ListTile(
        leading=ft.Icon(
            ft.Icons.PRIORITY_HIGH if line.is_urgent else ft.Icons.HELP_OUTLINE,
            color=tone.foreground,
        ),
        title=line.title,
        subtitle=line.about,
        trailing=ft.Icon(ft.Icons.CHEVRON_RIGHT, color=tone.foreground),
        text_color=tone.foreground,
        bgcolor=tone.background,
        shape=ft.RoundedRectangleBorder(radius=theme.CORNER),
        min_height=64,
        on_click=chosen,
    )


@ft.component
def _SignIn(view: ReviewView, actions: Actions) -> ft.Control:  # noqa: N802
    typed = use_typed()

    async def sign_in() -> None:
        await actions.review.sign_in(typed.text)

    if view.signed_in:
        return notice(review_words.SIGNED_IN, theme.SUCCESS_TONE)
    if view.signing_in:
        return section(
            review_words.SIGN_IN,
            [
                ft.ProgressBar(semantics_label=review_words.SIGNING_IN),
                ft.Text(review_words.SIGNING_IN, size=theme.sized(15)),
                ft.TextButton(
                    review_words.STOP_SIGNING_IN, on_click=actions.review.stop_signing_in
                ),
            ],
        )
    return section(
        review_words.SIGN_IN,
        [
            quiet(review_words.SIGN_IN_HINT),
            plain_field(review_words.APP_ID, typed, sign_in),
            ft.OutlinedButton(review_words.SIGN_IN, icon=ft.Icons.LOGIN, on_click=sign_in),
        ],
    )
