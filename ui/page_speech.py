"""A page to file, in the language of the window that asks for it."""

from __future__ import annotations

from core.reporting.page.speech import ENGLISH, Direction, Speech
from core.reporting.page.texts import PageText
from ui.language.catalogue import catalogue_of
from ui.language.current import current_language
from ui.language.languages import Language
from ui.language.speech import said


def page_speech() -> Speech:
    """How a page speaks: in the window's language once its catalogue has the page's own words,
    for half a page in one language and half in another would serve nobody; else English."""
    language = current_language()
    if language is Language.ENGLISH:
        return ENGLISH
    if catalogue_of(language).translated(str(PageText.TITLE.value)) is None:
        return ENGLISH
    direction = Direction.RIGHT_TO_LEFT if language.right_to_left else Direction.LEFT_TO_RIGHT
    return Speech(language.value, direction, said)
