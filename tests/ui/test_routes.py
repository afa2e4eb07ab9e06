"""Addresses, there and back."""

from __future__ import annotations

import pytest

from ui.routes import Destination, address_of, destination, is_deep
from ui.state import AppState, Place, Stage


@pytest.mark.parametrize("place", list(Place))
def test_every_place_has_an_address_that_leads_back_to_it(place: Place) -> None:
    assert destination(address_of(AppState(place=place))) == Destination(place)


def test_a_case_is_found_again_by_its_address() -> None:
    address = address_of(AppState(place=Place.HISTORY, case_id="1f3a"))

    assert address == "/history/1f3a"
    assert destination(address) == Destination(Place.HISTORY, "1f3a")


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.HOME])
def test_whatever_stage_a_reading_is_at_one_address_stands_for_it(stage: Stage) -> None:
    assert destination(address_of(AppState(stage=stage))) == Destination(Place.READ, reading=True)


@pytest.mark.parametrize("address", ["", "/nowhere", "nonsense", "/users/../../etc", "/?a=b"])
def test_an_address_that_makes_no_sense_leads_to_the_start(address: str) -> None:
    assert destination(address) == Destination(Place.READ)


def test_there_is_a_way_back_from_everywhere_but_the_tabs() -> None:
    assert not is_deep(AppState())
    assert not is_deep(AppState(place=Place.HISTORY))
    assert is_deep(AppState(place=Place.HISTORY, case_id="1f3a"))
    assert is_deep(AppState(place=Place.USERS))
    assert is_deep(AppState(stage=Stage.RESULT))
