"""What the reviewer's screens and the second opinions on a case show. Nothing here is logged."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from ui.read_case import Picture
from ui.result_views import ResultView


class ReviewStep(Enum):
    """How far a review has come: first the image alone, then what the program said."""

    LIST = auto()
    LOOKING = auto()
    REVEALED = auto()


@dataclass(frozen=True)
class TaskLine:
    """One open question. ``key`` is the server's name of it."""

    key: str
    title: str
    about: str
    is_urgent: bool


@dataclass(frozen=True)
class OpinionLine:
    """One opinion on a case. ``replaced``: its reviewer has given another since."""

    title: str
    about: str
    said: tuple[str, ...] = field(default=(), repr=False)
    replaced: bool = False


@dataclass(frozen=True, eq=False)
class Shown:
    """The case under review. ``result`` and ``heat_map`` are shown only once an impression was
    given. ``classes`` are pairs of a class and its name."""

    key: str
    reason: str
    image: Picture | None
    heat_map: Picture | None
    result: ResultView
    classes: tuple[tuple[str, str], ...]
    earlier: tuple[OpinionLine, ...] = ()


@dataclass(frozen=True, eq=False)
class ReviewView:
    """``lines`` is None until the server was asked; ``reached`` whether it answered: else nobody
    knows whether anyone waits. ``unsent`` counts answers that wait here.
    ``signing_in`` while a browser is open for it."""

    step: ReviewStep = ReviewStep.LIST
    lines: tuple[TaskLine, ...] | None = None
    reached: bool = True
    shown: Shown | None = None
    impression: str = ""
    unsent: int = 0
    can_sign_in: bool = False
    signing_in: bool = False
    signed_in: bool = False


@dataclass(frozen=True)
class SecondView:
    """What is known of second opinions on the case of the vault that is open. ``waiting`` says
    since when one is waited for."""

    case_id: str = ""
    waiting: str = ""
    opinions: tuple[OpinionLine, ...] = ()
