"""The languages that Outpost speaks, and how each writes."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Language(Enum):
    """A language. The value is its code in BCP 47, and its catalogue's name."""

    ENGLISH = "en"
    FRENCH = "fr"
    SPANISH = "es"
    PORTUGUESE = "pt"
    SWAHILI = "sw"
    HINDI = "hi"
    ARABIC = "ar"
    BENGALI = "bn"

    @property
    def own_name(self) -> str:
        """Its name in itself: whoever looks for it may read nothing else."""
        return _OWN_NAMES[self]

    @property
    def right_to_left(self) -> bool:
        return self is Language.ARABIC


_OWN_NAMES = {
    Language.ENGLISH: "English",
    Language.FRENCH: "Français",
    Language.SPANISH: "Español",
    Language.PORTUGUESE: "Português",
    Language.SWAHILI: "Kiswahili",
    Language.HINDI: "हिन्दी",
    Language.ARABIC: "العربية",
    Language.BENGALI: "বাংলা",
}


def language_called(code: str | None) -> Language | None:
    """The language of a code such as ``"fr"``, ``"fr-CA"`` or ``"pt_BR"``; None for another."""
    start = (code or "").replace("_", "-").split("-")[0].lower()
    return next((each for each in Language if each.value == start), None)


def first_spoken(codes: Iterable[str]) -> Language:
    """The first of a person's languages that Outpost speaks, else English."""
    spoken = (language_called(code) for code in codes)
    return next((each for each in spoken if each), Language.ENGLISH)
