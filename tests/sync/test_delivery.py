"""What is sent arrives once; what is refused is named; nothing is said that is not so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.reporting.coding import System
from core.sync.failures import SyncError
from core.sync.worker import Phase
from storage.store import OpenVault
from storage.sync_enrolment import SyncEnrolment
from storage.sync_quarantine import DropReason, Quarantine
from storage.vault import Opinion
from tests.sync.small_server import SmallServer, Wishes, serving
from tests.sync.vaults import CODE, enrolled, filled, one_pass, passes, until_done


@pytest.fixture
def vault(tmp_path: Path) -> OpenVault:
    return filled(tmp_path / "vault", 9)


def reports(server: SmallServer) -> set[str]:
    return {each["identifier"][0]["value"] for each in server.all("DiagnosticReport")}


def receipts(vault: OpenVault) -> list[str]:
    cases = vault.cases(limit=500).cases
    return sorted(each.resource for case in cases for each in vault.receipts(case.id))


def names(server: SmallServer, kind: str = "DiagnosticReport") -> list[str]:
    return sorted(name for name in server.held if name.startswith(f"{kind}/"))


def is_of(case_id: str) -> Any:
    """Whether a resource is the report of this case."""
    return lambda resource: any(
        each["system"] == System.CASE and each["value"].endswith(case_id)
        for each in resource.get("identifier", [])
    )


def test_every_case_arrives_and_its_receipt_is_what_the_server_holds(vault: OpenVault) -> None:
    with serving() as server:
        enrolled(vault, server.address)
        last = one_pass(passes(vault))

        assert (last.phase, last.sent, last.waiting) == (Phase.DONE, 9, 0)
        assert receipts(vault) == names(server)
        assert len(names(server)) == 9
        assert vault.outbox() == []
    assert vault.verify() == []


def test_sending_again_makes_nothing_new(vault: OpenVault) -> None:
    with serving() as server:
        enrolled(vault, server.address)
        one_pass(passes(vault))
        made = server.created
        for case in vault.cases().cases:
            vault.send_again(case.id)
        last = one_pass(passes(vault))

        assert (last.sent, server.created) == (9, made)


@pytest.mark.parametrize("partial", [False, True], ids=["rolled back", "kept in part"])
def test_a_poison_case_is_set_aside_and_holds_no_other_back(
    vault: OpenVault, *, partial: bool
) -> None:
    bad = vault.outbox()[4][1].id
    poison = is_of(bad)
    wishes = Wishes(partial=partial, poison=lambda each: "bad juice" if poison(each) else "")
    with serving(wishes) as server:
        enrolled(vault, server.address)
        last = one_pass(passes(vault))

        assert (last.sent, last.quarantined, last.waiting) == (8, 1, 0)
        quarantine = Quarantine(vault.parts.session)
        (aside,) = quarantine.all()
        assert (aside.case_id, aside.status) == (bad, 400)
        assert "bad juice" in aside.words
        assert one_pass(passes(vault)).quarantined == 0, "it was sent again"

        wishes.poison = lambda each: ""
        quarantine.retry(aside.number)
        assert one_pass(passes(vault)).sent == 1
        assert len(reports(server)) == 9
    assert vault.verify() == []


def test_a_refused_case_that_was_edited_is_sent_as_it_is_now(vault: OpenVault) -> None:
    number, bad = vault.outbox()[0]
    wishes = Wishes(poison=lambda each: "no" if is_of(bad.id)(each) else "")
    with serving(wishes) as server:
        enrolled(vault, server.address)
        one_pass(passes(vault))
        wishes.poison = lambda each: ""
        vault.save(vault.case(bad.id))
        last = one_pass(passes(vault))

    assert (last.sent, Quarantine(vault.parts.session).count()) == (1, 0)
    dropped = [each for each in vault.log() if each.action.value == "sending_dropped"]
    assert [(each.count, each.detail) for each in dropped] == [(number, "replaced")]
    assert vault.verify() == []


def test_what_is_dropped_keeps_its_case_and_its_reason(vault: OpenVault) -> None:
    number, bad = vault.outbox()[0]
    with serving(Wishes(poison=lambda each: "no" if is_of(bad.id)(each) else "")) as server:
        enrolled(vault, server.address)
        one_pass(passes(vault))
    Quarantine(vault.parts.session).drop(number, DropReason.TEST_CASE)

    assert vault.case(bad.id).id == bad.id
    assert number not in dict(vault.outbox())
    assert vault.log()[-2].detail == "test_case"
    assert vault.verify() == []


def test_a_case_that_breaks_the_server_down_blocks_nothing_and_is_set_aside_in_time(
    vault: OpenVault,
) -> None:
    bad = vault.outbox()[2][1].id
    with serving(Wishes(crash=is_of(bad))) as server:
        enrolled(vault, server.address)
        sync = passes(vault)
        first = one_pass(sync)
        assert (first.phase, first.sent, first.waiting) == (Phase.STOPPED, 8, 1)
        for _ in range(5):
            one_pass(sync)

    assert [each.case_id for each in Quarantine(vault.parts.session).all()] == [bad]


def test_neighbours_that_break_the_server_down_block_nothing_either(vault: OpenVault) -> None:
    bad = [each.id for _, each in vault.outbox()[2:5]]
    crash = [is_of(each) for each in bad]
    wishes = Wishes(transactions=False, crash=lambda each: any(one(each) for one in crash))
    with serving(wishes) as server:
        enrolled(vault, server.address)
        sync = passes(vault)
        for _ in range(2):
            one_pass(sync)
        assert len(reports(server)) == 6
        for _ in range(6):
            one_pass(sync)

    assert sorted(each.case_id for each in Quarantine(vault.parts.session).all()) == sorted(bad)


FORBIDDING = [
    {"partial": True},
    {"partial": False},
    {"transactions": False},
]


@pytest.mark.parametrize("kind", FORBIDDING, ids=["in an answer", "as a whole", "one by one"])
def test_a_permission_that_this_device_lacks_sets_nothing_aside(
    vault: OpenVault, kind: dict[str, bool]
) -> None:
    wishes = Wishes(**kind, forbid=lambda each: each["resourceType"] == "Observation")
    with serving(wishes) as server:
        enrolled(vault, server.address)
        sync = passes(vault)
        for _ in range(4):
            last = one_pass(sync)

        assert (last.phase, last.waiting, last.quarantined) == (Phase.STOPPED, 9, 0)
        assert last.failure is not None
        assert last.failure.code == "sync_forbidden"
        wishes.forbid = lambda each: False
        assert until_done(sync).waiting == 0
        assert len(reports(server)) == 9


@pytest.mark.parametrize("kind", FORBIDDING, ids=["in an answer", "as a whole", "one by one"])
def test_a_case_that_the_server_does_not_allow_holds_no_other_back(
    vault: OpenVault, kind: dict[str, bool]
) -> None:
    bad = vault.outbox()[0][1].id
    with serving(Wishes(**kind, forbid=is_of(bad))) as server:
        enrolled(vault, server.address)
        sync = passes(vault)
        for _ in range(3):
            one_pass(sync)

        assert len(reports(server)) == 8
    (aside,) = Quarantine(vault.parts.session).all()
    assert (aside.case_id, aside.status) == (bad, 403)
    assert "not you" in aside.words


def test_a_server_that_is_busy_is_left_alone_for_as_long_as_it_asks(vault: OpenVault) -> None:
    wishes = Wishes()
    with serving(wishes) as server:
        enrolled(vault, server.address)
        wishes.busy = [(503, "120")] * 30
        asked = server.requests
        last = one_pass(passes(vault))

        assert last.phase is Phase.STOPPED
        assert last.failure is not None
        assert (last.failure.code, last.sent) == ("sync_busy", 0)
        assert last.wait_s >= 120
        assert server.requests == asked + 1
        assert last.waiting == 9


def test_an_answer_with_another_number_of_entries_settles_nothing(
    vault: OpenVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as server:
        enrolled(vault, server.address)
        honest = server.bundle
        monkeypatch.setattr(server, "bundle", lambda told: _shorter(honest(told)))
        last = one_pass(passes(vault))

    assert (last.phase, last.sent, last.waiting) == (Phase.STOPPED, 0, 9)


def _shorter(answer: dict[str, Any]) -> dict[str, Any]:
    return {**answer, "entry": answer["entry"][:-1]}


def test_a_server_that_says_nothing_of_places_is_asked_where_the_report_is(
    vault: OpenVault,
) -> None:
    with serving(Wishes(locations=False)) as server:
        enrolled(vault, server.address)
        one_pass(passes(vault))

        assert receipts(vault) == names(server)


LACKING: dict[str, dict[str, bool]] = {
    "no conditional create": {"conditional": False},
    "no ids of a device's own": {"update_create": False},
    "neither": {"conditional": False, "update_create": False},
    "no transactions": {"transactions": False},
    "no transactions, no conditional create": {"transactions": False, "conditional": False},
    "nothing at all": {
        "transactions": False,
        "conditional": False,
        "update_create": False,
        "updates": False,
    },
    "no gzip": {"takes_gzip": False},
}


@pytest.mark.parametrize("lacks", LACKING.values(), ids=LACKING)
def test_whatever_a_server_lacks_every_case_is_there_once(
    tmp_path: Path, lacks: dict[str, bool]
) -> None:
    vault = filled(tmp_path / "vault", 4)
    with serving(Wishes(**lacks)) as server:  # type: ignore[arg-type]
        enrolled(vault, server.address)
        one_pass(passes(vault))
        made = {kind: server.count(kind) for kind in ("DiagnosticReport", "Device", "Observation")}
        for case in vault.cases().cases:
            vault.send_again(case.id)
        last = until_done(passes(vault))

        assert made["DiagnosticReport"] == 4
        assert made == {kind: server.count(kind) for kind in made}
        assert last.sent == 4
        assert receipts(vault)[::2] == names(server)
        contained = [each for each in server.all("DiagnosticReport") if "contained" in each]
        assert len(contained) == (0 if lacks.get("update_create", True) else 4)


def test_the_clinics_code_and_what_was_typed_never_leave(vault: OpenVault) -> None:
    with serving() as server:
        enrolled(vault, server.address)
        one_pass(passes(vault))

        held = str(server.held)
        assert CODE not in held
        assert "-note" not in held
        assert "Amina" not in held
        subjects = {each["subject"]["identifier"]["value"] for each in server.all("Observation")}
        assert len(subjects) == 7
        assert server.count("Patient") == 0


def test_a_correction_names_the_report_that_it_replaces(tmp_path: Path) -> None:
    vault = filled(tmp_path / "vault", 1)
    case = vault.cases().cases[0]
    _, other = case.reading.probabilities
    with serving() as server:
        enrolled(vault, server.address)
        sync = passes(vault)
        for opinion, right in (
            (None, None),
            (Opinion.DISAGREES, other),
            (Opinion.AGREES, None),
        ):
            vault.save(replace(case, opinion=opinion, right_label=right, labelled_by=None))
            one_pass(sync)

        told = server.all("DiagnosticReport")
        names = [each["identifier"][0]["value"] for each in told]
        replaced = [
            each["extension"][0]["valueReference"]["identifier"]["value"]
            for each in told
            if "extension" in each
        ]
        assert len(told) == 3
        assert replaced == names[:-1], "each names the one before it"
    assert vault.verify() == []


def test_nothing_is_sent_without_an_enrolment(vault: OpenVault) -> None:
    with pytest.raises(SyncError, match="sync_not_enrolled"):
        list(passes(vault).run())


def test_an_enrolment_that_does_not_work_is_not_kept(vault: OpenVault) -> None:
    with serving(Wishes(token="right")) as server, pytest.raises(SyncError, match="sync_sign_in"):
        enrolled(vault, server.address, token="wrong")

    assert SyncEnrolment(vault.parts.session).current() is None
