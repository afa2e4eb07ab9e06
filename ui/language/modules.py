"""Words modules: plain constants in English, which every reader gets in the window's language."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from ui.language.speech import translated


class WordsModule(ModuleType):
    """A module whose upper-case names are looked up in the window's catalogue when read."""

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        return translated(value) if name.isupper() else value


def in_every_language(name: str) -> None:
    """The last line of a words module: ``in_every_language(__name__)``.

    From then on ``words.NAME`` speaks the window's language. Read it where it is shown, never
    when a module is loaded, and never with ``from ui.words import NAME``: either would keep the
    English.
    """
    sys.modules[name].__class__ = WordsModule
