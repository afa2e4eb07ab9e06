"""A reviewer signs in as a person, at a server that checks what the specifications ask for."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest

from core.sync.failures import SyncError
from core.sync.person_sign_in import PersonSignIn, offers_people_a_sign_in
from core.sync.server import FhirServer

REDIRECT = "http://127.0.0.1:4000/signed-in"


@dataclass
class Clinic:
    """A FHIR server with a sign-in for people. ``life`` is how many seconds a token lives."""

    address: str = ""
    life: int = 3600
    person: str = "Practitioner/12"
    audience: str = "outpost-reviewer"
    authorizes: bool = True
    challenge: str = ""
    tokens: set[str] = field(default_factory=set)
    refresh: str = ""
    grants: list[str] = field(default_factory=list)

    def browser(self, address: str) -> str:
        """What a person's browser does: where it comes back to."""
        told = {name: each[0] for name, each in parse_qs(urlsplit(address).query).items()}
        assert told["response_type"] == "code"
        assert told["aud"] == self.address
        assert told["code_challenge_method"] == "S256"
        self.challenge = told["code_challenge"]
        return f"{told['redirect_uri']}?{urlencode({'code': 'one', 'state': told['state']})}"

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.grants.append(form["grant_type"])
        if form["grant_type"] == "authorization_code":
            digest = hashlib.sha256(form["code_verifier"].encode()).digest()
            shown = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if shown != self.challenge or form["code"] != "one":
                return 400, {"error": "invalid_grant"}
        elif form["refresh_token"] != self.refresh:
            return 400, {"error": "invalid_grant"}
        token, self.refresh = f"token-{len(self.grants)}", f"refresh-{len(self.grants)}"
        self.tokens = {token}
        claims = {"aud": self.audience, "fhirUser": f"{self.address}/{self.person}"}
        return 200, {
            "access_token": token,
            "expires_in": self.life,
            "refresh_token": self.refresh,
            "id_token": jwt.encode(claims, "not looked at" * 4, algorithm="HS256"),
        }

    def get(self, path: str, authorization: str) -> tuple[int, dict[str, Any]]:
        if path.endswith("smart-configuration"):
            told = {"token_endpoint": f"{self.address}/token"}
            if self.authorizes:
                told["authorization_endpoint"] = f"{self.address}/authorize"
            return 200, told
        if authorization.removeprefix("Bearer ") not in self.tokens:
            return 401, {"resourceType": "OperationOutcome", "issue": []}
        return 200, {"resourceType": "Task", "id": "7"}


@contextmanager
def opened() -> Iterator[Clinic]:
    clinic = Clinic()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            self.answer(*clinic.get(self.path, self.headers.get("Authorization", "")))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: each[0] for name, each in parse_qs(body).items()}
            self.answer(*clinic.token(form))

        def answer(self, status: int, document: dict[str, Any]) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    clinic.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield clinic
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def clinic() -> Iterator[Clinic]:
    with opened() as made:
        yield made


@pytest.fixture
def person() -> PersonSignIn:
    return PersonSignIn("outpost-reviewer", REDIRECT)


@pytest.fixture
def server(clinic: Clinic, person: PersonSignIn) -> Iterator[FhirServer]:
    with FhirServer(clinic.address, sign_in=person) as made:
        yield made


def signed_in(clinic: Clinic, server: FhirServer, person: PersonSignIn) -> None:
    person.come_back(clinic.browser(person.address(server.places, server.address)))


def test_a_person_signs_in_and_is_known_by_the_servers_name(
    clinic: Clinic, server: FhirServer, person: PersonSignIn
) -> None:
    signed_in(clinic, server, person)

    assert server.get("Task/7").resource == {"resourceType": "Task", "id": "7"}
    assert person.practitioner == "Practitioner/12"


def test_a_token_is_renewed_when_it_is_taken_no_longer(
    clinic: Clinic, server: FhirServer, person: PersonSignIn
) -> None:
    signed_in(clinic, server, person)
    server.get("Task/7")
    clinic.tokens.clear()

    server.get("Task/7")

    assert clinic.grants == ["authorization_code", "refresh_token"]


def test_a_code_is_good_for_one_try(
    clinic: Clinic, server: FhirServer, person: PersonSignIn
) -> None:
    signed_in(clinic, server, person)
    clinic.challenge = "of someone else"

    for _ in range(2):
        with pytest.raises(SyncError) as caught:
            server.get("Task/7")
        assert caught.value.code == "sync_sign_in"
    assert clinic.grants == ["authorization_code"]


@pytest.mark.parametrize("query", ["code=one", "code=one&state=other", "error=access_denied", ""])
def test_what_was_not_begun_here_is_refused(person: PersonSignIn, query: str) -> None:
    with pytest.raises(SyncError) as caught:
        person.come_back(f"{REDIRECT}?{query}")

    assert caught.value.code == "sync_sign_in"


def test_a_token_for_another_app_is_refused(
    clinic: Clinic, server: FhirServer, person: PersonSignIn
) -> None:
    clinic.audience = "another-app"
    signed_in(clinic, server, person)

    with pytest.raises(SyncError):
        server.get("Task/7")


def test_a_person_who_is_no_practitioner_is_not_named_as_one(
    clinic: Clinic, server: FhirServer, person: PersonSignIn
) -> None:
    clinic.person = "Patient/3"
    signed_in(clinic, server, person)
    server.get("Task/7")

    assert person.practitioner == ""


def test_a_server_without_a_sign_in_for_people_says_so(
    clinic: Clinic, server: FhirServer, person: PersonSignIn
) -> None:
    clinic.authorizes = False

    assert not offers_people_a_sign_in(server.places)
    with pytest.raises(SyncError) as caught:
        person.address(server.places, server.address)
    assert caught.value.code == "sync_no_sign_in"


def test_nothing_secret_is_told_when_it_is_printed(
    clinic: Clinic, server: FhirServer, person: PersonSignIn
) -> None:
    signed_in(clinic, server, person)
    server.get("Task/7")

    assert "token" not in repr(person)
    assert "refresh" not in repr(person)
