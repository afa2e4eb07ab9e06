"""What the history, the case page and the audit log say, worked out from what the vault keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.reading.result import Verdict
from storage.audit import Action, Entry
from storage.clock import ClockFlag
from storage.faults import Fault
from storage.outgoing import Receipt
from storage.summary import Summary
from ui import case_words, words
from ui.language import formats, listed

#: Names a finding: from the pack's id and the class.
Naming = Callable[[str | None, str], str]


@dataclass(frozen=True)
class CaseLine:
    """One case in a list."""

    id: str
    verdict: Verdict
    title: str
    when: str
    about: str


@dataclass(frozen=True)
class Event:
    """One line of a case's timeline or of the log."""

    when: str
    text: str
    number: int = 0


@dataclass(frozen=True)
class Choices:
    """What a filter offers: pairs of a value and its name."""

    packs: tuple[tuple[str, str], ...] = ()
    users: tuple[tuple[str, str], ...] = field(default=(), repr=False)


def moment(time: datetime) -> str:
    """Date and time as the device's people read them, in the device's own zone."""
    return formats.moment(time)


def case_line(line: Summary, naming: Naming) -> CaseLine:
    """A summary in words."""
    word = words.VERDICTS[line.verdict]
    shown = line.finding is not None and line.verdict is not Verdict.REJECTED
    title = (
        case_words.LINE.format(verdict=word, finding=naming(line.pack, line.finding or ""))
        if shown
        else word
    )
    return CaseLine(line.id, line.verdict, title, moment(line.read_at), _about(line))


def _about(line: Summary) -> str:
    said = [patient(line.code, line.pseudonym)]
    if line.opinion:
        said.append(case_words.OPINIONS_SAID[line.opinion])
    return ". ".join(said)


def patient(code: str | None, pseudonym: str | None) -> str:
    """Who it is, without saying more than is kept."""
    if code:
        return case_words.PATIENT.format(code=code)
    return case_words.PATIENT_KNOWN if pseudonym else case_words.NO_PATIENT


def names_in(log: Iterable[Entry], users: Mapping[str, str]) -> dict[str, str]:
    """Everyone's names, of those who were removed too: the log keeps them."""
    named = {
        (entry.row or entry.user): entry.detail
        for entry in log
        if entry.action in {Action.USER_ADDED, Action.CREATED} and entry.detail
    }
    return {**named, **users, "": case_words.NOBODY}


def timeline(
    log: Iterable[Entry], case_id: str, receipts: Iterable[Receipt], names: Mapping[str, str]
) -> tuple[Event, ...]:
    """What happened to a case, the oldest first."""
    happened = [(entry.moment.known, _done(entry, names)) for entry in log if entry.row == case_id]
    happened += [
        (receipt.received_at, case_words.SENT_TO.format(server=receipt.server))
        for receipt in receipts
        if receipt.server
    ]
    return tuple(Event(moment(time), text) for time, text in sorted(happened))


def log_line(entry: Entry, names: Mapping[str, str]) -> Event:
    """One entry of the audit log."""
    said = [_done(entry, names)]
    if entry.action is Action.UNLOCKED and entry.count:
        said.append(case_words.WRONG_TRIES.format(count=entry.count))
    if entry.action is Action.WRONG_TRIES:
        name = names.get(entry.row, case_words.UNKNOWN_USER)
        said.append(case_words.WRONG_TRIES_ON.format(count=entry.count, name=name))
    if entry.action in {Action.USER_ADDED, Action.USER_REMOVED}:
        said.append(names.get(entry.row, case_words.UNKNOWN_USER))
    elif entry.detail and entry.action is not Action.CREATED:
        said.append(case_words.REASONS.get(entry.detail, entry.detail))
    if entry.moment.flag is not ClockFlag.FINE:
        said.append(case_words.CLOCK_WRONG)
    return Event(moment(entry.moment.known), listed(said), entry.number)


def _done(entry: Entry, names: Mapping[str, str]) -> str:
    what = case_words.ACTIONS.get(entry.action, entry.action.value)
    who = names.get(entry.user, case_words.UNKNOWN_USER)
    return case_words.DID.format(what=what, who=who)


def fault_line(fault: Fault) -> str:
    """One fault that the vault check found."""
    kind = case_words.FAULTS[fault.kind]
    return case_words.FAULT.format(table=fault.table, row=fault.row, kind=kind)
