"""The page to file: one sheet, the same in PDF, HTML and text, and readable by other programs."""

from __future__ import annotations

import io
import re
import subprocess
import zlib
from contextlib import suppress
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fontTools.ttLib import TTFont

from core.reading.guidance import guidance_for, standing_sentence
from core.reading.manifest import Manifest
from core.reading.result import Verdict
from core.reporting.illustration import Illustration
from core.reporting.page.content import DocumentError, Page, page
from core.reporting.page.pdf import pdf_page
from core.reporting.page.plain import plain
from core.reporting.page.speech import Direction, Speech
from core.reporting.page.web import web_page
from core.reporting.report import Report
from core.sentences import Statement
from tests.imaging.dicom_files import phantom
from tests.reporting.reports import CLINICIAN, CONFIDENT, REJECTED, all_reports, manifests, report
from tests.reporting.test_dicom_documents import CONFIRMED
from tests.reporting.tools import tool

GREY = (phantom(300, 420) >> 8).astype(np.uint8)
SHOWN = Illustration(
    np.dstack([GREY] * 3), np.dstack([GREY, GREY // 2, GREY // 3]), "fracture", 0, 1
)


def pages(repo: Path) -> dict[str, tuple[Report, Page]]:
    """Every report on its page, with the pack's own manifest where it has one."""
    known: dict[str, Manifest] = {each.id: each for each in manifests(repo)}
    found = {}
    for name, told in all_reports(repo).items():
        guided = replace(told.reading, guidance=guidance_for("fracture"))
        told = replace(told, reading=guided)
        manifest = known.get(told.reading.pack.id) if told.reading.pack else None
        shown = replace(SHOWN, heat=None, heat_label=None) if not told.findings else SHOWN
        found[name] = (told, page(told, manifest, shown))
        confirmed = replace(told, confirmation=replace(CONFIRMED, label=None))
        found[f"{name}, said"] = (confirmed, page(confirmed, manifest, shown))
    return found


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [v or "" for k, v in attrs if k in ("src", "href", "action", "background")]

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def html_words(content: str) -> _Words:
    words = _Words()
    words.feed(content)
    return words


def squeezed(text: str) -> str:
    return re.sub(r"[\s•]+", " ", text)


def pdf_text(content: bytes, folder: Path) -> str:
    path = folder / "page.pdf"
    path.write_bytes(content)
    command = [tool("pdftotext", "apt install poppler-utils"), "-enc", "UTF-8", str(path), "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


def expected(told: Report, made: Page) -> list[str]:
    """What each form must say."""
    return [
        made.title,
        made.opinion,
        made.banner,
        made.headline,
        standing_sentence(),
        told.case_id,
        told.id,
        told.pseudonym or "none named",
        *made.reasons,
        *(part for each in made.shares for part in (each.name, each.percent)),
        *([made.advice.text, made.advice.source] if made.advice else []),
    ]


def test_every_form_says_the_same_of_every_verdict_and_pack(repo: Path, tmp_path: Path) -> None:
    for told, made in pages(repo).values():
        forms = {
            "pdf": pdf_text(pdf_page(made), tmp_path),
            "html": " ".join(html_words(web_page(made)).said),
            "text": plain(made),
        }
        for form, said in forms.items():
            for words in expected(told, made):
                assert squeezed(words) in squeezed(said), (form, words)


def test_the_pdf_is_one_sheet_of_a4_for_every_verdict_and_pack(repo: Path, tmp_path: Path) -> None:
    info = tool("pdfinfo", "apt install poppler-utils")
    for name, (_, made) in pages(repo).items():
        path = tmp_path / "page.pdf"
        path.write_bytes(pdf_page(made))
        said = subprocess.run([info, str(path)], capture_output=True, text=True, check=True).stdout
        assert re.search(r"^Pages: +1$", said, re.MULTILINE), name
        assert "A4" in said
        assert made.title in said


def test_nothing_falls_off_the_sheet(repo: Path, tmp_path: Path) -> None:
    """Also where a pack has much to say: then the type is smaller."""
    manifest = manifests(repo)[0]
    told = report()
    made = page(told, manifest, SHOWN)
    long = replace(made, limits=made.limits * 3)
    path = tmp_path / "page.pdf"
    path.write_bytes(pdf_page(long))
    command = [tool("pdftotext", "apt install poppler-utils"), "-bbox", str(path), "-"]
    boxes = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    bottoms = [float(each) for each in re.findall(r'yMax="([\d.]+)">', boxes)]

    assert len(bottoms) > 300
    assert max(bottoms) < 842 - 20


def test_the_code_on_the_page_is_the_case(tmp_path: Path) -> None:
    made = page(report(), None, SHOWN)
    (tmp_path / "page.pdf").write_bytes(pdf_page(made))
    draw = tool("pdftoppm", "apt install poppler-utils")
    scan = tool("zbarimg", "apt install zbar-tools")
    command = [draw, "-r", "100", "-png", "page.pdf", "page"]
    subprocess.run(command, cwd=tmp_path, check=True)
    (picture,) = tmp_path.glob("page*.png")
    command = [scan, "--quiet", "--raw", str(picture)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert said.strip() == f"urn:uuid:{report().case_id}"


def test_no_value_of_the_web_page_is_torn_apart_among_arabic_letters(repo: Path) -> None:
    for _, each in pages(repo).values():
        values = re.findall(r"<dd>(.*?)</dd>", web_page(each))
        assert values
        assert all(re.fullmatch(r"<bdi>[^<]*</bdi>", value) for value in values)


def test_the_web_page_needs_nothing_from_anywhere(repo: Path) -> None:
    for _, made in pages(repo).values():
        content = web_page(made)
        words = html_words(content)
        assert "script" not in words.tags
        assert words.links
        assert all(link.startswith("data:image/") for link in words.links)
        assert "default-src 'none'" in content
        outside = re.findall(r"(?:https?:)?//[\w.]+", re.sub(r"base64,[\w+/=]+", "", content))
        assert outside == []


def test_a_name_cannot_become_markup() -> None:
    evil = replace(CLINICIAN, name='<script>alert("x")</script>&amp;')
    speech = Speech('x"><script>')
    made = page(report(clinician=evil, pseudonym="<b>K7"), None, SHOWN, speech)
    words = html_words(web_page(made))

    assert "script" not in words.tags
    assert "b" not in words.tags
    assert "Asked by" in words.said
    assert '<script>alert("x")</script>&amp;' in words.said


def test_letters_that_the_pdf_lacks_are_refused_in_words_and_go_to_the_web_page() -> None:
    for name in ("王伟", "សុខា"):
        made = page(report(clinician=replace(CLINICIAN, name=name)), None, SHOWN)
        with pytest.raises(DocumentError) as caught:
            pdf_page(made)
        assert caught.value.code == "pdf_needs_another_script"
        assert name not in str(caught.value)
        assert name in web_page(made)
        assert name in plain(made)


def test_without_a_shaper_only_the_web_page_has_other_scripts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on a phone, whose wheels lack HarfBuzz."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    made = page(report(clinician=replace(CLINICIAN, name="نورة")), None, SHOWN)

    with pytest.raises(DocumentError):
        pdf_page(made)
    assert "نورة" in web_page(made)


def glyph_counts(content: bytes) -> list[int]:
    """How many glyphs each font in a PDF has."""
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        with suppress(zlib.error):
            font = zlib.decompress(stream)
            if font[:4] == b"\0\1\0\0":
                found.append(TTFont(io.BytesIO(font))["maxp"].numGlyphs)
    return found


#: A sentence of each script in which letters join, change places or stand above each other.
SENTENCES = {
    "ar": "من المحتمل أن يكون هناك كسر، راجع الطبيب.",
    "hi": "हड्डी टूटने की संभावना है, कृपया विशेषज्ञ से मिलें।",
    "bn": "হাড় ভাঙার সম্ভাবনা আছে, বিশেষজ্ঞের সাথে দেখা করুন।",
}


def in_(language: str) -> Speech:
    """A speech that has one sentence for everything long."""
    direction = Direction.RIGHT_TO_LEFT if language == "ar" else Direction.LEFT_TO_RIGHT

    def translate(what: str | Statement) -> str:
        text = what if isinstance(what, str) else what.text
        return SENTENCES[language] if len(text) > 12 else text

    return Speech(language, direction, translate)


@pytest.mark.parametrize("language", sorted(SENTENCES))
def test_a_page_in_another_script_is_shaped_and_numbers_stay_readable(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("uharfbuzz", reason="no shaper on this platform")
    made = page(report(), None, SHOWN, in_(language))
    content = pdf_page(made)
    said = pdf_text(content, tmp_path)

    assert report().case_id in said
    monkeypatch.setattr("fpdf.FPDF.set_text_shaping", lambda *_, **__: None)
    # Forms for the start, the middle and the end, and letters that join: other glyphs than those.
    assert glyph_counts(content) != glyph_counts(pdf_page(made))
    assert f'lang="{language}" dir="{in_(language).direction}"' in web_page(made)
    assert SENTENCES[language] in web_page(made)


def test_english_among_arabic_keeps_its_brackets_and_its_full_stop(tmp_path: Path) -> None:
    pytest.importorskip("uharfbuzz", reason="no shaper on this platform")

    def translate(what: str | Statement) -> str:
        text = what if isinstance(what, str) else what.text
        return f"{SENTENCES['ar']} \u200e[See a doctor (today).]\u200e" if len(text) > 12 else text

    made = page(report(), None, SHOWN, Speech("ar", Direction.RIGHT_TO_LEFT, translate))
    path = tmp_path / "page.pdf"
    path.write_bytes(pdf_page(made))
    command = [tool("pdftotext", "apt install poppler-utils"), "-bbox", str(path), "-"]
    boxes = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    words = [(float(x), word) for x, word in re.findall(r'xMin="([\d.]+)".*?>(.*?)</word>', boxes)]

    # As they are drawn: poppler names what stands in a box from its left to its right.
    drawn = [word.strip("\u200e.") for _, word in sorted(words)]
    assert min(drawn.count("[See"), drawn.count("(today).]")) > 3
    assert not {word for word in drawn if "See" in word or "today" in word} - {"[See", "(today).]"}


def test_typographic_signs_are_no_other_script(tmp_path: Path) -> None:
    made = page(report(clinician=replace(CLINICIAN, name="Zoë O’Neill – “−3 ≥ 2”")), None, SHOWN)

    assert "Zoë O’Neill – “-3 >= 2”" in pdf_text(pdf_page(made), tmp_path)


def test_a_rejected_reading_shows_neither_probability_nor_heat_map() -> None:
    read_by_pack: Any = replace(CONFIDENT, verdict=Verdict.REJECTED)
    for reading in (REJECTED, read_by_pack):
        made = page(report(reading), None, replace(SHOWN, heat=None, heat_label=None))
        assert made.shares == ()
        assert len(made.pictures) == 1
        assert "%" not in plain(made).replace("100%", "")


def test_the_text_is_short_enough_to_send(repo: Path) -> None:
    for _, made in pages(repo).values():
        assert len(plain(made)) < 2000
        assert plain(made).endswith("\n")


def test_the_same_page_is_the_same_bytes(repo: Path) -> None:
    _, made = next(iter(pages(repo).values()))

    assert pdf_page(made) == pdf_page(made)
    assert web_page(made) == web_page(made)


def test_whether_a_clinician_agrees_stands_at_the_top() -> None:
    said = {page(report(confirmation=each), None, SHOWN).opinion for each in (None, CONFIRMED)}

    assert said == {"NOT CONFIRMED BY A CLINICIAN", "A CLINICIAN DISAGREES"}
    facts = dict(page(report(confirmation=CONFIRMED), None, SHOWN).facts)
    assert facts["Opinion of"].startswith("A. Nurse, Clinic, 23 Nov 2026")
