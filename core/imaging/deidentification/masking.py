"""What of a picture is to become black, and who said so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.imaging.deidentification.sentences import DeidentificationNotice
from core.imaging.lettering.boxes import Box
from core.sentences import Statement


class Decided(StrEnum):
    """Who decided what is masked: the detector alone, or a person who looked."""

    BY_DETECTOR = "by_detector"
    BY_A_PERSON = "by_a_person"


@dataclass(frozen=True)
class Masking:
    """The boxes that become black in every frame, in pixels of the frame; none where there is no
    writing. Only what a person has looked at is said to carry no writing any more."""

    boxes: tuple[Box, ...]
    decided: Decided

    def notices(self) -> tuple[Statement, ...]:
        """What a person must still do."""
        if self.decided is Decided.BY_A_PERSON:
            return ()
        return (DeidentificationNotice.LOOK_AT_THE_MASKS.say(),)
