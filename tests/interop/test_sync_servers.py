"""Delivery to FHIR servers that others wrote: each keeps every case once, on a bad network too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.sync.device_key import DeviceKey
from core.sync.discovery import Json
from core.sync.enrolment import Enrolment
from core.sync.failures import SyncError
from core.sync.server import FhirServer
from storage.store import OpenVault
from storage.sync_documents import SyncDocuments
from storage.sync_enrolment import SyncEnrolment
from storage.sync_quarantine import Quarantine
from tests.interop.medplum import medplum
from tests.interop.sekmet import sekmet
from tests.sync.fault_proxy import MIXES, Weather, faulty
from tests.sync.killing import Survived, compare
from tests.sync.vaults import CODE, enrolled, filled, fresh, one_pass, passes, until_done

#: sekmet lets no one post a transaction but with permissions for every kind of resource.
SCOPES = "system/*.cruds"
CASES, ROUNDS, CLIENT = 8, 5, "phone"


@dataclass(frozen=True)
class Running:
    """A server of one kind, and how a device is known to it."""

    kind: str
    address: str
    key: DeviceKey

    @property
    def client(self) -> dict[str, str]:
        if self.kind == "medplum":  # Its router asks nobody who they are.
            return {"token": "any"}
        return {"client_id": CLIENT, "scopes": SCOPES}

    def all_of(self, wanted: str) -> list[Json]:
        sign_in = Enrolment(endpoint=self.address, **self.client).sign_in(self.key)
        with FhirServer(self.address, sign_in=sign_in) as server:
            return list(server.search(wanted, {"_count": "500"}))


@pytest.fixture(scope="module", params=["sekmet", "medplum"])
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    key = DeviceKey.new()
    folder = tmp_path_factory.mktemp("server")
    kind = str(request.param)
    server = sekmet(folder, {CLIENT: key.public_jwk}) if kind == "sekmet" else medplum()
    with server as address:
        yield Running(kind, address, key)


@pytest.fixture
def vault(tmp_path: Path, running: Running) -> OpenVault:
    """A vault with cases that wait, whose key the server knows."""
    made = filled(tmp_path / "vault", CASES)
    SyncDocuments(made.parts.session).keep("device-key", {"pem": running.key.pem})
    return made


def test_every_case_is_there_once_whatever_the_network_does(
    running: Running, vault: OpenVault, tmp_path: Path
) -> None:
    """Also: nothing that went over the network names a patient."""
    weather = Weather(MIXES["everything"], share=0.0, seed=3, capture=True)
    with faulty(running.address, weather) as proxy:
        # Tokens are asked for where the server says, which goes round the proxy.
        enrolled(vault, proxy.address, **running.client)
        weather.share = 0.5
        sync = passes(vault, request_s=20.0)
        for number in range(ROUNDS):
            vault.save(fresh(number))
            until_done(sync)
        weather.share = 0.0
        captured = bytes(proxy.captured)
    vault.lock()
    result = Survived()
    compare(tmp_path / "vault", running.all_of("DiagnosticReport"), result)

    assert result.faults == []
    assert result.cases == CASES + ROUNDS
    assert len(running.all_of("Observation")) >= 2 * CASES
    assert len(weather.happened) > 3
    assert captured.count(b"HTTP/1.1") > 4 * ROUNDS
    assert captured.count(b'"resourceType":"DiagnosticReport"') >= CASES, "it cannot be read"
    for secret in (CODE, "Amina", "-note", "ZZCANARY-impression"):
        assert secret.encode() not in captured


def test_one_bad_case_is_named_with_the_servers_words_and_the_others_arrive(
    running: Running, vault: OpenVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of these servers refuses the whole with 400; the other answers 200 with a 400 inside."""
    bad = vault.outbox()[5][0]
    honest = _spoiling(bad, monkeypatch)
    enrolled(vault, running.address, **running.client)
    before = len(running.all_of("DiagnosticReport"))
    last = one_pass(passes(vault))

    (aside,) = Quarantine(vault.parts.session).all()
    assert (last.sent, last.quarantined) == (CASES - 1, 1)
    assert (aside.number, aside.status) == (bad, 400)
    assert aside.words.strip(": ")

    monkeypatch.setattr("ui.sync_parcels.transaction", honest)
    Quarantine(vault.parts.session).retry(bad)
    assert one_pass(passes(vault)).sent == 1
    assert len(running.all_of("DiagnosticReport")) == before + CASES


def _spoiling(bad: int, monkeypatch: pytest.MonkeyPatch) -> object:
    """Make one case's report something that no server takes."""
    import ui.sync_parcels

    honest = ui.sync_parcels.transaction
    packed = ui.sync_parcels.Packing.parcel
    spoilt: list[bool] = [False]

    def parcel(packing: ui.sync_parcels.Packing, waiting: object) -> object:
        spoilt[0] = getattr(waiting, "number", 0) == bad
        return packed(packing, waiting)  # type: ignore[arg-type]

    def transaction(report: object) -> Json:
        bundle = honest(report)  # type: ignore[arg-type]
        for entry in bundle["entry"] if spoilt[0] else []:
            if entry["resource"]["resourceType"] == "DiagnosticReport":
                entry["resource"]["status"] = {"no": "code"}
        return bundle

    monkeypatch.setattr("ui.sync_parcels.Packing.parcel", parcel)
    monkeypatch.setattr("ui.sync_parcels.transaction", transaction)
    return honest


def test_a_device_that_the_server_does_not_know_is_not_enrolled(tmp_path: Path) -> None:
    stranger = filled(tmp_path / "vault", 1)
    (tmp_path / "server").mkdir()
    with (
        sekmet(tmp_path / "server", {CLIENT: DeviceKey.new().public_jwk}) as address,
        pytest.raises(SyncError, match="sync_sign_in"),
    ):
        enrolled(stranger, address, client_id=CLIENT, scopes=SCOPES)

    assert SyncEnrolment(stranger.parts.session).current() is None
