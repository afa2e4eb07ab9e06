"""What lists, timelines and the log say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.reading.result import Verdict
from storage.audit import Action, Entry
from storage.clock import ClockFlag, Moment
from storage.faults import Fault, FaultKind
from storage.outgoing import Receipt
from storage.summary import Summary
from storage.vault import Opinion
from ui import case_words
from ui.case_views import case_line, fault_line, log_line, names_in, timeline

TIME = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
LINE = Summary(
    number=1,
    id="one",
    read_at=TIME,
    verdict=Verdict.CONFIDENT,
    pack="limb",
    finding="fracture",
    opinion=Opinion.DISAGREES,
    right_label=None,
    saved_by="a",
    labelled_by="a",
    pseudonym="1-ab",
    code=None,
    sought="",
    noted=False,
)
NAMES = {"a": "Amina", "": case_words.NOBODY}


def entry(number: int, action: Action, **more: object) -> Entry:
    moment = Moment(TIME.replace(minute=number), TIME, ClockFlag.FINE)
    return Entry(**{"number": number, "action": action, "user": "a", "moment": moment, **more})


def named(pack: str | None, label: str) -> str:
    return f"{pack}/{label}"


def test_a_line_names_verdict_finding_and_what_the_clinician_said() -> None:
    line = case_line(LINE, named)

    assert line.title == "Confident: limb/fracture"
    assert line.about == "Patient known by pseudonym. Clinician disagreed"
    assert "1-ab" not in repr(line), "a pseudonym is nothing to read"


def test_a_refusal_names_no_finding() -> None:
    assert case_line(replace(LINE, verdict=Verdict.REJECTED), named).title == "Refused"


def test_a_code_is_shown_where_the_clinic_keeps_it() -> None:
    assert case_line(replace(LINE, code="AB 12"), named).about.startswith("Patient AB 12.")
    nobody = replace(LINE, pseudonym=None, opinion=None)
    assert case_line(nobody, named).about == "No patient named"


def test_a_timeline_holds_one_case_and_its_receipts_in_order() -> None:
    log = [
        entry(1, Action.SAVED, row="one"),
        entry(2, Action.SAVED, row="other"),
        entry(5, Action.EDITED, row="one"),
    ]
    receipt = Receipt(
        server="https://clinic", resource="x", version="1", received_at=TIME.replace(minute=3)
    )

    events = timeline(log, "one", [receipt], NAMES)

    assert [event.text for event in events] == [
        "Case saved, Amina",
        "Received by https://clinic",
        "Case corrected, Amina",
    ]


def test_wrong_tries_and_a_wrong_clock_are_told() -> None:
    moment = Moment(TIME, TIME, ClockFlag.BEHIND)

    said = log_line(entry(3, Action.UNLOCKED, count=4, moment=moment), NAMES).text

    assert said == "Unlocked, Amina, after 4 wrong tries, the device's clock was wrong"


def test_wrong_tries_against_someone_name_them() -> None:
    said = log_line(entry(3, Action.WRONG_TRIES, row="b", count=4), {**NAMES, "b": "Ben"}).text

    assert said == "Wrong tries, Amina, 4 for Ben"


def test_the_recovery_key_and_someone_unknown_have_a_name_too() -> None:
    assert log_line(entry(1, Action.UNLOCKED, user=""), NAMES).text.endswith("recovery key")
    assert log_line(entry(1, Action.UNLOCKED, user="zz"), NAMES).text.endswith("removed since")


def test_why_a_case_was_deleted_is_said_in_words() -> None:
    said = log_line(entry(1, Action.DESTROYED, row="one", detail="duplicate"), NAMES).text

    assert said == "Case deleted, Amina, The same case twice"


def test_names_come_from_the_log_where_the_user_is_gone() -> None:
    log = [
        entry(1, Action.CREATED, user="a", detail="Amina"),
        entry(2, Action.USER_ADDED, row="b", detail="Ben"),
    ]

    assert names_in(log, {"a": "Amina N."}) == {"a": "Amina N.", "b": "Ben", "": case_words.NOBODY}


@pytest.mark.parametrize("action", list(Action))
def test_every_action_of_the_log_has_words(action: Action) -> None:
    assert case_words.ACTIONS[action]


@pytest.mark.parametrize("kind", list(FaultKind))
def test_every_fault_has_words(kind: FaultKind) -> None:
    assert fault_line(Fault(kind, "cases", "one")).startswith("cases one: ")
