"""Everything that a screen says can be said in every language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from string import Formatter, printable, whitespace

import pytest
from fontTools.ttLib import TTFont

from core.reading.guidance import guidance_for, known_keys, standing_sentence
from core.reading.sentences import ReadingReason
from core.sentences import Sentence
from ui import sync_words, theme, words
from ui.language import Language, clinical, english_beside, formats, said, speaking
from ui.language.catalogue import catalogue_of, path_of, plural_rule
from ui.language.english import messages
from ui.language.po import Message, PoFile, parse, written
from ui.language.refreshing import catalogues
from ui.language.speech import _sentences, isolated, said_part
from ui.web_server import ASSETS

OTHERS = [language for language in Language if language is not Language.ENGLISH]
EVERY = pytest.mark.parametrize("language", OTHERS, ids=lambda language: language.name.lower())
RUN = "run `make words`, fill in the empty msgstr lines, and see CONTRIBUTING.md"


@pytest.fixture(scope="module")
def fresh() -> dict[Language, PoFile]:
    """The catalogues as `make words` would write them now."""
    return catalogues()


@EVERY
def test_no_text_lacks_a_translation(language: Language, fresh: dict[Language, PoFile]) -> None:
    missing = [each.english[0] for each in fresh[language].messages if not each.is_translated]

    assert missing == [], RUN


@EVERY
def test_the_catalogue_is_fresh(language: Language, fresh: dict[Language, PoFile]) -> None:
    on_disk = parse(path_of(language).read_text(encoding="utf-8"))
    wanted = {each.english for each in fresh[language].messages}

    assert {each.english for each in on_disk.messages} == wanted, RUN


def placeholders(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name)


@EVERY
def test_a_translation_is_filled_in_like_its_english(
    language: Language, fresh: dict[Language, PoFile]
) -> None:
    def fits(message: Message) -> bool:
        wanted = [placeholders(english) for english in message.english]
        return all(placeholders(form) in wanted for form in message.translated if form)

    assert [each.english[0] for each in fresh[language].messages if not fits(each)] == []


@EVERY
def test_every_count_has_all_forms_of_its_language(
    language: Language, fresh: dict[Language, PoFile]
) -> None:
    number, _ = plural_rule(fresh[language].head)
    wrong = [
        each.english[0]
        for each in fresh[language].messages
        if len(each.translated) != (1 if len(each.english) == 1 else number)
    ]

    assert wrong == []


@EVERY
def test_every_script_is_on_board(language: Language, fresh: dict[Language, PoFile]) -> None:
    """What a browser's own Roboto lacks must be in one of the fonts that are sent along."""
    known = {letter for path in (ASSETS / "fonts").glob("*.ttf") for letter in letters(path)}
    said_so = {
        letter
        for each in fresh[language].messages
        for form in each.translated
        for letter in form + language.own_name
    }

    assert {letter for letter in said_so if ord(letter) >= 0x0590} <= known | set("–—’“”…\u200f")


def letters(path: Path) -> Iterator[str]:
    font = TTFont(path, lazy=True)
    yield from map(chr, font.getBestCmap())


def test_a_mark_of_direction_and_the_letter_after_it_are_in_one_font() -> None:
    """Else a browser's engine draws a box in place of both: of the sign in "> 99%" too."""
    wanted = {"\u200e", *printable} - set(whitespace)

    assert any(wanted <= set(letters(ASSETS / path)) for path in theme.FONTS.values())


@EVERY
def test_one_result_that_waits_has_no_oldest(language: Language) -> None:
    with speaking(language):
        one, two = (sync_words.WAITING.format(count=count, since="9:00") for count in (1, 2))

    assert one.replace("1", "2") != two


def test_every_font_that_the_theme_names_is_there() -> None:
    assert all((ASSETS / path).is_file() for path in theme.FONTS.values())
    assert (ASSETS / "fonts" / "OFL.txt").is_file()


def test_no_word_is_an_id() -> None:
    """An id that is translated is another id. Ids live outside words modules."""
    ids = [
        each.english[0] for each in messages() if re.fullmatch(r"[a-z]+(_[a-z]+)+", each.english[0])
    ]

    assert ids == []


def test_two_sentences_with_one_code_differ_so_that_each_is_found_again() -> None:
    """A vault keeps a sentence's code and its English; its template is found by them."""
    seen: dict[tuple[str, str], Sentence] = {}
    for sentence in _sentences(Sentence):
        seen.setdefault((sentence.code, str(sentence.value)), sentence)
    shapes = {(code, re.sub(r"\{\w+\}", "{}", text)) for code, text in seen}

    assert len(shapes) == len(seen)


# What a clinician must be able to check


@EVERY
@pytest.mark.parametrize("key", sorted(known_keys()))
def test_unreviewed_guidance_has_its_english_beside_it(language: Language, key: str) -> None:
    text = guidance_for(key).text
    with speaking(language):
        told = clinical(text)

        assert told != text
        assert english_beside(told) == text


def test_a_reviewed_sentence_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    reviewed = replace(catalogue_of(Language.FRENCH), reviewed=frozenset({standing_sentence()}))
    monkeypatch.setattr("ui.language.speech.catalogue_of", lambda _: reviewed)
    with speaking(Language.FRENCH):
        assert english_beside(clinical(standing_sentence())) == ""


def test_english_stands_alone() -> None:
    assert english_beside(clinical(standing_sentence())) == ""


def test_a_review_goes_with_the_english_that_it_was_made_of() -> None:
    old = PoFile(
        {"Plural-Forms": "nplurals=2; plural=(n > 1);"},
        (),
        [Message(("An older sentence.",), ("Une phrase.",), reviewed="Dr N, 2027-01-01")],
    )

    assert "Dr N" not in written(PoFile(old.head, (), messages()))


@EVERY
def test_a_finding_inside_a_kept_reason_is_translated(language: Language) -> None:
    reason = ReadingReason.PROBABILITY_LOW.say(finding="pneumonia")
    with speaking(language):
        assert said_part("pneumonia") in said(reason)
        assert "pneumonia" not in said(reason) or language in {
            Language.SPANISH,
            Language.PORTUGUESE,
        }


# Numbers and dates


@pytest.mark.parametrize(
    ("language", "share", "decimal", "day"),
    [
        (Language.ENGLISH, "99 %", "0.987", "2026-11-03"),
        (Language.FRENCH, "99\u00a0%", "0,987", "3 nov. 2026"),
        (Language.PORTUGUESE, "99%", "0,987", "3 de nov. de 2026"),
        (Language.HINDI, "99%", "0.987", "3 नव॰ 2026"),
        (Language.ARABIC, "\u200e99%\u200e", "\u200e0.987\u200e", "3 نوفمبر 2026"),
    ],
)
def test_numbers_and_days_are_written_as_the_language_does(
    language: Language, share: str, decimal: str, day: str
) -> None:
    with speaking(language):
        assert formats.percent(99) == share
        assert formats.number(0.98712, ".3g") == decimal
        assert formats.day(date(2026, 11, 3)) == day


def test_a_sign_stays_before_its_number_in_arabic() -> None:
    """Without the mark of direction "> 99%" would be shown as "99% <"."""
    with speaking(Language.ARABIC):
        assert formats.percent(99, "> ") == "\u200e> 99%\u200e"


def test_no_translation_holds_a_mark_that_stops_a_browser() -> None:
    """Isolates and embeddings stand alone in their run: see ``ui/language/speech.py``."""
    marks = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c"
    catalogues = (ASSETS.parent / "ui" / "language" / "catalogues").glob("*.po")
    texts = {path.name: path.read_text(encoding="utf-8") for path in catalogues}

    assert texts
    assert [name for name, text in texts.items() if any(mark in text for mark in marks)] == []


def test_a_name_in_arabic_letters_needs_no_mark_in_arabic() -> None:
    with speaking(Language.ARABIC):
        assert isolated("أمينة 2") == "أمينة 2"
        assert isolated("Amina أمينة") == "\u200eAmina أمينة"
        assert isolated("") == ""
        assert isolated(isolated("> 99%")) == "\u200e> 99%\u200e"


# No text outside the words modules

_SPOKEN = {"hint_text", "label", "semantics_label", "subtitle", "text", "title", "tooltip"}
#: Flet's own values that go into the same arguments, and marks that are no words.
_NO_WORDS = re.compile(r"[^A-Za-z]*")


def hard_coded(tree: ast.Module) -> list[str]:
    """Texts that are given to a control as they are."""
    given = [
        value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        for value in (
            *(node.args[:1] if node.func.attr.endswith(("Text", "Button")) else []),
            *(each.value for each in node.keywords if each.arg in _SPOKEN),
        )
    ]
    return [
        value.value
        for value in given
        if isinstance(value, ast.Constant)
        and isinstance(value.value, str)
        and not _NO_WORDS.fullmatch(value.value)
    ]


def test_no_control_is_given_a_text_of_its_own(repo: Path) -> None:
    found = {
        path.name: texts
        for path in (repo / "ui").rglob("*.py")
        if "terminal" not in path.parts
        and (texts := hard_coded(ast.parse(path.read_text(encoding="utf-8"))))
    }

    assert found == {}


@pytest.mark.parametrize("code", ['ft.Text("Hello")', 'ft.TextField(label="Name")'])
def test_a_hard_coded_text_would_be_found(code: str) -> None:
    assert len(hard_coded(ast.parse(code))) == 1


#: What a statement or an error may be called. Their ``text`` is English.
_STATEMENTS = {"error", "failure", "problem", "reason", "statement", "trouble"}


def test_no_statement_is_shown_by_its_english(repo: Path) -> None:
    def is_statement(node: ast.expr) -> bool:
        name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
        return any(name == each or name.endswith(f"_{each}") for each in _STATEMENTS)

    shown = [
        f"{path.name}:{node.lineno}"
        for path in (repo / "ui").rglob("*.py")
        if not {"terminal", "language"} & set(path.parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "text" and is_statement(node.value)
    ]

    assert shown == []


def test_the_standing_sentence_is_among_the_texts() -> None:
    english = {each.english[0] for each in messages()}

    assert {standing_sentence(), words.CHOOSE_IMAGE, "Glioma"} <= english
