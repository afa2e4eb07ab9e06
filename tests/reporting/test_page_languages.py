"""The page to file in every language of the app: what no clinician has reviewed has its English."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from html import unescape
from pathlib import Path

import pytest

from core.reading.guidance import guidance_for, standing_sentence
from core.reporting.page.content import Page, page
from core.reporting.page.pdf import pdf_page
from core.reporting.page.plain import plain
from core.reporting.page.web import web_page
from tests.reporting.reports import all_reports, manifests
from tests.reporting.test_dicom_documents import CONFIRMED
from tests.reporting.test_page import SHOWN, pdf_text
from ui.language.current import speaking
from ui.language.languages import Language
from ui.page_speech import page_speech

#: Marks of direction, which are no letters (Unicode 15, chapter 23.2).
_MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069"))
OTHERS = [each for each in Language if each is not Language.ENGLISH]


@cache
def _made(repo: Path, language: Language) -> Page:
    """A finding with guidance, of a pack with a long manifest, confirmed."""
    manifest = next(each for each in manifests(repo) if each.id == "fracture_xray")
    told = next(
        each
        for each in all_reports(repo).values()
        if each.reading.pack and each.reading.pack.id == "fracture_xray" and each.findings
    )
    guided = replace(told.reading, guidance=guidance_for("fracture"))
    told = replace(told, reading=guided, confirmation=replace(CONFIRMED, label=None))
    with speaking(language):
        return page(told, manifest, SHOWN, page_speech())


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text.translate(_MARKS))


def english_needed(repo: Path) -> list[str]:
    """Clinical sentences that stand on that page in English where no one has reviewed another."""
    guidance = guidance_for("fracture")
    manifest = next(each for each in manifests(repo) if each.id == "fracture_xray")
    assert guidance is not None
    return [
        guidance.text,
        guidance.escalation,
        standing_sentence(),
        manifest.intended_use,
        manifest.population,
        *(each.rstrip(".") for each in manifest.contraindications),
    ]


@pytest.mark.parametrize("language", OTHERS)
def test_unreviewed_guidance_has_its_english_word_for_word(repo: Path, language: Language) -> None:
    made = _made(repo, language)
    forms = {
        "html": unescape(re.sub(r"<[^>]*>", "", web_page(made))),
        "text": plain(made),
    }
    for form, said in forms.items():
        found = squeezed(said)
        for english in english_needed(repo)[: None if form == "html" else 3]:
            assert squeezed(english).casefold() in found.casefold(), (form, english)


@pytest.mark.parametrize("language", OTHERS)
def test_the_pdf_has_it_too(repo: Path, language: Language, tmp_path: Path) -> None:
    pytest.importorskip("uharfbuzz", reason="no shaper on this platform")
    # Lines break anywhere, and among Arabic their parts come in another order: word by word.
    said = set(re.findall(r"[A-Za-z]+", pdf_text(pdf_page(_made(repo, language)), tmp_path)))
    found = {each.casefold() for each in said}
    for english in english_needed(repo)[:3]:
        wanted = {each.casefold() for each in re.findall(r"[A-Za-z]+", english)}
        assert len(wanted - found) <= 1, wanted - found


def test_figures_and_english_keep_their_order_among_arabic_letters(repo: Path) -> None:
    """Each stands between marks, or a colon beside it would take it to the other side."""
    made = _made(repo, Language.ARABIC)

    for said in (made.headline, *made.figures, *made.limits):
        for figure in re.finditer(r"[\d.]*\d%?", said):
            before = said[: figure.start()]
            marked = before.rfind("\u200e"), before.rfind("\u200f")
            assert max(marked) >= 0, said
    guided = made.advice
    assert guided is not None
    assert re.search("\u200e\\[[^\\]]+\\]\u200e", guided.text), "the brackets go with the English"
