"""The page as a PDF of one A4 sheet.

Western European letters are Helvetica's, which every PDF reader has. Arabic, Hindi and Bengali are
written with fonts of ours and shaped by HarfBuzz, which the phone lacks: there, such a page is a
web page instead.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import segno
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from core.reporting.fhir_actors import SOFTWARE
from core.reporting.illustration import Picture, jpeg
from core.reporting.page.content import Advice, Page
from core.reporting.page.texts import PageText
from core.reporting.page.typefaces import Letters

_WIDTH, _HEIGHT, _MARGIN = 210.0, 297.0, 13.0  # A4 in millimetres
_INNER = _WIDTH - 2 * _MARGIN
#: The page is drawn smaller until it fits one sheet; smaller than the last nobody can read.
_SCALES = (1.0, 0.94, 0.88, 0.82, 0.76, 0.7)
_CODE = 24.0
_HEADINGS = (PageText.PROBABILITIES, PageText.NEXT, PageText.LIMITS, PageText.MODEL)
_INK, _PALE = (22, 32, 42), (74, 88, 102)
_COLOURS = {
    "confident": ((228, 241, 234), (23, 105, 74)),
    "uncertain": ((255, 243, 214), (154, 106, 0)),
    "rejected": ((236, 239, 242), (74, 88, 102)),
}


def pdf_page(page: Page) -> bytes:
    """The page as PDF. The same page always gives the same bytes.

    Raises ``DocumentError`` (``pdf_needs_another_script``) for letters that cannot be written
    here.
    """
    letters = Letters(_texts(page), page.speech)
    for scale in _SCALES:
        sheet = _Sheet(page, scale, letters)
        sheet.draw()
        if sheet.fits:
            break
    return bytes(sheet.pdf.output())


def _texts(page: Page) -> Iterator[str]:
    """Every text of the page, and of its headings."""
    yield from (page.say(heading) for heading in _HEADINGS)
    yield page.say(PageText.NOT_A_DEVICE)
    yield from (page.title, page.banner, page.opinion, page.headline, page.meaning, page.model)
    yield from (*page.reasons, *page.limits, *page.figures)
    yield from (caption for caption, _picture in page.pictures)
    for share in page.shares:
        yield from (share.name, share.percent, share.standing)
    for label, value in page.facts:
        yield from (label, value)
    if page.advice:
        yield from (page.advice.urgency, page.advice.text, page.advice.source)


class _Paper(FPDF):
    """fpdf2 2.8.9 takes every line of a paragraph to begin in the font that it believes to be set.
    After letters of a fallback font that is another one, and a line of English under one of Hindi
    comes out as other letters. So each line sets its font."""

    def _render_styled_text_line(self, *line: Any, **how: Any) -> Any:
        self.current_font_is_set_on_page = False
        return super()._render_styled_text_line(*line, **how)


class _Sheet:
    """One attempt to draw the page, at one size of type."""

    def __init__(self, page: Page, scale: float, letters: Letters) -> None:
        self.page, self.scale, self.letters = page, scale, letters
        self.pdf = pdf = _Paper(format="A4")
        letters.give_to(pdf)
        pdf.set_auto_page_break(auto=False)
        pdf.set_margins(_MARGIN, _MARGIN)
        pdf.c_margin = 0
        pdf.set_title(letters.named(page.title))
        pdf.set_creator(SOFTWARE)
        pdf.set_lang(page.speech.language)
        pdf.set_creation_date(page.made_at)
        pdf.add_page()

    @property
    def fits(self) -> bool:
        return bool(self.pdf.get_y() <= _HEIGHT - _MARGIN + 2)

    def draw(self) -> None:
        page = self.page
        self._header()
        self._verdict()
        self._pictures()
        self._shares()
        if page.advice:
            self._advice(page.advice)
        self._section(PageText.LIMITS, page.limits, 8.2)
        self._section(PageText.MODEL, (page.model, *page.figures), 7.4)

    def _write(
        self, text: str, size: float, style: str = "", x: float = _MARGIN, width: float = _INNER
    ) -> None:
        """A paragraph of ``size`` points at full scale, then down to the next line."""
        size *= self.scale
        # Twice, for fpdf2 says nothing where family and size stay, and after letters of a fallback
        # font the sheet would go on in that one.
        self.pdf.set_font(self.letters.family, style, size + 1)
        self.pdf.set_font(self.letters.family, style, size)
        self.letters.direct(self.pdf, text)
        # From right to left, the sheet is its own mirror image.
        self.pdf.set_x(x if self.letters.rightward else _WIDTH - x - width)
        self.pdf.multi_cell(
            width,
            size * (0.45 if self.letters.plain else 0.5),
            self.letters.written(text),
            align="L" if self.letters.rightward else "R",
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )

    def _left(self, x: float, width: float) -> float:
        """Where a thing of this width stands that is ``x`` from the side where lines begin."""
        return x if self.letters.rightward else _WIDTH - x - width

    def _gap(self, millimetres: float) -> None:
        self.pdf.set_y(self.pdf.get_y() + millimetres * self.scale)

    def _header(self) -> None:
        pdf, page = self.pdf, self.page
        top, width = pdf.get_y(), _INNER - _CODE - 4
        self._write(page.title, 17, "B", width=width)
        self._gap(0.8)
        self._write(f"{page.opinion}  |  {page.say(PageText.NOT_A_DEVICE)}", 9.5, "B", width=width)
        self._gap(1.2)
        label_width = 34 * self.scale
        for label, value in page.facts:
            line = pdf.get_y()
            pdf.set_text_color(*_PALE)
            self._write(label, 8.4, width=label_width)
            pdf.set_text_color(*_INK)
            pdf.set_y(line)
            self._write(value, 8.4, x=_MARGIN + label_width, width=width - label_width)
        bottom = pdf.get_y()
        self._code(top)
        pdf.set_y(max(bottom, top + _CODE + 1))
        self._gap(2)

    def _code(self, top: float) -> None:
        """The QR code, module by module, with its quiet zone of four (ISO/IEC 18004)."""
        matrix = list(segno.make(self.page.code, error="m", micro=False).matrix_iter(border=4))
        side = _CODE / len(matrix)
        left = self._left(_WIDTH - _MARGIN - _CODE, _CODE)
        self.pdf.set_fill_color(0, 0, 0)
        for row, line in enumerate(matrix):
            for column, dark in enumerate(line):
                if dark:
                    x, y = left + column * side, top + row * side
                    self.pdf.rect(x, y, side * 1.02, side * 1.02, style="F")

    def _verdict(self) -> None:
        pdf, page = self.pdf, self.page
        fill, edge = _COLOURS[page.verdict.value]
        top = pdf.get_y()
        for final in (False, True):  # first to learn its height, then over the coloured box
            pdf.set_y(top + 2 * self.scale)
            x, width = _MARGIN + 5, _INNER - 8
            self._write(page.banner, 13, "B", x=x, width=width)
            self._write(page.headline, 11, "B", x=x, width=width)
            self._gap(0.6)
            for reason in page.reasons:
                self._write(f"- {reason}", 9, x=x, width=width)
            bottom = pdf.get_y() + 2 * self.scale
            if not final:
                pdf.set_fill_color(*fill)
                pdf.rect(_MARGIN, top, _INNER, bottom - top, style="F")
                pdf.set_fill_color(*edge)
                pdf.rect(self._left(_MARGIN, 2), top, 2, bottom - top, style="F")
        pdf.set_y(bottom)
        self._gap(3)

    def _pictures(self) -> None:
        pdf, pictures = self.pdf, self.page.pictures
        if not pictures:
            return
        top, most = pdf.get_y(), 74 * self.scale
        each = (_INNER - 4 * (len(pictures) - 1)) / len(pictures)
        bottoms = []
        for number, (caption, picture) in enumerate(pictures):
            left = _MARGIN + number * (each + 4)
            height, width = _fitted(picture, each, most)
            pdf.image(io.BytesIO(jpeg(picture)), self._left(left, width), top, width, height)
            pdf.set_y(top + height + 0.8)
            self._write(caption, 8, x=left, width=each)
            bottoms.append(pdf.get_y())
        pdf.set_y(max(bottoms))
        self._gap(2.5)

    def _heading(self, heading: PageText) -> None:
        self._write(self.page.say(heading), 10.5, "B")
        self._gap(0.5)

    def _shares(self) -> None:
        pdf, page = self.pdf, self.page
        self._heading(PageText.PROBABILITIES)
        for share in page.shares:
            top, size = pdf.get_y(), 9 * self.scale
            step = size * 0.45
            self._write(share.name, 9, "B" if share.possible else "", width=58)
            bottom = pdf.get_y()
            left, width = _MARGIN + 60, 66.0
            pdf.set_draw_color(*_INK)
            pdf.set_fill_color(29, 92, 143)
            pdf.rect(self._left(left, width), top + 0.5, width, step - 1, style="D")
            filled = width * share.probability
            if not share.possible:
                pdf.set_fill_color(200, 206, 212)
            style = "F" if share.possible else "DF"
            pdf.rect(self._left(left, filled), top + 0.5, filled, step - 1, style=style)
            pdf.set_y(top)
            self._write(f"{share.percent}, {share.standing}", 9, x=left + width + 3, width=50)
            pdf.set_y(max(bottom, pdf.get_y()))
            self._gap(0.7)
        self._write(page.meaning, 8.2)
        self._gap(2.5)

    def _advice(self, advice: Advice) -> None:
        heading = self.page.say(PageText.NEXT)
        top = self.pdf.get_y()
        self._gap(1.5)
        x, width = _MARGIN + 3, _INNER - 6
        self._write(
            f"{heading}: {advice.urgency}" if advice.urgency else heading,
            10.5,
            "B",
            x=x,
            width=width,
        )
        self._gap(0.5)
        self._write(advice.text, 9.2, x=x, width=width)
        if advice.source:
            self._gap(0.5)
            self._write(advice.source, 7.4, x=x, width=width)
        self._gap(1.5)
        self.pdf.set_draw_color(*_INK)
        self.pdf.rect(_MARGIN, top, _INNER, self.pdf.get_y() - top)
        self._gap(2.5)

    def _section(self, heading: PageText, texts: tuple[str, ...], size: float) -> None:
        self._heading(heading)
        for text in texts:
            self._write(text, size)
            self._gap(0.5)
        self._gap(2)


def _fitted(picture: Picture, width: float, height: float) -> tuple[float, float]:
    """Height and width of a picture as large as the box allows, in millimetres."""
    rows, columns = picture.shape[:2]
    scale = min(width / columns, height / rows)
    return rows * scale, columns * scale
