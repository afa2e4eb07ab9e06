"""How a device says who it is, whatever its clock shows and however short a token lives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.sync.device_key import DeviceKey
from core.sync.enrolment import SCOPES, Enrolment, code_of, read_code
from core.sync.failures import SyncError
from core.sync.server import FhirServer
from core.sync.sign_in import BackendServices
from core.sync.worker import Phase
from storage.clock import Clock, ClockFlag
from storage.sync_enrolment import SyncEnrolment
from tests.storage.cases import enter, make
from tests.sync.certificates import Authority
from tests.sync.small_server import SmallServer, Wishes, serving
from tests.sync.vaults import allow, enrolled, filled, fresh, one_pass, passes
from ui.sync_pass import learn_date_from_elsewhere

CLIENT = "phone-7"


@pytest.fixture
def key() -> DeviceKey:
    return DeviceKey.new()


@pytest.fixture
def server(key: DeviceKey) -> Iterator[SmallServer]:
    with serving(Wishes(keys={CLIENT: key.public_jwk})) as made:
        yield made


def signed_in(server: SmallServer, key: DeviceKey) -> FhirServer:
    return FhirServer(server.address, sign_in=BackendServices(CLIENT, key, "system/Device.rs"))


def test_a_device_is_let_in_by_its_key_and_asks_for_one_token(
    server: SmallServer, key: DeviceKey
) -> None:
    with signed_in(server, key) as ours:
        for _ in range(5):
            assert ours.get("Device").status == 200

    assert server.token_requests == 1


@pytest.mark.parametrize("off", [timedelta(days=1), timedelta(days=365)], ids=["day", "year"])
@pytest.mark.parametrize("sign", [-1, 1], ids=["behind", "ahead"])
def test_a_clock_that_is_wrong_by_a_day_or_a_year_keeps_nobody_out(
    server: SmallServer, key: DeviceKey, off: timedelta, sign: int
) -> None:
    server.wishes.clock = off * sign
    with signed_in(server, key) as ours:
        assert ours.get("Device").status == 200
        assert abs(ours.time.now() - server.now()) < timedelta(seconds=10)


@pytest.mark.parametrize("wishes", [{"token_uses": 1}, {"token_lives_s": 1}], ids=["use", "time"])
def test_a_token_that_ends_with_every_request_is_renewed(
    server: SmallServer, key: DeviceKey, wishes: dict[str, int]
) -> None:
    for name, value in wishes.items():
        setattr(server.wishes, name, value)
    with signed_in(server, key) as ours:
        for _ in range(4):
            assert ours.get("Device").status == 200


def test_a_device_that_was_struck_off_is_kept_out_and_told_so(
    server: SmallServer, key: DeviceKey
) -> None:
    with signed_in(server, key) as ours:
        ours.get("Device")
        server.wishes.keys[CLIENT] = DeviceKey.new().public_jwk
        server.tokens.clear()
        with pytest.raises(SyncError, match="sync_sign_in") as told:
            ours.get("Device")

    assert not told.value.is_passing
    assert "registered" in told.value.text


def test_a_sync_of_a_lost_phone_ends_when_its_client_is_struck_off(tmp_path: Path) -> None:
    vault = filled(tmp_path / "vault", 3)
    key = SyncEnrolment(vault.parts.session).key()
    with serving(Wishes(keys={CLIENT: key.public_jwk})) as server:
        enrolled(vault, server.address, client_id=CLIENT)
        assert one_pass(passes(vault)).sent == 3
        vault.save(fresh(9))
        server.wishes.keys.clear()
        server.wishes.keys["another"] = key.public_jwk
        server.tokens.clear()
        last = one_pass(passes(vault))

    assert (last.phase, last.sent, last.waiting) == (Phase.STOPPED, 0, 1)
    assert last.failure is not None
    assert last.failure.code == "sync_sign_in"


def test_the_devices_key_is_sealed_and_stays_the_same(tmp_path: Path) -> None:
    make(tmp_path / "vault")
    vault = enter(tmp_path / "vault")
    thumbprint = SyncEnrolment(vault.parts.session).key().thumbprint
    pem = SyncEnrolment(vault.parts.session).key().pem
    vault.lock()
    vault = enter(tmp_path / "vault")

    assert SyncEnrolment(vault.parts.session).key().thumbprint == thumbprint
    assert SyncEnrolment(vault.parts.session).replace_key().thumbprint != thumbprint
    vault.lock()
    content = b"".join(each.read_bytes() for each in (tmp_path / "vault").iterdir())
    assert pem.splitlines()[1].encode() not in content


def test_a_servers_date_corrects_a_clock_that_is_behind(tmp_path: Path) -> None:
    slow = Clock(device=lambda: datetime(2020, 1, 1, tzinfo=UTC))
    make(tmp_path / "vault")
    vault = enter(tmp_path / "vault", clock=slow)
    vault.save(fresh(1))
    with serving(Wishes(clock=timedelta(days=100))) as server:
        enrolled(vault, server.address)
        one_pass(passes(vault))
        case = vault.cases().cases[0]
        (receipt,) = vault.receipts(case.id)

        assert abs(receipt.received_at - server.now()) < timedelta(seconds=60)


def test_a_servers_date_of_another_age_is_not_believed(tmp_path: Path) -> None:
    vault = filled(tmp_path / "vault", 1)
    with serving(Wishes(clock=timedelta(days=3650))) as server:
        enrolled(vault, server.address)
        one_pass(passes(vault))
        (receipt,) = vault.receipts(vault.cases().cases[0].id)

        assert server.now() - receipt.received_at > timedelta(days=3000)


def _drawer(shown: datetime) -> Clock:
    """That of a device whose last known time is the build's, and which shows this."""
    return Clock(device=lambda: shown)


def test_a_far_date_is_believed_where_the_devices_own_clock_shows_the_same() -> None:
    """A device that lay in a drawer for years: its clock is right, and meets the server once."""
    today = datetime.now(UTC) + timedelta(days=800)
    clock = _drawer(today + timedelta(hours=3))
    assert clock.now().flag is ClockFlag.FAR_AHEAD

    assert learn_date_from_elsewhere(clock, today)
    assert clock.now().flag is ClockFlag.FINE
    assert clock.now().known >= today


@pytest.mark.parametrize("off", [timedelta(days=2), timedelta(days=-2)], ids=["ahead", "behind"])
def test_a_far_date_that_the_device_does_not_show_is_not_believed(off: timedelta) -> None:
    today = datetime.now(UTC) + timedelta(days=800)
    clock = _drawer(today + off)

    assert not learn_date_from_elsewhere(clock, today)
    assert clock.floor() < today - timedelta(days=700)


def test_a_server_on_this_very_machine_confirms_no_clock(tmp_path: Path) -> None:
    """It shows the same clock: that is one clock, and not two."""
    wrong = timedelta(days=800)
    clock = _drawer(datetime.now(UTC) + wrong)
    make(tmp_path / "vault")
    vault = enter(tmp_path / "vault", clock=clock)
    vault.save(fresh(1))
    with serving(Wishes(clock=wrong)) as server:
        enrolled(vault, server.address)
        sync = passes(vault)
        one_pass(sync)

    assert sync.clocks_differ
    assert clock.now().flag is ClockFlag.FAR_AHEAD


# Permissions


@pytest.mark.parametrize(
    ("settings", "more"),
    [
        ({}, ""),
        ({"send_images": True}, "system/Binary.crus"),
        ({"create_patients": True}, "system/Patient.crs"),
    ],
    ids=["fewest", "images", "patients"],
)
def test_a_device_asks_for_the_permissions_that_the_settings_need(
    tmp_path: Path, settings: dict[str, bool], more: str
) -> None:
    vault = filled(tmp_path / "vault", 1)
    key = SyncEnrolment(vault.parts.session).key()
    with serving(Wishes(keys={CLIENT: key.public_jwk})) as server:
        enrolled(vault, server.address, client_id=CLIENT)
        allow(vault, **settings)
        one_pass(passes(vault))

        assert server.scopes[-1] == f"{SCOPES} {more}".strip()


def test_permissions_that_whoever_made_the_code_chose_stay_as_they_are(tmp_path: Path) -> None:
    vault = filled(tmp_path / "vault", 1)
    key = SyncEnrolment(vault.parts.session).key()
    with serving(Wishes(keys={CLIENT: key.public_jwk})) as server:
        enrolled(vault, server.address, client_id=CLIENT, scopes="system/*.cruds")
        allow(vault, send_images=True)
        one_pass(passes(vault))

        assert set(server.scopes) == {"system/*.cruds"}


# Enrolment codes


def test_a_code_says_what_went_into_it_however_it_was_pasted() -> None:
    pair, authority = Authority().pair(), Authority()
    whole = Enrolment(
        endpoint="https://fhir.clinic.example/r4",
        client_id=CLIENT,
        authority=authority.certificate,
        pins=(pair.pin, "A" * 43 + "="),
        client_certificate=pair.certificate,
        client_key=pair.key,
    )
    code = code_of(whole)
    broken = "\n".join(code[at : at + 60] + " " for at in range(0, len(code), 60))

    assert read_code(code) == read_code(broken) == whole
    assert pair.key not in repr(whole)


@pytest.mark.parametrize("at", [0, 12, 40, -1])
def test_a_code_with_a_wrong_letter_or_a_missing_one_is_refused(at: int) -> None:
    code = code_of(Enrolment(endpoint="https://fhir.clinic.example/r4", token="t"))
    letters = list(code)
    letters[at] = "A" if letters[at] != "A" else "B"

    for wrong in ("".join(letters), code[:at] + code[at:][1:], "", "OUTPOST1-", "é" * 50):
        with pytest.raises(SyncError, match="sync_code_invalid"):
            read_code(wrong)


def test_a_code_for_an_address_in_clear_is_refused() -> None:
    with pytest.raises(SyncError, match="sync_not_encrypted"):
        Enrolment(endpoint="http://fhir.clinic.example/r4")
