"""From English to what is said in the window's language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from string import Formatter
from typing import Any, NamedTuple
from unicodedata import bidirectional

from core.sentences import Sentence, Statement
from ui.language.catalogue import catalogue_of
from ui.language.current import current_language
from ui.language.languages import Language

#: Around what is filled in, in a text that runs from right to left: the mark of the other direction
#: (https://www.unicode.org/reports/tr9/). Without it "12-34 mm" turns. A mark must stand beside
#: letters of its own direction. The isolates that Unicode has for this never do, and a mark alone
#: in its run stops a browser's engine in the middle of drawing a page
#: (https://github.com/flutter/flutter/issues/190569).
_MARK = "\u200e"
#: What Unicode calls strong: the letters that run to the left, and all that have a direction.
_TO_LEFT, _STRONG = {"R", "AL"}, {"L", "R", "AL"}


class Isolating(str):
    """A text from right to left, in which whatever is filled in keeps its own direction."""

    __slots__ = ()

    def format(self, *values: object, **details: object) -> str:
        return str.format(
            self, *map(isolated, values), **{name: isolated(each) for name, each in details.items()}
        )


class Plural(NamedTuple):
    """A text that counts: the English for one, and for any other number.

    ``Plural("{count} reading", "{count} readings").format(count=3)``.
    """

    one: str
    many: str

    def format(self, *, count: int, **details: object) -> str:
        """The form for ``count`` in the window's language, filled."""
        language = current_language()
        form = None
        if language is not Language.ENGLISH:
            form = catalogue_of(language).counted(self.one, count)
        form = form or (self.one if count == 1 else self.many)
        return _directed(form, language).format(count=count, **details)


def said(what: str | Statement) -> str:
    """An English sentence of ours, or a statement of core's, in the window's language. What no
    catalogue has stays English."""
    language = current_language()
    if isinstance(what, Statement):
        return _stated(what, language)
    return what if language is Language.ENGLISH else _in(language, what)


def isolated(value: object) -> str:
    """A number, a name or a code inside a text from right to left."""
    text = str(value)
    if text.startswith(_MARK) and text.endswith(_MARK):  # a share or a date that is marked already
        return text
    return text if _runs_to_left(text) else left_to_right(text)


def left_to_right(text: str) -> str:
    """English, or a figure with its sign, inside a page from right to left: "> 99%" would else be
    turned to "99% <"."""
    if not text or not current_language().right_to_left:
        return text
    return f"{_MARK}{text}" if _runs_to_left(text[::-1]) else f"{_MARK}{text}{_MARK}"


def _runs_to_left(text: str) -> bool:
    """By its first strong letter. Figures alone run to the right."""
    kinds = (bidirectional(letter) for letter in text)
    return next((kind for kind in kinds if kind in _STRONG), "L") in _TO_LEFT


def translated(value: Any) -> Any:
    """A constant of a words module in the window's language: a text, or a tuple or a mapping of
    texts. Anything else is given back as it is."""
    language = current_language()
    return value if language is Language.ENGLISH else _all_in(language, value)


def _all_in(language: Language, value: Any) -> Any:
    if isinstance(value, str):
        return _in(language, value)
    if type(value) is tuple:
        return tuple(_all_in(language, each) for each in value)
    if isinstance(value, dict):
        return {key: _all_in(language, each) for key, each in value.items()}
    return value


def _in(language: Language, english: str) -> str:
    found = catalogue_of(language).translated(english)
    if found is None and language.right_to_left and "{" not in english:
        return left_to_right(english)
    return _directed(found or english, language)


def _directed(text: str, language: Language) -> str:
    return Isolating(text) if language.right_to_left else text


def _stated(statement: Statement, language: Language) -> str:
    if language is Language.ENGLISH:
        return statement.text
    for template in _templates(statement.code):
        found = _pattern(template).fullmatch(statement.text)
        if found:
            details = {name: said_part(value) for name, value in found.groupdict().items()}
            return _in(language, template).format(**details)
    return _in(language, statement.text)


class Bilingual(str):
    """A clinical sentence whose translation no clinician has reviewed, with its ``english``."""

    english: str


def clinical(what: str | Statement) -> str:
    """``said``, and with the English at hand (``english_beside``) while no clinician who speaks
    the language has reviewed the translation. To be shown as it is, not inside another text."""
    text = said(what)
    english = what.text if isinstance(what, Statement) else what
    # What no catalogue has is English itself, marked in a page from right to left.
    return text if text.strip(_MARK) == english or is_reviewed(what) else both(text, english)


def both(text: str, english: str) -> Bilingual:
    """A translation with the English that it was made from."""
    made = Bilingual(text)
    made.english = english
    return made


def english_beside(text: str) -> str:
    """The English that must stand beside ``text``; "" unless that is an unreviewed translation."""
    return text.english if isinstance(text, Bilingual) else ""


def is_reviewed(what: str | Statement) -> bool:
    """Whether a clinician who speaks the window's language has approved the translation."""
    language = current_language()
    if language is Language.ENGLISH:
        return True
    reviewed = catalogue_of(language).reviewed
    if isinstance(what, Statement):
        return any(template in reviewed for template in _templates(what.code))
    return what in reviewed


def awaits_review(what: str | Statement) -> bool:
    """Whether this is a clinical sentence whose translation no clinician has reviewed. For what
    says everything through one door; ``clinical`` is told which sentences are."""
    if is_reviewed(what):
        return False
    wanted = catalogue_of(current_language()).clinical
    if isinstance(what, Statement):
        return any(template in wanted for template in _templates(what.code))
    return what in wanted


def said_part(english: str) -> str:
    """A part of a sentence: a finding's name, a question. Core writes names in lower case inside
    a sentence, and in capitals elsewhere: the catalogue has them once."""
    language = current_language()
    if language is Language.ENGLISH:
        return english
    messages = catalogue_of(language)
    parts = english.split(", ")
    whole = messages.translated(english)
    if whole is None and len(parts) > 1:
        return listed(map(said_part, parts))
    if whole is None and (capital := messages.translated(english[:1].upper() + english[1:])):
        whole = capital[:1].lower() + capital[1:]
    return whole or english


def listed(parts: Iterable[str]) -> str:
    """Several parts of one sentence, with the comma of the window's language between them."""
    return ("، " if current_language() is Language.ARABIC else ", ").join(parts)


def _templates(code: str) -> Iterator[str]:
    """The sentences with this code: one, unless two rooms chose the same word."""
    return (str(each.value) for each in _sentences(Sentence) if each.code == code)


def _sentences(kind: type[Sentence]) -> Iterator[Sentence]:
    yield from kind
    for each in kind.__subclasses__():
        yield from _sentences(each)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """Finds a sentence's details again in its English text, which is all that a vault keeps."""
    parts, seen = [], set()
    for literal, name, _, _ in Formatter().parse(template):
        parts.append(re.escape(literal))
        if name:
            parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>.*?)")
            seen.add(name)
    return re.compile("".join(parts), re.DOTALL)
