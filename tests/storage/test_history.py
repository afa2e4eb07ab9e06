"""The list of cases: newest first, page by page, filtered without anything in clear on disk."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.reading.result import PackIdentity, Verdict
from storage import history
from storage.history import Filter
from storage.settings import Settings
from storage.store import OpenVault
from storage.summary import Summary
from storage.vault import Case, Opinion
from tests.storage.cases import READ_AT, another_hand, case, enter

PACKS = ("brain_mri", "fracture_xray", None)
VERDICTS = tuple(Verdict)
OPINIONS = (None, *Opinion)
USERS = ("amina", "joseph")


def made(number: int) -> Case:
    """Case ``number`` of a row in which every combination comes up."""
    one = case(str(number))
    pack, opinion = PACKS[number % 3], OPINIONS[number % 4]
    reading = replace(
        one.reading,
        verdict=VERDICTS[number // 2 % 3],
        pack=pack and PackIdentity(pack, "1.0.0", "released", "A pack"),
    )
    return replace(
        one,
        reading=reading,
        read_at=READ_AT + timedelta(hours=number),
        opinion=opinion,
        right_label=None,
        reference_standard=None,
        own_impression=None,
        code=f"KH-{number:04}",
        pseudonym=None,
        saved_by=USERS[number % 2],
        labelled_by=USERS[number // 2 % 2] if opinion else None,
    )


@pytest.fixture
def kept(vault: OpenVault) -> list[Case]:
    """40 cases, the oldest first."""
    vault.change_settings(Settings(keep_codes=True))
    return [vault.save(made(number)) for number in range(40)]


def walked(vault: OpenVault, wanted: Filter | None = None, limit: int = 7) -> Iterator[Summary]:
    """Every line, page by page."""
    before = None
    while True:
        page = vault.history(wanted, limit=limit, before=before)
        assert len(page.lines) + len(page.damaged) <= limit
        yield from page.lines
        if (before := page.next) is None:
            return


@pytest.mark.parametrize("prepared", [False, True])
def test_pages_go_from_the_newest_to_the_oldest(
    vault: OpenVault, kept: list[Case], prepared: bool
) -> None:
    if prepared:
        vault.prepare_history()
    lines = list(walked(vault))

    assert [line.id for line in lines] == [one.id for one in reversed(kept)]
    assert [line.code for line in lines][:2] == ["KH-0039", "KH-0038"]
    assert list(walked(vault, limit=40)) == lines
    assert list(walked(vault, limit=1)) == lines


SINCE, UNTIL = READ_AT + timedelta(hours=10), READ_AT + timedelta(hours=20)


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Filter(packs=frozenset({"brain_mri"})), [n for n in range(40) if n % 3 == 0]),
        (Filter(packs=frozenset({None})), [n for n in range(40) if n % 3 == 2]),
        (
            Filter(verdicts=frozenset({Verdict.REJECTED})),
            [n for n in range(40) if VERDICTS[n // 2 % 3] is Verdict.REJECTED],
        ),
        (Filter(opinions=frozenset({None})), [n for n in range(40) if n % 4 == 0]),
        (
            Filter(opinions=frozenset({Opinion.NOT_SURE, Opinion.AGREES})),
            [n for n in range(40) if OPINIONS[n % 4] in (Opinion.NOT_SURE, Opinion.AGREES)],
        ),
        (
            Filter(users=frozenset({"amina"})),
            [n for n in range(40) if n % 2 == 0 or (n % 4 and n // 2 % 2 == 0)],
        ),
        (Filter(since=SINCE, until=UNTIL), list(range(10, 20))),
        (Filter(text="kh 003"), list(range(30, 40))),
        (Filter(text="\u0660\u0660\u0661\u0667"), [17]),
        (Filter(text=" - "), []),
        (Filter(text="3", packs=frozenset({None})), [23, 32, 35, 38]),
    ],
)
def test_a_filter_lets_through_what_it_says(
    vault: OpenVault, kept: list[Case], wanted: Filter, numbers: list[int]
) -> None:
    expected = [kept[number].id for number in sorted(numbers, reverse=True)]

    assert [line.id for line in walked(vault, wanted, limit=3)] == expected


def test_a_whole_code_is_found_where_codes_are_not_kept(vault: OpenVault) -> None:
    one = vault.save(made(7))
    vault.save(made(8))

    assert one.code is None
    assert [line.id for line in vault.history(Filter(text="kh0007")).lines] == [one.id]
    assert vault.history(Filter(text="kh000")).lines == ()


@pytest.mark.parametrize("prepared", [False, True])
def test_the_list_follows_what_is_saved_edited_and_destroyed(
    vault: OpenVault, kept: list[Case], prepared: bool
) -> None:
    if prepared:
        vault.prepare_history()
    vault.save(replace(kept[3], opinion=Opinion.NOT_SURE, note=""))
    vault.destroy(kept[4].id)
    newest = vault.save(made(40))
    lines = list(walked(vault))

    assert [line.id for line in lines] == [
        newest.id,
        *(one.id for one in reversed(kept) if one is not kept[4]),
    ]
    assert (lines[-4].opinion, lines[-4].noted) == (Opinion.NOT_SURE, False)


def test_a_save_that_fails_does_not_show_in_the_list(
    vault: OpenVault, kept: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.prepare_history()
    with monkeypatch.context() as patched:
        patched.setattr("storage.session.Audit.append", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            vault.save(replace(kept[0], opinion=Opinion.DISAGREES))

    assert next(walked(vault, Filter(text="KH-0000"))).opinion == kept[0].opinion


def test_others_may_save_and_destroy_while_the_list_is_being_prepared(
    vault: OpenVault, kept: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "_CHUNK", 10)
    load = history.History._load_chunk
    calls: list[int | None] = []

    def disturbed(
        self: history.History, cases: dict[str, tuple[int, int | None]], before: int | None
    ) -> int | None:
        following = load(self, cases, before)
        calls.append(following)
        if len(calls) == 2:
            other = threading.Thread(target=disturb)
            other.start()
            assert not other.join(0.05)  # Waits for this chunk, and goes before the next.
            threads.append(other)
        return following

    def disturb() -> None:
        for one in (kept[39], kept[0]):
            vault.save(replace(one, opinion=Opinion.NOT_SURE))
        vault.destroy(kept[38].id)
        vault.destroy(kept[1].id)
        vault.save(made(40))

    threads: list[threading.Thread] = []
    monkeypatch.setattr(history.History, "_load_chunk", disturbed)
    vault.prepare_history()
    threads[0].join()
    lines = list(walked(vault))

    assert len(calls) in (4, 5)  # Destroyed in time, the last chunk is short.
    assert len(lines) == 39
    assert [line.opinion for line in (lines[1], lines[-1])] == [Opinion.NOT_SURE] * 2
    assert not {kept[38].id, kept[1].id} & {line.id for line in lines}


@pytest.mark.parametrize("prepared", [False, True])
@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM summaries WHERE id = :one",
        "UPDATE summaries SET body = x'01' WHERE id = :one",
        "UPDATE summaries SET wrapped_key = 'text' WHERE id = :one",
        "UPDATE summaries SET version = 9 WHERE id = :one",
        "REPLACE INTO summaries SELECT * FROM former WHERE id = :one",
        "UPDATE summaries SET (wrapped_key, body) = (SELECT wrapped_key, body FROM former "
        "WHERE id <> :one) WHERE id = :one",
    ],
)
def test_a_line_that_was_tampered_with_is_damaged_and_never_shown(
    folder: Path, change: str, prepared: bool
) -> None:
    vault = enter(folder)
    one, other = vault.save(made(1)), vault.save(made(2))
    with another_hand(folder) as db:
        db.execute("CREATE TABLE aside.former AS SELECT * FROM summaries")
    vault.save(replace(one, opinion=Opinion.DISAGREES))
    vault.lock()
    with another_hand(folder) as db:
        db.execute(change, {"one": one.id})
    vault = enter(folder)
    if prepared:
        vault.prepare_history()
    page = vault.history()
    faults = vault.verify()
    vault.lock()

    assert page.damaged == (one.id,)
    assert [line.id for line in page.lines] == [other.id]
    assert {(fault.table, fault.row) for fault in faults} == {("summaries", one.id)}


@pytest.mark.parametrize("prepared", [False, True])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE summaries SET number = number + 1000",
        "UPDATE summaries SET number = -number",
    ],
)
def test_lines_stand_in_the_order_of_their_cases_whatever_numbers_they_were_given(
    folder: Path, change: str, prepared: bool
) -> None:
    vault = enter(folder)
    kept = [vault.save(made(number)).id for number in range(3)]
    vault.lock()
    with another_hand(folder) as db:
        db.execute(change)
    vault = enter(folder)
    if prepared:
        vault.prepare_history()
    first = vault.history(limit=2)
    rest = vault.history(limit=2, before=first.next)
    faults = vault.verify()
    vault.lock()

    assert [line.id for line in (*first.lines, *rest.lines)] == kept[::-1]
    assert first.damaged == rest.damaged == ()
    assert {(fault.table, fault.row) for fault in faults} == {("summaries", one) for one in kept}


@pytest.mark.parametrize("prepared", [False, True])
@pytest.mark.parametrize("table", ["cases", "summaries", "review_copies", "originals", "outbox"])
def test_an_id_that_is_no_text_spoils_only_its_own_case(
    folder: Path, tmp_path: Path, table: str, prepared: bool
) -> None:
    vault = enter(folder)
    vault.change_settings(Settings(keep_originals=True))
    (scan := tmp_path / "scan.dcm").write_bytes(b"scan")
    one, other = (
        vault.save(made(n), review_copy=b"\xff\xd8\xff", originals=[scan]) for n in (1, 2)
    )
    vault.lock()
    column = "case_id" if table in ("originals", "outbox") else "id"
    with another_hand(folder) as db:
        change = f"UPDATE {table} SET {column} = CAST(x'fffe' AS TEXT) WHERE {column} = ?"
        assert db.execute(change, [one.id]).rowcount == 1
    vault = enter(folder)
    if prepared:
        vault.prepare_history()
    page = vault.history()
    waiting = [waiting.id for _, waiting in vault.outbox()]
    cases = vault.cases()
    tables = {fault.table for fault in vault.verify()}
    vault.lock()

    assert other.id in [line.id for line in page.lines]
    assert other.id in waiting
    assert other.id in [found.id for found in cases.cases]
    assert table in tables
