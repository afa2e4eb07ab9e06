"""The last net under the interface."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from ui import app, root
from ui.screens.failure import failure_screen
from ui.state import AppState, Gate, Place, Stage
from ui.words import Trouble


def test_an_error_that_flet_would_show_as_a_traceback_is_shown_as_a_sentence(
    caplog: pytest.LogCaptureFixture,
) -> None:
    shown: list[str] = []
    page: Any = SimpleNamespace(session=SimpleNamespace(error=shown.append))
    app._hide_tracebacks(page)

    with caplog.at_level(logging.DEBUG):
        page.session.error("ValueError: Jane Roe\nTraceback (most recent call last): ...")

    assert shown == [f"{Trouble.UNEXPECTED_ERROR.value} Code: unexpected_error"]
    assert "Jane" not in caplog.text


@pytest.mark.parametrize("stage", list(Stage))
def test_every_stage_has_a_screen_and_the_tabs_hide_none(stage: Stage) -> None:
    state = AppState(gate=Gate.OPEN, stage=stage)
    assert root.screen_for(state) is root.STAGES[stage]

    state.place = Place.ABOUT
    assert root.screen_for(state) is root.PLACES[Place.ABOUT]


@pytest.mark.parametrize("place", [place for place in Place if place is not Place.READ])
@pytest.mark.parametrize("gate", [gate for gate in Gate if gate is not Gate.OPEN])
def test_nothing_of_the_app_is_shown_before_the_gate_is_open(gate: Gate, place: Place) -> None:
    state = AppState(gate=gate, place=place, stage=Stage.RESULT, case_id="one")

    assert root.screen_for(state) is root.GATES[gate]
    state.gate = Gate.OPEN
    assert root.screen_for(state) in {*root.PLACES.values(), root.kept_screen}


def test_a_failure_without_words_of_its_own_still_says_what_to_do() -> None:
    actions: Any = SimpleNamespace(desk=SimpleNamespace(start_over=None))

    drawn = failure_screen(AppState(), actions)

    assert Trouble.UNEXPECTED_ERROR.value in repr(drawn)
