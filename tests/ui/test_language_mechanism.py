"""How a word comes to be said in the language of a window."""

from __future__ import annotations

import ast
import asyncio
import importlib
from pathlib import Path

import pytest

from core.reading.sentences import ReadingReason
from core.sentences import Statement
from ui import words
from ui.language import (
    Language,
    Plural,
    clinical,
    english_beside,
    first_spoken,
    said,
    said_part,
    speaking,
)
from ui.language.catalogue import Catalogue
from ui.language.english import words_files
from ui.language.modules import WordsModule
from ui.language.po import Message, PoFile, parse, written

FRENCH = Catalogue(
    {
        "Back": ("Retour",),
        "confident": ("sûr",),
        "{count} image": ("{count} image", "{count} images"),
        "The model is not sure enough to say {finding}.": ("Trop incertain pour dire {finding}.",),
        "Glioma": ("Gliome",),
        "Meningioma": ("Méningiome",),
        "It could be any of: {findings}.": ("Ce pourrait être : {findings}.",),
    },
    "n > 1",
)


@pytest.fixture(autouse=True)
def french(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.language.speech.catalogue_of", lambda _: FRENCH)


def test_a_word_is_english_outside_of_any_window() -> None:
    assert words.BACK == "Back"


def test_a_word_comes_in_the_language_that_is_spoken() -> None:
    with speaking(Language.FRENCH):
        assert words.BACK == "Retour"

    assert words.BACK == "Back"


def test_a_word_without_a_translation_stays_english() -> None:
    with speaking(Language.FRENCH):
        assert words.CANCEL == "Cancel"


def test_two_people_are_answered_each_in_their_own_language() -> None:
    async def person(language: Language) -> str:
        with speaking(language):
            await asyncio.sleep(0)
            return await asyncio.to_thread(lambda: words.BACK)

    async def both() -> list[str]:
        return await asyncio.gather(person(Language.FRENCH), person(Language.ENGLISH))

    assert asyncio.run(both()) == ["Retour", "Back"]


@pytest.mark.parametrize(("count", "said_so"), [(0, "0 image"), (1, "1 image"), (2, "2 images")])
def test_a_count_takes_the_form_of_its_language(count: int, said_so: str) -> None:
    with speaking(Language.FRENCH):
        assert Plural("{count} image", "{count} images").format(count=count) == said_so


def test_a_count_in_english_takes_one_or_many() -> None:
    text = Plural("{count} image", "{count} images")

    assert [text.format(count=n) for n in (0, 1, 2)] == ["0 images", "1 image", "2 images"]


def test_a_statement_is_translated_with_its_details() -> None:
    statement = ReadingReason.PROBABILITY_LOW.say(finding="glioma")

    with speaking(Language.FRENCH):
        assert said(statement) == "Trop incertain pour dire gliome."


def test_a_statement_that_a_vault_kept_is_translated_too() -> None:
    kept = Statement("could_be_either", "It could be any of: glioma, meningioma.")

    with speaking(Language.FRENCH):
        assert said(kept) == "Ce pourrait être : gliome, méningiome."


def test_a_statement_whose_words_have_changed_since_stays_as_it_was_said() -> None:
    kept = Statement("could_be_either", "An older wording.")

    with speaking(Language.FRENCH):
        assert said(kept) == "An older wording."


def test_what_is_filled_in_keeps_its_direction_in_arabic() -> None:
    with speaking(Language.ARABIC):
        assert words.FRAMES_READ.format(read=1, total=2) == "\u200e1\u200e of \u200e2\u200e frames"


def test_parts_of_a_sentence_are_parted_by_the_languages_own_comma() -> None:
    with speaking(Language.ARABIC):
        assert said_part("glioma, meningioma") == "gliome، méningiome"
    with speaking(Language.FRENCH):
        assert said_part("glioma, meningioma") == "gliome, méningiome"


def test_what_is_english_itself_has_no_english_beside_it() -> None:
    for language in (Language.ARABIC, Language.FRENCH):
        with speaking(language):
            assert english_beside(clinical("A class of somebody else's model")) == ""
            assert english_beside(clinical("Glioma")) == "Glioma"


@pytest.mark.parametrize(
    ("codes", "language"),
    [
        (["fr-CA", "en"], Language.FRENCH),
        (["de", "pt_BR", "en"], Language.PORTUGUESE),
        (["de"], Language.ENGLISH),
        ([], Language.ENGLISH),
    ],
)
def test_the_first_language_of_a_person_that_outpost_speaks(
    codes: list[str], language: Language
) -> None:
    assert first_spoken(codes) is language


def test_a_catalogue_is_read_as_it_was_written() -> None:
    file = PoFile(
        {"Language": "fr"},
        ("A glossary",),
        [
            Message(("Say “this”\n\\now",), ('Dites "ceci"\n\\n',), ("words.A",), True, "Dr N"),
            Message(("{count} a", "{count} b"), ("", ""), ("words.B",), remarks=("unsure",)),
        ],
    )

    assert parse(written(file)) == file


def test_every_words_module_speaks_every_language() -> None:
    modules = [importlib.import_module(f"ui.{path.stem}") for path in words_files()]

    assert [each.__name__ for each in modules if not isinstance(each, WordsModule)] == []


def words_read_too_early(tree: ast.Module) -> list[int]:
    """Lines where a word is read once for all: outside of any function, in a default argument,
    or by importing the word itself."""

    def is_word(node: ast.AST) -> bool:
        return (
            isinstance(node, ast.Attribute)
            and node.attr.isupper()
            and isinstance(node.value, ast.Name)
            and node.value.id.endswith("words")
        )

    found = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").endswith("words")
        and any(alias.name.isupper() for alias in node.names)
    ]
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if is_word(node):
            found.append(node.lineno)  # type: ignore[attr-defined]
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            waiting += [*node.args.defaults, *filter(None, node.args.kw_defaults)]
            continue
        waiting += ast.iter_child_nodes(node)
    return found


def test_no_word_is_read_before_its_language_is_known(repo: Path) -> None:
    early = {
        path.name: lines
        for path in (repo / "ui").rglob("*.py")
        if (lines := words_read_too_early(ast.parse(path.read_text(encoding="utf-8"))))
    }

    assert early == {}


@pytest.mark.parametrize(
    "code", ["A = words.BACK", "def f(a=words.BACK): pass", "from ui.words import BACK"]
)
def test_a_word_read_too_early_would_be_found(code: str) -> None:
    assert words_read_too_early(ast.parse(code)) == [1]
