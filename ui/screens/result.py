"""One reading: the image, the verdict, and everything that goes with it."""

from __future__ import annotations

import flet as ft

from core.reading.result import Verdict
from core.reading.sentences import ReadingReason
from ui import case_words, image_words, pack_words, theme, words
from ui.components.guidance_card import guidance_card
from ui.components.judgement import Judgement
from ui.components.model_card import model_card
from ui.components.notice import notice, quiet
from ui.components.probability_bars import probability_bars
from ui.components.reading_image import ReadingImage, adjusting
from ui.components.section import bullets, heading, section
from ui.components.share_card import share_card
from ui.components.verdict_banner import verdict_banner
from ui.language import said
from ui.read_case import Case
from ui.result_views import OtherModel, ResultView
from ui.screens.close_up import close_up_of, close_up_screen
from ui.screens.masking import masking_screen
from ui.state import AppState, Place
from ui.wiring import Actions

#: How much of the screen the image may take, so that the verdict is in sight without scrolling.
_PHONE_SHARE, _WIDE_SHARE = 0.36, 0.62
#: The rail along the side, the margins, and the part of a wide screen that the image gets.
_RAIL, _IMAGE_PART = 88, 0.46


def result_screen(state: AppState, actions: Actions) -> ft.Control:
    """The reading on the screen, and the ways on from it."""
    case = state.case
    if case.result is None:
        return _unread(state, actions, case)
    below = [*share_card(state, case, actions), *_buttons(state, actions)]
    return reading_parts(state, actions, case, [], below)


def reading_parts(
    state: AppState,
    actions: Actions,
    case: Case,
    top: list[ft.Control],
    below: list[ft.Control],
) -> ft.Control:
    """The image beside the findings where there is room, above them where there is not."""
    if case.result is None:
        raise ValueError("nothing was read")
    if state.kept_picture is not None and state.kept_picture.is_of(case.id):
        return masking_screen(state, actions, state.kept_picture)
    if state.enlarged == case.id:
        return close_up_screen(state, actions, case)
    findings = _findings(case, case.result, actions)
    judgement = Judgement(
        case, state.settings.keep_codes, state.busy, actions, key=f"judgement-{case.id}"
    )
    keeping = [judgement, *_told(case)]
    # After a refusal most people want the next image first.
    refused = case.result.verdict is Verdict.REJECTED
    rest = [*below, *keeping] if refused else [*keeping, *below]
    if state.width < theme.WIDE_FROM:
        image = _image(
            state, actions, case, state.width - 2 * theme.MARGIN, state.height * _PHONE_SHARE
        )
        banner = verdict_banner(case.result)
        return _column([*top, banner, *image, *findings, *rest])
    room = state.width - _RAIL - 3 * theme.MARGIN
    image = _image(state, actions, case, room * _IMAGE_PART, state.height * _WIDE_SHARE)
    if not image:
        whole = _column([*top, verdict_banner(case.result), *findings, *rest])
        return ft.Container(whole, width=theme.TEXT_WIDTH)
    right = _column([verdict_banner(case.result), *findings])
    return ft.Row(
        [
            ft.Container(_column([*top, *image, *rest]), width=room * _IMAGE_PART),
            ft.Container(right, expand=True),
        ],
        spacing=theme.MARGIN,
        vertical_alignment=ft.CrossAxisAlignment.START,
    )


def _told(case: Case) -> list[ft.Control]:
    """Whether it is in the vault, where the person looks after tapping."""
    if case.kept is None or case.is_unsaved:
        return [quiet(image_words.UNSAVED)]
    return [notice(case_words.SAVED, theme.SUCCESS_TONE)]


def _column(controls: list[ft.Control]) -> ft.Control:
    return ft.Column(
        controls, spacing=theme.GAP, horizontal_alignment=ft.CrossAxisAlignment.STRETCH
    )


def _image(
    state: AppState, actions: Actions, case: Case, most_wide: float, most_high: float
) -> list[ft.Control]:
    if case.picture is None:
        return []
    close_up = close_up_of(state, case)
    image = ReadingImage(
        state, actions, case, close_up, most_wide, most_high, key=f"image-{case.id}"
    )
    return [image, *adjusting(actions, case, close_up)]


def _findings(case: Case, view: ResultView, actions: Actions) -> list[ft.Control]:
    """From what matters at once to what can wait."""
    controls: list[ft.Control] = []
    why = section(words.REASONS, [bullets(view.reasons), *_to_the_switch(case, actions)])
    if view.refused_before:
        controls.append(_refused_before(view))
    if view.verdict is Verdict.REJECTED:
        controls.append(why)
    if view.probabilities:
        frames = [quiet(view.frames)] if view.frames else []
        bars = probability_bars(view.probabilities)
        controls.append(section(words.PROBABILITIES, [bars, *frames]))
    if view.guidance:
        controls.append(guidance_card(view.guidance))
    controls.append(notice(view.standing, theme.NOTE_TONE))
    if view.verdict is not Verdict.REJECTED:
        controls.append(why)
    if view.model:
        controls.append(model_card(view.model))
    if view.others:
        controls.append(_override(view.others, actions))
    return controls


def _to_the_switch(case: Case, actions: Actions) -> list[ft.Control]:
    """Where a model can be turned on, if an image was refused only because it is off."""
    reasons = case.reading.reasons if case.reading else ()
    if ReadingReason.PACK_OFF.code not in {reason.code for reason in reasons}:
        return []

    async def models() -> None:
        await actions.go(Place.PACKS)

    return [ft.TextButton(pack_words.ALL_MODELS, icon=ft.Icons.INVENTORY_2, on_click=models)]


def _refused_before(view: ResultView) -> ft.Control:
    return section(
        words.REFUSED_BEFORE,
        [ft.Text(words.CHOSEN_BY_YOU, size=theme.sized(15)), bullets(view.refused_before)],
    )


def _override(others: tuple[OtherModel, ...], actions: Actions) -> ft.Control:
    def button(other: OtherModel) -> ft.Control:
        async def chosen() -> None:
            await actions.desk.override(other.id)

        label = words.READ_WITH.format(title=other.title)
        return ft.OutlinedButton(label, on_click=chosen)

    buttons = [button(other) for other in others]
    return section(words.OVERRIDE_TITLE, [quiet(words.OVERRIDE_WARNING), *buttons])


def _buttons(state: AppState, actions: Actions) -> list[ft.Control]:
    controls: list[ft.Control] = []
    done = not state.case.is_unsaved
    kind = ft.FilledButton if done else ft.OutlinedButton
    if len(state.cases) > 1:
        controls.append(
            ft.OutlinedButton(
                words.BACK_TO_LIST,
                icon=ft.Icons.LIST,
                on_click=actions.desk.show_list,
            )
        )
    controls.append(
        kind(
            words.NEW_READING,
            icon=ft.Icons.ADD_PHOTO_ALTERNATE_OUTLINED,
            on_click=actions.desk.leave,
        )
    )
    return controls


def _unread(state: AppState, actions: Actions, case: Case) -> ft.Control:
    """One of several that could not be read."""
    text = said(case.failure) if case.failure else words.FAILED_SHORT
    return ft.Container(
        _column(
            [
                heading(words.ERROR_TITLE),
                notice(text, theme.TROUBLE_TONE),
                *_buttons(state, actions),
            ]
        ),
        width=theme.TEXT_WIDTH,
    )
