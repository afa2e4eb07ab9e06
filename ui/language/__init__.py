"""The languages of the app. ``CONTRIBUTING.md`` says how a word is added."""

from ui.language.current import current_language, speaking
from ui.language.languages import Language, first_spoken, language_called
from ui.language.modules import in_every_language
from ui.language.speech import (
    Plural,
    clinical,
    english_beside,
    isolated,
    listed,
    said,
    said_part,
)

__all__ = [
    "Language",
    "Plural",
    "clinical",
    "current_language",
    "english_beside",
    "first_spoken",
    "in_every_language",
    "isolated",
    "language_called",
    "listed",
    "said",
    "said_part",
    "speaking",
]
