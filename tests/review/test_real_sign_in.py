"""People and devices sign in at a real authorization server: oidc-provider, which its authors have
certified for OpenID Connect. Started on loopback by these tests; a person's browser is played."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode, urljoin

import pytest

from core.sync.device_key import DeviceKey
from core.sync.enrolment import IMAGE_SCOPES, SCOPES
from core.sync.failures import SyncError
from core.sync.person_sign_in import REVIEWER_SCOPES, PersonSignIn
from core.sync.server import FhirServer
from core.sync.sign_in import BackendServices
from tests.reporting.fetch_schema import HERE, MODULES
from ui.loopback_sign_in import ComingBack

CLIENT, DEVICE, PERSON = "outpost-reviewer", "phone-7", "12"
TASK = {"resourceType": "Task", "id": "7"}


@dataclass(frozen=True)
class Clinic:
    """Where the server is, and the device's key that it knows."""

    address: str
    key: DeviceKey


@pytest.fixture(scope="module")
def clinic() -> Iterator[Clinic]:
    node = shutil.which("node")
    if node is None or not (MODULES / "oidc-provider").is_dir():
        pytest.skip("not fetched: python3 tests/reporting/fetch_schema.py (needs npm)")
    key = DeviceKey.new()
    scopes = dict.fromkeys(f"{SCOPES} {IMAGE_SCOPES} {REVIEWER_SCOPES}".split())
    command = [node, str(HERE / "sign_in_server.mjs"), json.dumps(key.public_jwk), *scopes]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout
        port = process.stdout.readline().strip()
        assert port.isdecimal(), "the server ended at its start"
        yield Clinic(f"http://127.0.0.1:{port}/fhir", key)
    finally:
        process.terminate()
        process.wait(timeout=20)


class Browser:
    """Follows a person's way through the server's pages: their name, and yes to what is asked."""

    def __init__(self) -> None:
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(CookieJar()), _StayingOutside
        )

    def sign_in(self, address: str) -> str:
        """Where the browser is sent back to in the end."""
        page = self._opener.open(address)
        for _ in range(3):
            text = page.read().decode()
            action = re.search(r'action="([^"]+)"', text)
            assert action, "a page without a form"
            form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', text))
            if 'name="login"' in text:
                form |= {"login": PERSON, "password": "of no matter here"}
            try:
                page = self._opener.open(
                    urljoin(page.url, action[1]), urlencode(form).encode("ascii")
                )
            except _BackError as back:
                return back.address
        raise AssertionError("the server never sent the browser back")


class _BackError(Exception):
    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


class _StayingOutside(urllib.request.HTTPRedirectHandler):
    """Stops where the browser would leave the server."""

    def redirect_request(self, *told: Any) -> urllib.request.Request | None:
        if "/signed-in" in told[-1]:
            raise _BackError(told[-1])
        return super().redirect_request(*told)


def test_a_person_signs_in_with_pkce_and_comes_back_to_any_port(clinic: Clinic) -> None:
    coming_back = ComingBack()
    person = PersonSignIn(CLIENT, coming_back.address)
    with FhirServer(clinic.address, sign_in=person) as server:
        address = Browser().sign_in(person.address(server.places, server.address))
        urllib.request.urlopen(address).read()
        person.come_back(coming_back.wait())
        coming_back.stop()

        assert server.get("Task/7").resource == TASK
        assert person.practitioner == f"Practitioner/{PERSON}"
        for _ in range(2):  # Each refresh token is taken once, and gives another.
            person._token = "ended"
            assert server.get("Task/7").resource == TASK


def test_a_code_that_somebody_else_caught_is_worth_nothing(clinic: Clinic) -> None:
    """PKCE: without the verifier, the code buys no token."""
    person = PersonSignIn(CLIENT, "http://127.0.0.1:4567/signed-in")
    thief = PersonSignIn(CLIENT, "http://127.0.0.1:4567/signed-in", _state=person._state)
    with FhirServer(clinic.address, sign_in=thief) as server:
        thief.come_back(Browser().sign_in(person.address(server.places, server.address)))
        with pytest.raises(SyncError, match="sync_sign_in"):
            server.get("Task/7")


def test_a_device_signs_in_by_its_key(clinic: Clinic) -> None:
    with FhirServer(clinic.address, sign_in=BackendServices(DEVICE, clinic.key, SCOPES)) as server:
        assert server.get("Task/7").resource == TASK


def test_a_device_with_another_key_is_kept_out(clinic: Clinic) -> None:
    stranger = BackendServices(DEVICE, DeviceKey.new(), SCOPES)
    with (
        FhirServer(clinic.address, sign_in=stranger) as server,
        pytest.raises(SyncError, match="sync_sign_in"),
    ):
        server.get("Task/7")


def test_what_the_server_does_not_give_is_done_without(clinic: Clinic) -> None:
    """This device's client has no permission for images: the results go all the same."""
    too_much = BackendServices(DEVICE, clinic.key, f"{SCOPES} {IMAGE_SCOPES}")
    wished = BackendServices(DEVICE, clinic.key, SCOPES, IMAGE_SCOPES)
    with FhirServer(clinic.address, sign_in=too_much) as server:
        with pytest.raises(SyncError, match="sync_sign_in") as refused:
            server.get("Task/7")
        assert "invalid_scope" in refused.value.words
    with FhirServer(clinic.address, sign_in=wished) as server:
        assert server.get("Task/7").resource == TASK
