"""Every English text that the screen may say: what there is to translate.

Collected from where the texts stand, so that nobody keeps a second list.
"""

from __future__ import annotations

import ast
import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.reading.requirements import QUESTIONS
from core.sentences import Sentence
from ui.language.po import Message
from ui.language.speech import Plural

ROOT = Path(__file__).resolve().parents[2]

#: What nobody reads on the screen or on a page: what goes to other programs, and the terminal.
_ELSEWHERE = ("core/reporting/sentences.py", "ui/terminal/")
#: What a clinician who speaks the language must review, beside the guidance.
_CLINICAL = {"ReadingReason", "QualityProblem", "URGENCIES"}


def messages() -> list[Message]:
    """Every text once, in a stable order, with all the places where it stands."""
    found: dict[tuple[str, ...], Message] = {}
    for place, english, clinical in _texts():
        message = found.setdefault(english, Message(english))
        if place not in message.places:
            message.places += (place,)
        message.clinical = message.clinical or clinical
    return list(found.values())


def _texts() -> Iterator[tuple[str, tuple[str, ...], bool]]:
    yield from _constants()
    yield from _sentences()
    yield from _guidance()
    for kind, question in QUESTIONS.items():
        yield f"question.{kind.value}", (question,), False
    yield from _packs()


def words_files() -> list[Path]:
    """The words modules: ``ui/words.py`` and every ``ui/*_words.py``."""
    ui = ROOT / "ui"
    return [ui / "words.py", *sorted(ui.glob("*_words.py"))]


def _constants() -> Iterator[tuple[str, tuple[str, ...], bool]]:
    for path in words_files():
        module = importlib.import_module(f"ui.{path.stem}")
        for name, value in vars(module).items():
            if name.isupper():
                for english in _parts(value):
                    yield f"{path.stem}.{name}", english, name in _CLINICAL


def _parts(value: Any) -> Iterator[tuple[str, ...]]:
    """The texts in a constant, each with its one or two forms."""
    match value:
        case Plural():
            yield tuple(value)
        case str() if value:
            yield (value,)
        case dict():
            for each in value.values():
                yield from _parts(each)
        case tuple():
            for each in value:
                yield from _parts(each)


def _sentences() -> Iterator[tuple[str, tuple[str, ...], bool]]:
    for path in sorted([*(ROOT / "core").rglob("*.py"), *(ROOT / "storage").rglob("*.py")]):
        yield from _sentences_in(path)
    for path in words_files():
        yield from _sentences_in(path)


def _sentences_in(path: Path) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    place = path.relative_to(ROOT)
    if place.as_posix().startswith(_ELSEWHERE):
        return
    for name in _sentence_classes(path):
        kind = getattr(importlib.import_module(".".join(place.with_suffix("").parts)), name)
        for each in kind:
            yield f"{name}.{each.name}", (str(each.value),), name in _CLINICAL


def _sentence_classes(path: Path) -> list[str]:
    """Found without importing: most files have none, and some are slow to import."""
    return [
        node.name
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id == Sentence.__name__ for base in node.bases)
    ]


def _guidance() -> Iterator[tuple[str, tuple[str, ...], bool]]:
    table = json.loads((ROOT / "core/reading/guidance.json").read_text(encoding="utf-8"))
    yield "guidance.standing_sentence", (table["standing_sentence"],), True
    for key, entry in table["entries"].items():
        for part in ("text", "escalation"):
            if entry[part]:
                yield f"guidance.{key}", (entry[part],), True


def _packs() -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """What the packs on board say of themselves, but for the names of test sets and figures."""
    for path in sorted((ROOT / "models").glob("*/pack.json")):
        pack = json.loads(path.read_text(encoding="utf-8"))
        said = [pack["title"], *(each["display"] for each in pack["classes"])]
        said += [pack["intended_use"], pack["population"], *pack["contraindications"]]
        for english in said:
            yield f"pack.{pack['id']}", (english,), True


if __name__ == "__main__":
    sys.stdout.writelines(f"{message.english[0]}\n" for message in messages())
