"""Addresses: which one the state has, and what an address asks for.

They hold nothing but where one is: a case's id is a random number and says nothing of a patient.
So a reloaded tab, and the browser's back and forward buttons, find their place.
"""

from __future__ import annotations

from dataclasses import dataclass

from ui.state import TABS, AppState, Place, Stage

_READING = "/reading"
_BY_ADDRESS = {place.value: place for place in Place}


@dataclass(frozen=True)
class Destination:
    """A place, and the case to open there; ``reading``: the reading under way or on the screen."""

    place: Place
    case_id: str = ""
    reading: bool = False


def address_of(state: AppState) -> str:
    """The address of what is on the screen."""
    if state.place is Place.READ and state.stage is not Stage.HOME:
        return _READING
    if state.place is Place.HISTORY and state.case_id:
        return f"{Place.HISTORY.value}/{state.case_id}"
    return state.place.value


def destination(address: str) -> Destination:
    """What an address asks for. One that makes no sense asks for the start."""
    path = address.split("?")[0].rstrip("/") or "/"
    if path == _READING:
        return Destination(Place.READ, reading=True)
    if path.startswith(Place.HISTORY.value + "/"):
        return Destination(Place.HISTORY, path.removeprefix(Place.HISTORY.value + "/"))
    return Destination(_BY_ADDRESS.get(path, Place.READ))


def is_address(path: str) -> bool:
    """Whether this is an address of the app, and not of a file."""
    return path in _BY_ADDRESS or path == _READING or path.startswith(f"{Place.HISTORY.value}/")


def is_deep(state: AppState) -> bool:
    """Whether there is something to go back to within the app."""
    return address_of(state) not in {place.value for place in TABS}
