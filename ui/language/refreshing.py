"""Bring every catalogue up to date with the English: ``make words``."""

from __future__ import annotations

from ui.language.catalogue import path_of, plural_rule
from ui.language.english import messages
from ui.language.languages import Language
from ui.language.po import Message, PoFile, parse, written


def catalogues() -> dict[Language, PoFile]:
    """Every catalogue with the English of now: new texts empty, texts that are gone left out.
    Translations and reviews stay with the English that they were made for."""
    return {
        language: _refreshed(parse(path_of(language).read_text(encoding="utf-8")))
        for language in Language
        if language is not Language.ENGLISH
    }


def _refreshed(old: PoFile) -> PoFile:
    known = {each.english: each for each in old.messages}
    forms, _ = plural_rule(old.head)
    return PoFile(
        old.head,
        old.remarks,
        [_filled(each, known.get(each.english), forms) for each in messages()],
    )


def _filled(new: Message, old: Message | None, forms: int) -> Message:
    if old is not None:
        new.translated, new.reviewed, new.remarks = old.translated, old.reviewed, old.remarks
    elif len(new.english) > 1:
        new.translated = ("",) * forms
    return new


def write_all() -> dict[Language, list[Message]]:
    """Write the catalogues, and give what each still lacks."""
    missing = {}
    for language, file in catalogues().items():
        path_of(language).write_text(written(file), encoding="utf-8")
        missing[language] = [each for each in file.messages if not each.is_translated]
    return missing
