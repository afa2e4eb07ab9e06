"""One line of the list of cases: what is shown and filtered without opening the whole case."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.reading.result import Verdict
from storage.failures import StorageError, StorageFailure
from storage.keyring import Keyring
from storage.pseudonym import normalised
from storage.rows import opened_row
from storage.vault import Case, Opinion

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A case in short. ``sought`` is its code as it is searched for, "" where none is kept.

    ``number`` orders cases by their first saving. ``pack`` is an id. ``noted`` tells whether
    there is a note. The others are as in ``Case`` and ``Reading``.
    """

    number: int
    id: str
    read_at: datetime
    verdict: Verdict
    pack: str | None
    finding: str | None
    opinion: Opinion | None
    right_label: str | None
    saved_by: str | None
    labelled_by: str | None
    pseudonym: str | None
    code: str | None
    sought: str
    noted: bool


def written(case: Case) -> bytes:
    """The case's line as UTF-8 JSON."""
    reading = case.reading
    document = {
        "format": FORMAT,
        "read_at": case.read_at.isoformat(),
        "verdict": reading.verdict.value,
        "pack": reading.pack and reading.pack.id,
        "finding": reading.finding,
        "opinion": case.opinion and case.opinion.value,
        "right_label": case.right_label,
        "saved_by": case.saved_by,
        "labelled_by": case.labelled_by,
        "pseudonym": case.pseudonym,
        "code": case.code,
        "sought": normalised(case.code) if case.code is not None else "",
        "noted": bool(case.note),
    }
    return json.dumps(document, sort_keys=True, ensure_ascii=False).encode()


def read(number: int, case_id: str, content: bytes) -> Summary:
    """The line that ``written`` wrote. Raises ValueError, KeyError or TypeError for others."""
    document = json.loads(content)
    if document["format"] != FORMAT:
        raise ValueError("a line of another format")
    opinion, code, sought = document["opinion"], document["code"], document["sought"]
    return Summary(
        number=number,
        id=case_id,
        read_at=datetime.fromisoformat(document["read_at"]),
        verdict=Verdict(document["verdict"]),
        pack=_shared(document["pack"]),
        finding=_shared(document["finding"]),
        opinion=None if opinion is None else Opinion(opinion),
        right_label=_shared(document["right_label"]),
        saved_by=_shared(document["saved_by"]),
        labelled_by=_shared(document["labelled_by"]),
        pseudonym=document["pseudonym"],
        code=code,
        sought=code if sought == code else sought,
        noted=document["noted"],
    )


def opened_summary(keyring: Keyring, row: tuple[Any, ...]) -> Summary:
    """The line in a row (number, id, ``OWN_KEY``). Raises StorageError (ROW_DAMAGED)."""
    number, case_id, *columns = row
    content = opened_row(keyring, ("summaries", case_id), tuple(columns))
    try:
        return read(number, case_id, content)
    except (ValueError, KeyError, TypeError):
        raise StorageError(StorageFailure.ROW_DAMAGED) from None  # The cause may quote the row.


def _shared(text: str | None) -> str | None:
    """The one copy of a text that many lines hold: 100,000 of them have to fit into memory."""
    return None if text is None else sys.intern(text)
