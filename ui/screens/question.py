"""What the model must know before it may speak: one question, one tap."""

from __future__ import annotations

import flet as ft

from core.reading.manifest import RequirementKind
from ui import theme, words
from ui.components.fields import number_field, use_typed
from ui.components.heat_viewer import fitted
from ui.components.notice import quiet
from ui.components.section import heading, narrow_column
from ui.question_views import Choice, QuestionView, typed_age
from ui.state import AppState, Progress
from ui.wiring import Actions

#: Large enough to know the image again, small enough to leave room for the answers.
_PICTURE = 160


def QuestionScreen(state: AppState, actions: Actions) -> ft.Control:  # noqa: N802 - a component
    """The question that the reading waits for."""
    question = state.question
    if question is None:
        raise ValueError("nothing is asked")
    progress = state.progress
    return _Question(question, progress, actions, key=f"{question.kind.value}-{progress.image}")


@ft.component
def _Question(  # noqa: N802
    question: QuestionView, progress: Progress, actions: Actions
) -> ft.Control:
    controls: list[ft.Control] = [heading(question.title), quiet(words.WHY_ASKED)]
    controls += _which(question, progress)
    known = [choice for choice in question.choices if choice.value is not None]
    unknown = [choice for choice in question.choices if choice.value is None]
    controls += _known(question, known, actions)
    if question.kind is RequirementKind.AGE_YEARS:
        controls.append(_AgeField(actions))
    controls += [_button(choice, actions) for choice in unknown]
    controls.append(quiet(words.NOT_KNOWN_HINT))
    controls.append(ft.TextButton(words.CANCEL, icon=ft.Icons.CLOSE, on_click=actions.desk.cancel))
    return narrow_column(controls)


def _which(question: QuestionView, progress: Progress) -> list[ft.Control]:
    """Of several images, the one that is asked about."""
    shown = question.picture
    if shown is None:
        return []
    number = words.IMAGE_OF.format(number=progress.image, total=progress.images)
    width, height = fitted(shown.width, shown.height, _PICTURE, _PICTURE)
    picture = ft.Image(src=shown.image, width=width, height=height, semantics_label=number)
    return [ft.Row([picture, ft.Text(number, size=theme.sized(16))], spacing=theme.GAP)]


def _known(question: QuestionView, known: list[Choice], actions: Actions) -> list[ft.Control]:
    """The answers: one below the other, body parts side by side, for there may be many."""
    buttons = [_button(choice, actions) for choice in known]
    if question.kind is not RequirementKind.BODY_PART:
        return buttons
    for button in buttons:
        button.col = {"xs": 6, "sm": 4}
    return [ft.ResponsiveRow(buttons, spacing=theme.GAP, run_spacing=theme.GAP)]


def _button(choice: Choice, actions: Actions) -> ft.Control:
    kind = ft.OutlinedButton if choice.value is None else ft.FilledButton
    return kind(choice.label, on_click=lambda: actions.desk.answer(choice.value))


@ft.component
def _AgeField(actions: Actions) -> ft.Control:  # noqa: N802
    """For an age outside the model's range, which must be exact to be refused in words."""
    typed = use_typed()
    wrong, set_wrong = ft.use_state("")

    def confirmed() -> None:
        age = typed_age(typed.text)
        if age is None:
            set_wrong(words.AGE_WRONG)
        else:
            actions.desk.answer(age)

    return ft.Row(
        [
            number_field(words.AGE_FIELD, typed, confirmed, wrong),
            ft.OutlinedButton(words.AGE_CONFIRM, on_click=confirmed),
        ],
        spacing=theme.GAP,
        vertical_alignment=ft.CrossAxisAlignment.START,
    )
