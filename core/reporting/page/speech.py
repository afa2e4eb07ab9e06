"""In which language a page speaks. Core knows English; whoever has catalogues hands them in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from core.sentences import Sentence, Statement


class Direction(StrEnum):
    """Which way the lines of a script run; the value is HTML's."""

    LEFT_TO_RIGHT = "ltr"
    RIGHT_TO_LEFT = "rtl"


def _in_english(what: str | Statement) -> str:
    return what if isinstance(what, str) else what.text


@dataclass(frozen=True)
class Speech:
    """``language`` is a BCP 47 tag. ``translate`` gives a statement of core's, or an English text
    of a pack's, of the guidance's or of ours with its placeholders, in that language, and what it
    does not know as it is."""

    language: str = "en"
    direction: Direction = Direction.LEFT_TO_RIGHT
    translate: Callable[[str | Statement], str] = _in_english

    def say(self, sentence: Sentence, **details: object) -> str:
        """A sentence, filled. The details are in this language already, or in none: the English
        beside an unreviewed sentence must stay as it is."""
        return self.translate(str(sentence.value)).format(**details)


ENGLISH = Speech()
