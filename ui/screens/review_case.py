"""One case under review: the image first, then the reading, then the answer."""

from __future__ import annotations

import flet as ft

from core.sync.opinions_given import OTHER, Outcome
from ui import review_words, theme
from ui.components.choices import choice_row
from ui.components.fields import plain_field, use_typed
from ui.components.heat_viewer import HeatViewer
from ui.components.notice import notice, quiet
from ui.components.opinion_list import opinion_list
from ui.components.probability_bars import probability_bars
from ui.components.section import bullets, heading, narrow_column, section
from ui.components.verdict_banner import verdict_banner
from ui.read_case import Picture
from ui.review_views import ReviewStep, Shown
from ui.state import AppState
from ui.wiring import Actions

_SHARE, _WIDE_SHARE = 0.42, 0.7
_UNSEEN = ""


def review_case_screen(state: AppState, actions: Actions) -> ft.Control:
    """Nothing tells the reading before an impression was given."""
    shown, step = state.review.shown, state.review.step
    assert shown is not None
    if step is ReviewStep.LOOKING:
        return narrow_column(_first_look(state, actions, shown))
    return _revealed(state, actions, shown)


def _first_look(state: AppState, actions: Actions, shown: Shown) -> list[ft.Control]:
    controls: list[ft.Control] = [heading(review_words.FIRST_TITLE), quiet(shown.reason)]
    if shown.image:
        most_wide = min(state.width, theme.TEXT_WIDTH) - 2 * theme.MARGIN
        controls.append(_picture(shown.image, most_wide, state.height * _SHARE, "first"))
    controls.append(quiet(review_words.FIRST_WHY))
    buttons = [_seen(ft.FilledButton, label, name, actions) for label, name in shown.classes]
    buttons.append(_seen(ft.OutlinedButton, OTHER, review_words.OTHER, actions))
    buttons.append(_seen(ft.OutlinedButton, _UNSEEN, review_words.SEE_NOTHING_YET, actions))
    return [*controls, *buttons]


def _seen(kind: type, label: str, name: str, actions: Actions) -> ft.Control:
    control: ft.Control = kind(name, on_click=lambda: actions.review.see(label))
    return control


def _picture(picture: Picture, most_wide: float, most_high: float, key: str) -> ft.Control:
    return HeatViewer(picture, most_wide, most_high, key=f"review-{key}")


def _revealed(state: AppState, actions: Actions, shown: Shown) -> ft.Control:
    """Picture and heat map beside the findings where there is room, above them where not."""
    wide = state.width >= theme.WIDE_FROM
    most_wide = (state.width * 0.42) if wide else state.width - 2 * theme.MARGIN
    pictures = _pictures(shown, most_wide, state.height * (_WIDE_SHARE if wide else _SHARE))
    told = [verdict_banner(shown.result), *_reading(shown), *_earlier(shown)]
    if state.review.impression:
        seen = dict(shown.classes).get(state.review.impression, review_words.OTHER)
        told.insert(0, quiet(review_words.YOUR_IMPRESSION.format(finding=seen)))
    answer = _Answer(shown, actions, key=f"answer-{shown.key}")
    if not wide:
        return narrow_column([*told, *pictures, answer])
    return ft.Row(
        [
            ft.Container(_column(pictures), width=most_wide),
            ft.Container(_column([*told, answer]), expand=True),
        ],
        spacing=theme.MARGIN,
        vertical_alignment=ft.CrossAxisAlignment.START,
    )


def _column(controls: list[ft.Control]) -> ft.Control:
    return ft.Column(
        controls, spacing=theme.GAP, horizontal_alignment=ft.CrossAxisAlignment.STRETCH
    )


def _pictures(shown: Shown, most_wide: float, most_high: float) -> list[ft.Control]:
    if shown.image is None:
        return [notice(review_words.NO_PICTURE, theme.NOTE_TONE)]
    controls = [_picture(shown.image, most_wide, most_high, "image")]
    if shown.heat_map:
        controls.append(ft.Text(review_words.HEAT_TITLE, size=theme.sized(16)))
        controls.append(_picture(shown.heat_map, most_wide, most_high, "heat"))
    return controls


def _reading(shown: Shown) -> list[ft.Control]:
    controls: list[ft.Control] = []
    if shown.result.probabilities:
        bars = probability_bars(shown.result.probabilities)
        controls.append(section(review_words.REVEALED_TITLE, [bars]))
    if shown.result.reasons:
        controls.append(bullets(shown.result.reasons))
    return controls


def _earlier(shown: Shown) -> list[ft.Control]:
    if not shown.earlier:
        return []
    return [section(review_words.EARLIER, opinion_list(shown.earlier))]


@ft.component
def _Answer(shown: Shown, actions: Actions) -> ft.Control:  # noqa: N802
    """Confirm or amend, with a word to whoever asked."""
    outcome, set_outcome = ft.use_state("")
    right, set_right = ft.use_state("")
    note = use_typed()
    busy, set_busy = ft.use_state(False)

    async def send() -> None:
        set_busy(True)
        label = "" if right == OTHER else right
        await actions.review.answer(Outcome(outcome), label, note.text)
        set_busy(False)

    choices = [
        (Outcome.CONFIRMS.value, review_words.CONFIRM),
        (Outcome.AMENDS.value, review_words.AMEND),
        (Outcome.CANNOT_TELL.value, review_words.CANNOT),
    ]
    if not shown.classes:
        choices = choices[1:]  # A refusal says nothing that one could confirm.
    controls: list[ft.Control] = [choice_row(choices, outcome, set_outcome)]
    if outcome == Outcome.AMENDS.value:
        classes = [*shown.classes, (OTHER, review_words.OTHER)]
        controls.append(ft.Text(review_words.RIGHT_ONE, size=theme.sized(16)))
        controls.append(choice_row(classes, right, set_right))
    ready = outcome and (outcome != Outcome.AMENDS.value or right)
    controls += [
        plain_field(review_words.NOTE, note, lines=2),
        quiet(review_words.NOTE_HINT),
        ft.ProgressBar(semantics_label=review_words.LOADING)
        if busy
        else ft.FilledButton(
            review_words.SEND, icon=ft.Icons.SEND, disabled=not ready, on_click=send
        ),
    ]
    return section(review_words.ANSWER_TITLE, controls)
