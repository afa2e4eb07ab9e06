"""A page to file, in the language of the window that asks for it."""

from __future__ import annotations

from core.reporting.page.speech import ENGLISH, Direction, Speech
from core.sentences import Statement
from ui.language.current import current_language
from ui.language.languages import Language
from ui.language.speech import awaits_review, left_to_right, said


def page_speech() -> Speech:
    """How a page speaks: in the window's language, and a clinical sentence that no clinician who
    speaks it has reviewed with its English after it, for a page goes to people who cannot ask."""
    language = current_language()
    if language is Language.ENGLISH:
        return ENGLISH
    direction = Direction.RIGHT_TO_LEFT if language.right_to_left else Direction.LEFT_TO_RIGHT
    return Speech(language.value, direction, _on_a_page)


def _on_a_page(what: str | Statement) -> str:
    text = said(what)
    english = what.text if isinstance(what, Statement) else what
    if text == english or not awaits_review(what):
        return text
    # The brackets too: they are turned round where they belong to a text from right to left.
    return f"{text} {left_to_right(f'[{english}]')}"
