"""One person's readings, put aside while somebody else is signed in. In memory only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from core.imaging.framed import frame_study
from core.imaging.framing import PLAIN, Framing
from core.imaging.opening import Origin, open_study
from core.imaging.study import Study
from core.reading.requirements import Answers
from core.reading.result import Reading
from ui.read_case import Draft
from ui.state import AppState
from ui.writing import Masks

#: What of the state is one person's work.
_WORK = ("stage", "cases", "shown", "question", "failure", "progress")


@dataclass
class Chosen:
    """The images that were chosen, and by their number what was answered about them, how they
    were framed, what of them is covered and how they were refused: what reading one again needs.
    ``drafts`` are what an earlier process had heard of them."""

    origins: list[Sequence[Origin]] = field(default_factory=list)
    answers: dict[int, Answers] = field(default_factory=dict)
    framings: dict[int, Framing] = field(default_factory=dict)
    masks: dict[int, Masks | None] = field(default_factory=dict)
    refusals: dict[int, Reading] = field(default_factory=dict)
    drafts: dict[int, Draft] = field(default_factory=dict)

    def study(self, number: int) -> Study:
        """One of the images, opened and framed. Slow. Raises ``ImagingError``."""
        framing = self.framings.get(number, PLAIN)
        return frame_study(open_study(self.origins[number]), framing)


@dataclass
class Parked:
    """What was on someone's screen, and what it was read from."""

    shown: dict[str, Any]
    chosen: Chosen


def put_aside(state: AppState, chosen: Chosen) -> Parked:
    """Take someone's work as it is now. The state is left to be cleared."""
    return Parked({name: getattr(state, name) for name in _WORK}, chosen)


def take_up(state: AppState, parked: Parked) -> None:
    """Show it again."""
    for name, value in parked.shown.items():
        setattr(state, name, value)
