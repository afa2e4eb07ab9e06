"""The list of cases, newest first: small sealed rows, and an index of them in memory.

Nothing clinical stands in clear in the database, so SQLite can neither filter nor search. Every
case has a small sealed row with what a list shows; the first filter opens all of them once and
keeps them in memory until the vault is locked. A page without a filter opens only its own.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from core.reading.result import Verdict
from storage.failures import StorageError
from storage.keyring import Keyring
from storage.pseudonym import normalised, pseudonym
from storage.session import Session
from storage.summary import Summary, opened_summary
from storage.vault import Opinion

#: Rows opened at a time while the index is built: others may save in between.
_CHUNK = 2000
_SUMMARIES = "SELECT number, id, version, key_id, wrapped_key, body FROM summaries"
_PAGE = (
    "SELECT c.number, c.id, c.version, s.id, s.version, s.key_id, s.wrapped_key, s.body "
    "FROM cases AS c LEFT JOIN summaries AS s ON s.id = c.id"
)


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which cases to list. What is left empty does not matter; all the others must hold.

    ``packs`` are ids, with None for readings without one. ``opinions`` may hold None for cases
    without one yet. ``since`` (with) and ``until`` (without) bound ``read_at`` and carry their
    UTC offset. ``users`` saved or labelled the case. ``text`` is part of a patient's code where
    codes are kept, or the whole code where they are not. ``pseudonym`` is one patient's.
    """

    packs: frozenset[str | None] = frozenset()
    verdicts: frozenset[Verdict] = frozenset()
    opinions: frozenset[Opinion | None] = frozenset()
    users: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""
    pseudonym: str | None = None


@dataclass(frozen=True)
class HistoryPage:
    """Some lines of the list, the newest first. ``damaged`` and ``next`` are like ``Page``'s.

    A damaged line is let through by every filter: nobody can say what it held.
    """

    lines: tuple[Summary, ...]
    damaged: tuple[str, ...] = ()
    next: int | None = None


@dataclass
class Index:
    """Lines by their case's number; for damaged ones the id of the case. One for everyone who is
    in: it is used under the session's ``reading`` only."""

    lines: dict[int, Summary | str] = field(default_factory=dict)
    complete: bool = False

    def forget(self) -> None:
        """Let go of everything, at locking."""
        self.lines, self.complete = {}, False


class History:
    """Lists cases. ``saw`` and ``forgot`` follow every change that was committed, before anybody
    else can make another."""

    def __init__(self, session: Session, index: Index) -> None:
        self._session = session
        self._index = index

    def page(self, wanted: Filter, limit: int, before: int | None) -> HistoryPage:
        """At most ``limit`` lines that the filter lets through, older than ``before``."""
        if wanted == Filter() and not self._index.complete:
            return self._page_from_rows(limit, before)
        self.load()
        with self._session.reading():
            test = _test(wanted, self._session.keyring)
            numbers = sorted(self._index.lines, reverse=True)
            found: list[Summary | str] = []
            last = 0
            for number in numbers:
                if before is not None and number >= before:
                    continue
                line = self._index.lines[number]
                if isinstance(line, str) or test(line):
                    if len(found) == limit:
                        return _page(found, last)
                    found.append(line)
                    last = number
            return _page(found, None)

    def load(self) -> None:
        """Build the index, letting others in between. For a background thread, after unlocking."""
        with self._session.reading():
            if self._index.complete:
                return
            # From two indexes: the cases themselves are large.
            versions = dict(self._session.db.execute("SELECT number, version FROM cases"))
            ids = self._session.db.execute("SELECT id, number FROM cases").fetchall()
        cases = {case_id: (number, versions.get(number)) for case_id, number in ids}
        before: int | None = None
        while True:
            with self._session.reading():
                if (before := self._load_chunk(cases, before)) is None:
                    break
        with self._session.reading():
            for number in versions.keys() - self._index.lines.keys():
                self._mark_damaged(number)
            self._index.complete = True

    def saw(self, line: Summary) -> None:
        """A case was saved."""
        self._index.lines[line.number] = line

    def forgot(self, number: int) -> None:
        """A case was destroyed."""
        self._index.lines.pop(number, None)

    def _load_chunk(
        self, cases: dict[str, tuple[int, int | None]], before: int | None
    ) -> int | None:
        """Lines stand where their cases do: no seal binds ``summaries.number``. One of another
        version than its case's is an old one put back: left to be damaged. Where to go on."""
        where, known = ("", []) if before is None else (" WHERE number < ?", [before])
        query = f"{_SUMMARIES}{where} ORDER BY number DESC LIMIT {_CHUNK}"
        rows = self._session.db.execute(query, known).fetchall()
        for _, case_id, version, *columns in rows:
            number, expected = cases.get(case_id, (0, None))
            if number in self._index.lines or version != expected:
                continue
            with suppress(StorageError):
                line = opened_summary(self._session.keyring, (number, case_id, version, *columns))
                self._index.lines[number] = line
        return rows[-1][0] if len(rows) == _CHUNK else None

    def _mark_damaged(self, number: int) -> None:
        row = self._session.db.execute("SELECT id FROM cases WHERE number = ?", [number]).fetchone()
        if row:
            self._index.lines[number] = str(row[0])

    def _page_from_rows(self, limit: int, before: int | None) -> HistoryPage:
        where = "" if before is None else " WHERE c.number < ?"
        query = f"{_PAGE}{where} ORDER BY c.number DESC LIMIT ?"
        known = [] if before is None else [before]
        with self._session.reading():
            rows = self._session.db.execute(query, [*known, limit + 1]).fetchall()
            found: list[Summary | str] = []
            for number, case_id, version, *row in rows[:limit]:
                try:
                    line = opened_summary(self._session.keyring, (number, *row))
                    found.append(line if row[:2] == [case_id, version] else str(case_id))
                except StorageError:
                    found.append(str(case_id))
        return _page(found, rows[limit - 1][0] if len(rows) > limit else None)


def _page(found: list[Summary | str], following: int | None) -> HistoryPage:
    lines = tuple(line for line in found if isinstance(line, Summary))
    return HistoryPage(lines, tuple(line for line in found if isinstance(line, str)), following)


def _test(wanted: Filter, keyring: Keyring) -> Callable[[Summary], bool]:
    sought, patient = _sought(wanted.text, keyring)

    def lets_through(line: Summary) -> bool:
        return (
            (not wanted.packs or line.pack in wanted.packs)
            and (not wanted.verdicts or line.verdict in wanted.verdicts)
            and (not wanted.opinions or line.opinion in wanted.opinions)
            and (not wanted.users or not wanted.users.isdisjoint((line.saved_by, line.labelled_by)))
            and (wanted.since is None or line.read_at >= wanted.since)
            and (wanted.until is None or line.read_at < wanted.until)
            and (wanted.pseudonym is None or line.pseudonym == wanted.pseudonym)
            and (not wanted.text or line.pseudonym == patient or bool(sought in line.sought))
        )

    return lets_through


def _sought(text: str, keyring: Keyring) -> tuple[str, str]:
    """A text as codes are searched, and the pseudonym of the patient whose whole code it is."""
    try:
        return normalised(text), pseudonym(text, keyring.site_key())
    except ValueError:
        return "\0", ""  # Separators only: part of no code.
