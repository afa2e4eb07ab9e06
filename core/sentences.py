"""Everything the product says to a person in words, as closed sets with stable codes.

A member's name, in lower case, is its code: programs and translators key on it.
Its value is the English sentence, with ``{placeholders}`` for what varies.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True)
class Statement:
    """One sentence said about one image: a stable ``code`` and the English ``text``."""

    code: str
    text: str


class Sentence(Enum):
    """Base of every closed set of sentences."""

    @property
    def code(self) -> str:
        """The stable code, e.g. ``"empty_file"``."""
        return self.name.lower()

    def say(self, **details: object) -> Statement:
        """Fill the placeholders. Raises KeyError when a detail is missing."""
        return Statement(self.code, str(self.value).format(**details))
