"""A language's catalogue at run time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from gettext import c2py
from pathlib import Path

from ui.language.languages import Language
from ui.language.po import PoFile, parse

FOLDER = Path(__file__).with_name("catalogues")


@dataclass(frozen=True)
class Catalogue:
    """What is said in one language. Keys are the English; ``reviewed`` holds the clinical
    sentences that a clinician who speaks the language has approved."""

    messages: Mapping[str, tuple[str, ...]]
    plural_forms: str
    clinical: frozenset[str] = frozenset()
    reviewed: frozenset[str] = frozenset()

    def translated(self, english: str) -> str | None:
        """``english`` in this language, or None when it is not there."""
        found = self.messages.get(english)
        return found[0] if found else None

    def counted(self, english: str, count: int) -> str | None:
        """The form that ``count`` things take, or None when ``english`` is not there."""
        found = self.messages.get(english)
        if not found:
            return None
        form: int = c2py(self.plural_forms)(count)
        return found[min(form, len(found) - 1)]


def path_of(language: Language) -> Path:
    return FOLDER / f"{language.value}.po"


@cache
def catalogue_of(language: Language) -> Catalogue:
    """The catalogue of any language but English, which needs none."""
    return _catalogue(parse(path_of(language).read_text(encoding="utf-8")))


def plural_rule(head: Mapping[str, str]) -> tuple[int, str]:
    """How many forms, and the rule that chooses one, from a header's ``Plural-Forms``."""
    number, rule = head["Plural-Forms"].rstrip(";").split(";")
    return int(number.split("=", 1)[1]), rule.split("=", 1)[1].strip()


def _catalogue(file: PoFile) -> Catalogue:
    return Catalogue(
        {each.english[0]: each.translated for each in file.messages if each.is_translated},
        plural_rule(file.head)[1],
        frozenset(each.english[0] for each in file.messages if each.clinical),
        frozenset(each.english[0] for each in file.messages if each.reviewed),
    )
