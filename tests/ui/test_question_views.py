"""How a question is asked, and what a person answered."""

from __future__ import annotations

import pytest

from core.reading.manifest import Requirement, RequirementKind
from core.reading.requirements import Answers
from ui.question_views import OTHER_BODY_PART, answered, question_view, typed_age


def test_every_question_can_be_left_open_and_answered_in_one_tap() -> None:
    for kind in RequirementKind:
        view = question_view(Requirement(kind, 1, 5, ("HAND",)))

        assert view.choices[-1].label == "Not known"
        assert view.choices[-1].value is None
        assert len(view.choices) >= 2


def test_a_tumour_is_asked_for_in_three_answers() -> None:
    view = question_view(Requirement(RequirementKind.KNOWN_LESION))

    assert [choice.label for choice in view.choices] == [
        "Yes, a tumour was seen",
        "No",
        "Not known",
    ]
    assert [choice.value for choice in view.choices] == [True, False, None]


def test_body_parts_are_the_packs_own_and_another() -> None:
    view = question_view(Requirement(RequirementKind.BODY_PART, allowed=("HAND", "LOWER_LEG")))

    assert [choice.label for choice in view.choices] == [
        "Hand",
        "Lower leg",
        "Another part",
        "Not known",
    ]
    assert view.choices[2].value == OTHER_BODY_PART


@pytest.mark.parametrize(
    ("lowest", "highest", "said"),
    [(1, 5, "1 to 5 years"), (0, 17, "Up to 17 years"), (18, 200, "18 years or older")],
)
def test_an_age_is_asked_for_as_the_packs_range(lowest: float, highest: float, said: str) -> None:
    requirement = Requirement(RequirementKind.AGE_YEARS, lowest, highest)
    choice = question_view(requirement).choices[0]

    assert choice.label == said
    assert isinstance(choice.value, float)
    assert lowest <= choice.value <= highest


@pytest.mark.parametrize(
    ("text", "age"),
    [("5", 5), (" 0,5 ", 0.5), ("٤٠", 40), ("", None), ("old", None), ("-1", None), ("nan", None)],
)
def test_a_typed_age_is_read_or_refused(text: str, age: float | None) -> None:
    assert typed_age(text) == age


def test_an_answer_is_added_to_the_others() -> None:
    answers = answered(Answers(age_years=3), RequirementKind.KNOWN_LESION, False)

    assert answers == Answers(age_years=3, known_lesion=False)
