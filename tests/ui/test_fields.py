"""What is typed stays, whatever is drawn meanwhile."""

from __future__ import annotations

import pytest

from ui.components.fields import Typed, number_field, plain_field


@pytest.fixture
def typed() -> Typed:
    return Typed("", lambda _: None)


def test_letters_that_came_before_their_event_survive_a_drawing(typed: Typed) -> None:
    plain_field("Code", typed).value = "one two"

    assert plain_field("Code", typed).value == "one two"
    assert typed.text == "one two"


def test_a_field_that_was_emptied_stays_empty(typed: Typed) -> None:
    plain_field("Code", typed).value = "one two"
    plain_field("Code", typed)
    typed.put("")

    assert plain_field("Code", typed).value == ""


def test_what_is_typed_after_it_was_emptied_counts(typed: Typed) -> None:
    plain_field("Code", typed).value = "one two"
    typed.put("")
    plain_field("Code", typed).value = "three"

    assert plain_field("Code", typed).value == "three"


def test_a_digit_that_came_before_its_event_survives_a_drawing(typed: Typed) -> None:
    """Else a child of 13 would be taken for one of 1."""
    number_field("Age", typed).value = "13"

    assert number_field("Age", typed).value == "13"
    assert typed.text == "13"


def test_a_tap_reads_letters_whose_event_has_not_come(typed: Typed) -> None:
    plain_field("Code", typed).value = "one two"

    assert typed.text == "one two"
