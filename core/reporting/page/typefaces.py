"""Letters for a PDF: the fonts that every reader has, or ours for other scripts, shaped."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from unicodedata import bidirectional

from fpdf import FPDF

from core.reporting.page.content import DocumentError
from core.reporting.page.speech import Direction, Speech
from core.reporting.page.texts import DocumentFailure

FONTS = Path(__file__).resolve().parents[3] / "assets" / "fonts"
#: The letters that others stand among, then the scripts that need joining.
_LATIN = "NotoSans"
_SHAPED = ("NotoSansArabic", "NotoSansDevanagari", "NotoSansBengali")
#: Every PDF reader's own font, and the letters that it has.
PLAIN, PLAIN_ENCODING = "Helvetica", "windows-1252"
#: Signs that fonts lack and that another says as well.
_INSTEAD = str.maketrans({"−": "-", "≥": ">=", "≤": "<=", "\u202f": " ", "\u2011": "-"})
#: Unicode's classes of letters that run from right to left.
_LEFTWARD = ("R", "AL")
#: Letters without a shape that say which way their neighbours run.
_DIRECTING = str.maketrans(dict.fromkeys("\u200e\u200f\u2066\u2067\u2068\u2069"))


def is_plain(texts: Iterable[str]) -> bool:
    """Whether Helvetica has all their letters."""
    try:
        "".join(texts).translate(_INSTEAD).encode(PLAIN_ENCODING)
    except UnicodeEncodeError:
        return False
    return True


class Letters:
    """What a page's PDF is written with.

    Raises ``DocumentError`` (``pdf_needs_another_script``) for letters that no font here has, and
    where this device cannot join them: it has no HarfBuzz, as phones have not.
    """

    def __init__(self, texts: Iterable[str], speech: Speech) -> None:
        every = "".join(texts)
        self.plain = is_plain([every])
        self.family = PLAIN if self.plain else "Outpost"
        self.rightward = speech.direction is Direction.LEFT_TO_RIGHT
        self._language = speech.language
        if self.plain:
            return
        missing = set(every.translate(_DIRECTING)) - {"\n"} - _known()
        if missing or importlib.util.find_spec("uharfbuzz") is None:
            raise DocumentError(DocumentFailure.PDF_NEEDS_ANOTHER_SCRIPT)

    def give_to(self, pdf: FPDF) -> None:
        """Make the fonts known to a PDF, with HarfBuzz joining their letters."""
        pdf.core_fonts_encoding = PLAIN_ENCODING
        if self.plain:
            return
        for style in ("", "B"):
            pdf.add_font(self.family, style, FONTS / f"{_LATIN}.ttf")
            for name in _SHAPED:
                pdf.add_font(name, style, FONTS / f"{name}.ttf")
        pdf.set_fallback_fonts(list(_SHAPED), exact_match=False)

    def direct(self, pdf: FPDF, text: str) -> None:
        """Set the direction of a paragraph: on a page from right to left, a line without such
        letters (a date, a number) still runs from left to right."""
        if self.plain:
            return
        leftward = not self.rightward and any(bidirectional(each) in _LEFTWARD for each in text)
        direction = "rtl" if leftward else "ltr"
        pdf.set_text_shaping(True, direction=direction, language=self._language)

    def written(self, text: str) -> str:
        """The text as these letters can write it. What directs it stays where it is shaped: without
        it the brackets and the full stop of English among Arabic would run with the Arabic."""
        return text.translate(_INSTEAD) if self.plain else text

    def named(self, text: str) -> str:
        """The text as a file's title, which nobody shapes."""
        return self.written(text).translate(_DIRECTING)


@cache
def _known() -> frozenset[str]:
    """Every letter that our fonts have; none where they are not at hand."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    found: set[str] = set()
    for name in (_LATIN, *_SHAPED):
        path = FONTS / f"{name}.ttf"
        if path.exists():
            found |= {chr(code) for code in TTFont(path, lazy=True).getBestCmap()}
    return frozenset(found)
