"""A small FHIR R4 server in memory, for what the real ones are too slow for or cannot be made to
do: thousands of cases, every kind of lack, and a backup to be put back. The real ones are in
tests/interop."""

from __future__ import annotations

import gzip
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4

import jwt

Json = dict[str, Any]
KINDS = [
    "Patient",
    "Practitioner",
    "Device",
    "Media",
    "ImagingStudy",
    "Observation",
    "DiagnosticReport",
    "Task",
    "Binary",
    "Provenance",
    "Communication",
]
AUDIENCE_CLAIMS = ["exp", "iss", "sub", "aud", "jti"]


class FhirError(Exception):
    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status, self.said = status, said

    @property
    def outcome(self) -> Json:
        issue = {"severity": "error", "code": "invalid", "diagnostics": self.said}
        return {"resourceType": "OperationOutcome", "issue": [issue]}


@dataclass
class Wishes:
    """How the server is to behave. ``poison`` says why an entry's resource is refused; ``partial``:
    with one bad entry the others are kept, and the answer is 200. ``forbid``: whom an entry's
    resource is refused because of who asks. ``keys``: JWKs by client id;
    without any, everyone is let in. ``token_uses``: after so many, a token ends."""

    transactions: bool = True
    conditional: bool = True
    update_create: bool = True
    updates: bool = True
    last_updated: bool = True
    takes_gzip: bool = True
    partial: bool = False
    locations: bool = True
    poison: Callable[[Json], str] = lambda resource: ""
    crash: Callable[[Json], bool] = lambda resource: False
    forbid: Callable[[Json], bool] = lambda resource: False
    keys: dict[str, Json] = field(default_factory=dict)
    token: str = ""
    token_uses: int = 1_000_000
    token_lives_s: int = 300
    clock: timedelta = timedelta(0)
    busy: list[tuple[int, str]] = field(default_factory=list)


class SmallServer:
    """What the server holds. ``created`` counts every resource that was ever made."""

    def __init__(self, wishes: Wishes) -> None:
        self.wishes = wishes
        self.address = ""
        self.mutex = threading.RLock()
        self.held: dict[str, Json] = {}
        self.by_identifier: dict[tuple[str, str], str] = {}
        self.created = 0
        self.requests = 0
        self.tokens: dict[str, int] = {}
        self.seen: set[str] = set()
        self.token_requests = 0
        self.scopes: list[str] = []

    def count(self, kind: str) -> int:
        return sum(name.startswith(f"{kind}/") for name in self.held)

    def all(self, kind: str) -> list[Json]:
        return [each for name, each in self.held.items() if name.startswith(f"{kind}/")]

    def backup(self) -> tuple[Any, ...]:
        with self.mutex:
            return deepcopy((self.held, self.by_identifier))

    def restore(self, kept: tuple[Any, ...]) -> None:
        with self.mutex:
            self.held, self.by_identifier = deepcopy(kept)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.wishes.clock

    # FHIR

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, Json, Json]:
        """Status, headers and resource."""
        url = urlsplit(path)
        parts = [each for each in url.path.removeprefix("/fhir").split("/") if each]
        if parts == ["metadata"]:
            return 200, {}, self.statement()
        if parts == [".well-known", "smart-configuration"]:
            root = self.address.removesuffix("/fhir")
            return 200, {}, {"token_endpoint": f"{root}/token"} if self.wishes.keys else {}
        self.authorise(headers)
        resource = json.loads(body) if body else {}
        with self.mutex:
            if method == "POST" and not parts:
                return 200, {}, self.bundle(resource)
            if method == "POST":
                return self.create(parts[0], resource, headers.get("If-None-Exist"))
            if method == "PUT":
                return self.update(parts[0], parts[1], resource, headers.get("If-Match"))
            if len(parts) == 1:
                return 200, {}, self.search(parts[0], parse_qs(url.query))
            if "/".join(parts) in self.held:
                return 200, {}, self.held["/".join(parts)]
        raise FhirError(404, "not found")

    def bundle(self, bundle: Json) -> Json:
        entries = bundle.get("entry", [])
        if bundle.get("type") == "transaction" and not self.wishes.transactions:
            raise FhirError(400, "no transactions here")
        if any(self.wishes.crash(each["resource"]) for each in entries):
            raise FhirError(500, "internal error")
        names = self.names(entries)
        refused = [self.refusal(each["resource"]) for each in entries]
        if (first := next(filter(None, refused), None)) and not self.wishes.partial:
            raise first
        answers = []
        for entry, refusal in zip(entries, refused, strict=True):
            if refusal:
                told = {"status": str(refusal.status), "outcome": refusal.outcome}
                answers.append({"response": told})
                continue
            answers.append({"response": self.carried_out(entry, names)})
        return {"resourceType": "Bundle", "type": "transaction-response", "entry": answers}

    def refusal(self, resource: Json) -> FhirError | None:
        if self.wishes.forbid(resource):
            return FhirError(403, "not you")
        said = self.wishes.poison(resource)
        return FhirError(400, said) if said else None

    def names(self, entries: list[Json]) -> dict[str, str]:
        """What each entry's name becomes."""
        found = {}
        for entry in entries:
            kind = entry["resource"]["resourceType"]
            if entry["request"]["method"] == "PUT":
                found[entry["fullUrl"]] = entry["request"]["url"]
                continue
            known = self.matching(kind, entry["request"].get("ifNoneExist"))
            found[entry["fullUrl"]] = known or f"{kind}/{uuid4()}"
        return found

    def carried_out(self, entry: Json, names: dict[str, str]) -> Json:
        name = names[entry["fullUrl"]]
        text = json.dumps(entry["resource"])
        for told, real in names.items():
            text = text.replace(f'"reference": "{told}"', f'"reference": "{real}"')
        if '"reference": "urn:uuid:' in text:
            raise FhirError(400, "a reference that leads nowhere")
        exists = name in self.held
        if not (exists and entry["request"]["method"] == "POST"):
            self.keep(name, json.loads(text))
        response: Json = {"status": "200 OK" if exists else "201 Created"}
        if self.wishes.locations:
            version = self.held[name]["meta"]["versionId"]
            response |= {"location": f"{name}/_history/{version}", "etag": f'W/"{version}"'}
        return response

    def keep(self, name: str, resource: Json) -> None:
        version = int(self.held.get(name, {}).get("meta", {}).get("versionId", 0)) + 1
        kind, own_id = name.split("/")
        self.created += version == 1
        meta = {"versionId": str(version), "lastUpdated": self.now().isoformat()}
        self.held[name] = {**resource, "id": own_id, "meta": meta}
        for each in resource.get("identifier", []):
            self.by_identifier[kind, f"{each['system']}|{each['value']}"] = name

    def create(self, kind: str, resource: Json, condition: str | None) -> tuple[int, Json, Json]:
        if self.wishes.crash(resource):
            raise FhirError(500, "internal error")
        if refusal := self.refusal(resource):
            raise refusal
        name = self.matching(kind, condition)
        status = 200 if name else 201
        if not name:
            name = f"{kind}/{uuid4()}"
            self.keep(name, resource)
        return status, {"Location": f"{self.address}/{name}/_history/1"}, {}

    def update(
        self, kind: str, own_id: str, resource: Json, condition: str | None
    ) -> tuple[int, Json, Json]:
        name = f"{kind}/{own_id}"
        if said := self.wishes.poison(resource):
            raise FhirError(400, said)
        if name not in self.held and not self.wishes.update_create:
            raise FhirError(405, "no ids of your own here")
        if condition and condition != f'W/"{self.held[name]["meta"]["versionId"]}"':
            raise FhirError(412, "changed meanwhile")
        status = 200 if name in self.held else 201
        self.keep(name, resource)
        return status, {"ETag": f'W/"{self.held[name]["meta"]["versionId"]}"'}, {}

    def matching(self, kind: str, condition: str | None) -> str | None:
        if not condition or not self.wishes.conditional:
            return None
        return self.by_identifier.get((kind, unquote(condition).removeprefix("identifier=")))

    def search(self, kind: str, query: dict[str, list[str]]) -> Json:
        if asked := query.get("identifier"):
            name = self.by_identifier.get((kind, asked[0]))
            found = [self.held[name]] if name in self.held else []
        else:
            found = self.all(kind)[: int(query.get("_count", ["1000"])[0])]
        entries = [{"resource": each} for each in found]
        return {"resourceType": "Bundle", "type": "searchset", "entry": entries}

    def statement(self) -> Json:
        can = self.wishes
        resources = [
            {
                "type": kind,
                "conditionalCreate": can.conditional,
                "updateCreate": can.update_create,
                "interaction": [{"code": "update"}] if can.updates else [],
                "searchParam": [{"name": "_lastUpdated"}] if can.last_updated else [],
            }
            for kind in KINDS
        ]
        doing = [{"code": "transaction"}] if can.transactions else []
        rest = {"mode": "server", "resource": resources, "interaction": doing}
        return {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": [rest]}

    # Signing in

    def authorise(self, headers: Any) -> None:
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        if self.wishes.token and token != self.wishes.token:
            raise FhirError(401, "who are you")
        if not self.wishes.keys:
            return
        with self.mutex:
            if self.tokens.get(token, 0) <= 0:
                raise FhirError(401, "a token that ended")
            self.tokens[token] -= 1

    def give_token(self, form: dict[str, list[str]]) -> tuple[int, Json]:
        """SMART Backend Services, by the server's own clock."""
        self.token_requests += 1
        self.scopes += form["scope"]
        assertion = form["client_assertion"][0]
        client = jwt.decode(assertion, options={"verify_signature": False})["iss"]
        try:
            known = jwt.PyJWK(self.wishes.keys[client])
            claims = jwt.decode(
                assertion,
                known.key,
                algorithms=["ES384"],
                options={
                    "require": AUDIENCE_CLAIMS,
                    "verify_exp": False,
                    "verify_aud": False,
                },
            )
            now = self.now().timestamp()
            timely = now < claims["exp"] <= now + 300
            if not timely or claims["jti"] in self.seen or claims["sub"] != client:
                return 401, {"error": "invalid_client", "error_description": "not now"}
        except (jwt.PyJWTError, KeyError):
            return 401, {"error": "invalid_client", "error_description": "not this key"}
        self.seen.add(claims["jti"])
        token = str(uuid4())
        self.tokens[token] = self.wishes.token_uses
        lives = self.wishes.token_lives_s
        return 200, {"access_token": token, "token_type": "bearer", "expires_in": lives}


@contextmanager
def serving(
    wishes: Wishes | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[SmallServer]:
    """A server on loopback for as long as the block runs."""
    server = SmallServer(wishes or Wishes())
    http = _Quiet(("127.0.0.1", 0), _handler(server))
    if tls:
        http.socket = tls.wrap_socket(http.socket, server_side=True, do_handshake_on_connect=False)
    scheme = "https" if tls else "http"
    server.address = f"{scheme}://localhost:{http.server_port}/fhir"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what these tests are about."""


def _handler(server: SmallServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20

        def do_GET(self) -> None:
            self._serve()

        do_POST = do_PUT = do_GET  # noqa: N815

        def _serve(self) -> None:
            server.requests += 1
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if len(body) < length:  # The rest of it never comes.
                self.close_connection = True
                return
            if server.wishes.busy and self.path != "/token":
                status, after = server.wishes.busy.pop(0)
                self._say(status, {"Retry-After": after} if after else {}, {})
                return
            if self.path == "/token":
                self._say(*_plain(server.give_token(parse_qs(body.decode()))))
                return
            try:
                if self.headers.get("Content-Encoding") == "gzip":
                    if not server.wishes.takes_gzip:
                        raise FhirError(415, "no gzip here")
                    body = gzip.decompress(body)
                told = server.answer(self.command, self.path, self.headers, body)
            except FhirError as error:
                told = error.status, {}, error.outcome
            except (ValueError, KeyError) as error:
                told = 400, {}, FhirError(400, f"{type(error).__name__}: {error}").outcome
            self._say(*told)

        def _say(self, status: int, headers: Json, resource: Json) -> None:
            content = json.dumps(resource).encode() if resource else b""
            if "gzip" in self.headers.get("Accept-Encoding", "") and len(content) > 400:
                content, headers = (
                    gzip.compress(content, 1),
                    {**headers, "Content-Encoding": "gzip"},
                )
            self.send_response_only(status)
            self.send_header("Date", format_datetime(server.now(), usegmt=True))
            self.send_header("Content-Type", "application/fhir+json")
            self.send_header("Content-Length", str(len(content)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):  # Whoever asked has gone.
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _plain(told: tuple[int, Json]) -> tuple[int, Json, Json]:
    return told[0], {}, told[1]


def wait_until(happened: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for something that surely comes."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)
