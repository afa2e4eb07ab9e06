"""Whom a device believes to be its server, and what it never sends to anyone else."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from core.sync.failures import SyncError
from core.sync.server import FhirServer
from core.sync.sign_in import StaticToken
from core.sync.trust import Trust, checked_address
from core.sync.wire import Wire
from tests.sync.certificates import Authority
from tests.sync.fault_proxy import Weather, faulty
from tests.sync.small_server import Wishes, serving

OTHER_PIN = "A" * 43 + "="


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def software(address: str, trust: Trust) -> str:
    with FhirServer(address, trust, StaticToken("secret-token")) as server:
        return str(server.statement["fhirVersion"])


def test_a_server_is_believed_by_the_clinics_own_authority(
    authority: Authority, tmp_path: Path
) -> None:
    with serving(tls=authority.pair().context(tmp_path)) as server:
        assert software(server.address, Trust(authority.certificate)) == "4.0.1"


def test_a_certificate_of_nobody_we_know_is_not_believed(
    authority: Authority, tmp_path: Path
) -> None:
    with serving(tls=authority.pair().context(tmp_path)) as server:
        for trust in (Trust(), Trust(Authority().certificate)):
            with pytest.raises(SyncError, match="sync_certificate:"):
                software(server.address, trust)
        assert server.requests == 0


def test_an_expired_certificate_is_not_believed(authority: Authority, tmp_path: Path) -> None:
    expired = authority.pair(ends=-timedelta(days=1))
    with (
        serving(tls=expired.context(tmp_path)) as server,
        pytest.raises(SyncError, match="sync_certificate:"),
    ):
        software(server.address, Trust(authority.certificate))


def test_a_changed_key_is_refused_before_anything_is_sent_and_the_second_pin_lets_it_change(
    authority: Authority, tmp_path: Path
) -> None:
    now, next_one, stranger = authority.pair(), authority.pair(), authority.pair()
    trust = Trust(authority.certificate, (now.pin, next_one.pin))
    for pair in (now, next_one):
        with serving(tls=pair.context(tmp_path)) as server:
            assert software(server.address, trust) == "4.0.1"
    with serving(tls=stranger.context(tmp_path)) as server:
        with pytest.raises(SyncError, match="sync_certificate_changed"):
            software(server.address, trust)
        assert server.requests == 0


@pytest.mark.parametrize(
    "pins", [(OTHER_PIN,), (OTHER_PIN, OTHER_PIN), ("short", OTHER_PIN), ("", "é" * 43)]
)
def test_one_pin_or_one_that_is_none_is_refused(pins: tuple[str, ...]) -> None:
    with pytest.raises(SyncError, match="sync_trust_invalid"):
        Trust(pins=pins)


def test_mutual_tls_shows_the_devices_certificate(authority: Authority, tmp_path: Path) -> None:
    ours = authority.pair("this device")
    context = authority.pair().context(tmp_path, clients=authority.certificate)
    with serving(tls=context) as server:
        known = Trust(authority.certificate, (), ours.certificate, ours.key)
        assert software(server.address, known) == "4.0.1"
        with pytest.raises(SyncError):
            software(server.address, Trust(authority.certificate))


@pytest.mark.parametrize(
    "address",
    [
        "http://fhir.clinic.example/r4",
        "http://192.168.1.7/fhir",
        "http://127.0.0.1.clinic.example/fhir",
        "http://localhost.clinic.example/fhir",
    ],
)
def test_an_address_in_clear_is_refused_but_for_this_machine(address: str) -> None:
    with pytest.raises(SyncError, match="sync_not_encrypted"):
        checked_address(address)
    assert checked_address("http://127.0.0.1:80/fhir/") == "http://127.0.0.1:80/fhir"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "fhir",
        "ftp://a/b",
        "https://",
        "https://u:p@a/",
        "https://a/?q=1",
        "https://a:x/",
        "a b",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(SyncError, match="sync_address_invalid"):
        checked_address(address)


def test_a_captive_portal_is_told_from_a_server() -> None:
    with (
        serving() as server,
        faulty(server.address, Weather(("portal",), 1.0)) as proxy,
        FhirServer(proxy.address) as through,
        pytest.raises(SyncError, match="sync_portal"),
    ):
        _ = through.statement


@contextmanager
def dripping(answer: bytes) -> Iterator[str]:
    """A server that answers a byte now and then."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            for at in range(len(answer)):
                if stop.wait(0.05):
                    return
                connection.sendall(answer[at : at + 1])

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stop.set()
        thread.join()
        listener.close()


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\n" * 100, b"HTTP/1.1 200 OK\r\nA: b" * 50])
def test_a_server_that_drips_is_left_after_a_bounded_time(answer: bytes) -> None:
    with (
        dripping(answer) as address,
        FhirServer(address, wire=Wire(Trust(), request_s=0.5)) as server,
        pytest.raises(SyncError, match="sync_too_slow"),
    ):
        server.get("Device/1")


def test_an_answer_that_unpacks_to_too_much_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.sync.wire.MOST_ANSWER_BYTES", 1000)
    with (
        serving() as server,
        FhirServer(server.address) as ours,
        pytest.raises(SyncError, match="sync_answer_too_large"),
    ):
        _ = ours.statement


def test_a_redirect_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Wishes()) as server, FhirServer(server.address) as ours:
        elsewhere = (307, {"Location": "http://127.0.0.1:1/fhir"}, {})
        monkeypatch.setattr(server, "answer", lambda *_: elsewhere)
        with pytest.raises(SyncError, match="sync_portal"):
            ours.get("Device/1")


def test_a_next_page_elsewhere_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as server, FhirServer(server.address) as ours:
        page = {
            "resourceType": "Bundle",
            "link": [{"relation": "next", "url": "https://elsewhere.example/fhir?page=2"}],
        }
        monkeypatch.setattr(server, "search", lambda *_: page)
        with pytest.raises(SyncError, match="sync_answer_unknown"):
            list(ours.search("Task", {}))


def test_no_log_holds_an_address_or_a_sign_in(caplog: pytest.LogCaptureFixture) -> None:
    with serving() as server, caplog.at_level(logging.INFO):
        with FhirServer(server.address, sign_in=StaticToken("secret-token")) as ours:
            ours.get("Device", {"identifier": "pseudonym-7"})
        with pytest.raises(SyncError) as told, FhirServer("http://127.0.0.1:1/secret") as none:
            none.get("Device")

    assert caplog.text == ""
    assert "127.0.0.1" not in str(told.value)
    assert told.value.__cause__ is None
