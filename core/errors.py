"""The one family of errors that reaches a person."""

from __future__ import annotations

from core.sentences import Sentence, Statement


class OutpostError(Exception):
    """Something that went wrong, in words a clinician understands.

    ``code`` is stable and safe to log; ``text`` ends in what to do. Neither ever holds
    pixels, names, patient codes or pseudonyms. ``details`` fill the sentence's placeholders.
    """

    def __init__(self, failure: Sentence, **details: object) -> None:
        self.failure = failure
        self.statement: Statement = failure.say(**details)
        super().__init__(f"{self.code}: {self.text}")

    @property
    def code(self) -> str:
        return self.statement.code

    @property
    def text(self) -> str:
        return self.statement.text


class ImagingError(OutpostError):
    """A file could not be opened into a study."""


class PackError(OutpostError):
    """A model pack cannot be trusted or used."""


class ReadingError(OutpostError):
    """A study could not be read."""
