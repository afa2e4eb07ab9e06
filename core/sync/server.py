"""One FHIR R4 server: what it says of itself, and requests to it by whoever is signed in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from core.sync.discovery import (
    SMART,
    Capabilities,
    Json,
    SignInPlaces,
    capabilities,
    places_in_statement,
    sign_in_places,
)
from core.sync.failures import SyncError, SyncFailure
from core.sync.server_time import ServerTime
from core.sync.sign_in import NoSignIn, SignIn
from core.sync.trust import Trust, checked_address
from core.sync.wire import Answer, Wire, packed

FHIR_JSON = "application/fhir+json"
#: Pages of one search: a server that never ends its pages is left at some time.
MOST_PAGES = 1000
#: Letters of the server's own words that are kept.
_MOST_WORDS = 500
#: Shorter bodies are not worth compressing.
_WORTH_PACKING = 400


@dataclass(frozen=True)
class Told:
    """A FHIR answer: ``resource`` is None where the server sent none. ``location`` and ``etag`` are
    as the server gave them."""

    status: int
    resource: Json | None
    location: str = ""
    etag: str = ""


class FhirServer:
    """The server at ``address`` (the base of its FHIR URLs). Use it in a ``with``.

    Every method raises ``SyncError``. ``time`` hears the Date of every answer. ``accepts_gzip`` may
    be set once it is known that the server unpacks requests.
    """

    def __init__(
        self,
        address: str,
        trust: Trust | None = None,
        sign_in: SignIn | None = None,
        *,
        wire: Wire | None = None,
        time: ServerTime | None = None,
    ) -> None:
        self.address = checked_address(address)
        self._wire = wire or Wire(trust or Trust())
        self._sign_in: SignIn = sign_in or NoSignIn()
        self.time = time or ServerTime()
        self.accepts_gzip = False

    def __enter__(self) -> FhirServer:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._wire.close()

    @property
    def wire(self) -> Wire:
        return self._wire

    # What it says of itself; asked once

    @cached_property
    def statement(self) -> Json:
        """Its CapabilityStatement, which servers give to anyone."""
        answer = self._ask("GET", self._url("metadata"), {"Accept": FHIR_JSON})
        return _resource(answer, "CapabilityStatement")

    @cached_property
    def capabilities(self) -> Capabilities:
        return capabilities(self.statement)

    @cached_property
    def places(self) -> SignInPlaces:
        """Where to sign in, by the SMART configuration, else by the CapabilityStatement."""
        answer = self._ask("GET", self._url(SMART), {"Accept": "application/json"})
        if answer.status == 200:
            try:
                return sign_in_places(json.loads(answer.body))
            except ValueError:
                pass
        elif answer.status >= 500 or answer.status == 429:
            raise _busy(answer)
        return places_in_statement(self.statement)

    # Requests

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Told:
        """Read ``path``, such as ``"Task/7"``, or search it with ``params``."""
        return self._request("GET", self._url(path, params))

    def post(
        self, path: str, resource: Json, *, if_none_exist: str | None = None, minimal: bool = False
    ) -> Told:
        """Create a resource, or carry out a Bundle (path ``""``). ``if_none_exist`` is a query;
        ``minimal`` asks for no copy of what was sent."""
        headers = {"If-None-Exist": if_none_exist} if if_none_exist else {}
        if minimal:
            headers["Prefer"] = "return=minimal"
        return self._request("POST", self._url(path), resource, headers)

    def put(
        self, path: str, resource: Json, *, if_match: str | None = None, minimal: bool = True
    ) -> Told:
        """Create or replace ``path``. ``if_match`` is an ETag: else nothing is replaced (412)."""
        headers = {"If-Match": if_match} if if_match else {}
        if minimal:
            headers["Prefer"] = "return=minimal"
        return self._request("PUT", self._url(path), resource, headers)

    def search(self, kind: str, params: Mapping[str, str]) -> Iterator[Json]:
        """Every resource of this kind that matches, and what was asked to come with it, page by
        page, each version once. A next page elsewhere than on this server is not followed."""
        seen: set[tuple[str, str, str]] = set()
        url: str | None = self._url(kind, params)
        for _ in range(MOST_PAGES):
            if url is None:
                return
            bundle = self._request("GET", url).resource or {}
            try:
                found = [each["resource"] for each in bundle.get("entry", []) if "resource" in each]
                for resource in found:
                    version = str(resource.get("meta", {}).get("versionId", ""))
                    name = (str(resource["resourceType"]), str(resource.get("id", "")), version)
                    if name not in seen:
                        seen.add(name)
                        yield resource
                url = self._next(bundle, url)
            except (KeyError, TypeError, AttributeError):
                raise SyncError(SyncFailure.SYNC_ANSWER_UNKNOWN, status=200) from None

    def learn_gzip(self) -> None:
        """Find out whether requests may be compressed, by one that asks for nothing."""
        nothing: Json = {"resourceType": "Bundle", "type": "batch", "entry": []}
        body = packed(json.dumps(nothing).encode())
        try:
            answer = self._authorised(
                "POST", self._url(""), {"Content-Encoding": "gzip", **_BODY}, body
            )
        except SyncError as error:
            if error.is_passing:
                raise
            return
        self.accepts_gzip = 200 <= answer.status < 300 and _is_fhir(answer)

    # How it is done

    def _url(self, path: str, params: Mapping[str, str] | None = None) -> str:
        url = f"{self.address}/{path}" if path else self.address
        return f"{url}?{urlencode(params)}" if params else url

    def _next(self, bundle: Json, here: str) -> str | None:
        links = [str(each["url"]) for each in bundle.get("link", []) if each["relation"] == "next"]
        if not links:
            return None
        url = urljoin(here, links[0])
        ours, theirs = urlsplit(self.address), urlsplit(url)
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            raise SyncError(SyncFailure.SYNC_ANSWER_UNKNOWN, status=200)
        return url

    def _request(
        self,
        method: str,
        url: str,
        resource: Json | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Told:
        told, body = {"Accept": FHIR_JSON, **(headers or {})}, None
        if resource is not None:
            body = json.dumps(resource, separators=(",", ":"), ensure_ascii=False).encode()
            told |= _BODY
            if self.accepts_gzip and len(body) > _WORTH_PACKING:
                body = packed(body)
                told["Content-Encoding"] = "gzip"
        return _told(self._authorised(method, url, told, body))

    def _authorised(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        """With a sign-in; where the server takes it no longer, once more with another."""
        answer = self._signed_in(method, url, headers, body)
        if answer.status == 401 and self._sign_in.refused():
            answer = self._signed_in(method, url, headers, body)
        return answer

    def _signed_in(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        place = "" if isinstance(self._sign_in, NoSignIn) else self._token_place()
        authorization = self._sign_in.authorization(place, self._post_form, self.time)
        more = {"Authorization": authorization} if authorization else {}
        return self._ask(method, url, {**headers, **more}, body)

    def _token_place(self) -> str:
        return self.places.token

    def _post_form(self, url: str, form: str) -> Answer:
        kind = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        return self._ask("POST", checked_address(url), kind, form.encode())

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        answer = self._wire.ask(method, url, headers, body)
        if _is_portal(answer):
            raise SyncError(SyncFailure.SYNC_PORTAL, status=answer.status)
        self.time.hear(answer.date)
        return answer


_BODY = {"Content-Type": f"{FHIR_JSON}; charset=utf-8"}
#: Statuses after which the same request may succeed.
_BUSY = {408, 425, 429}


def _told(answer: Answer) -> Told:
    """What a FHIR answer says. Raises SyncError for a refusal, and for what is not FHIR: a proxy's
    word is never taken for the server's."""
    status = answer.status
    if status == 401:
        raise SyncError(SyncFailure.SYNC_SIGN_IN, status=status, words=_words(answer))
    if status in _BUSY or status >= 500:
        raise _busy(answer)
    if 200 <= status < 300:
        resource = _resource(answer) if answer.body.strip() else None
        headers = answer.headers
        return Told(status, resource, headers.get("location", ""), headers.get("etag", ""))
    if not _is_fhir(answer):
        raise SyncError(SyncFailure.SYNC_ANSWER_UNKNOWN, status=status)
    failure = SyncFailure.SYNC_FORBIDDEN if status == 403 else SyncFailure.SYNC_REFUSED
    raise SyncError(failure, status=status, words=_words(answer))


def _busy(answer: Answer) -> SyncError:
    return SyncError(
        SyncFailure.SYNC_BUSY,
        status=answer.status,
        retry_after_s=answer.retry_after_s,
        words=_words(answer),
    )


def _resource(answer: Answer, kind: str | None = None) -> Json:
    """The resource in an answer. Raises SyncError for anything else."""
    if answer.status in _BUSY or answer.status >= 500:
        raise _busy(answer)
    try:
        found = json.loads(answer.body)
        named = found["resourceType"]
    except (ValueError, KeyError, TypeError):
        raise SyncError(SyncFailure.SYNC_ANSWER_UNKNOWN, status=answer.status) from None
    if not isinstance(named, str) or (kind and named != kind):
        raise SyncError(SyncFailure.SYNC_NOT_FHIR, status=answer.status)
    resource: Json = found
    return resource


def _is_fhir(answer: Answer) -> bool:
    try:
        return isinstance(json.loads(answer.body).get("resourceType"), str)
    except (ValueError, AttributeError):
        return False


def _is_portal(answer: Answer) -> bool:
    """A page for people, or being sent elsewhere: what hotels and phone companies answer with."""
    if 300 <= answer.status < 400 and answer.status != 304:
        return True
    kind = answer.headers.get("content-type", "").lower()
    page = "html" in kind or answer.body.lstrip()[:14].lower().startswith((b"<!doctype", b"<html"))
    return page and (answer.status < 300 or answer.status == 511)


def outcome_words(outcome: Any) -> str:
    """What an OperationOutcome says, in one bounded line; empty where it says nothing."""
    try:
        said = [
            str(each.get("diagnostics") or each.get("details", {}).get("text") or each.get("code"))
            for each in outcome["issue"]
        ]
    except (KeyError, TypeError, AttributeError):
        return ""
    return " ".join("; ".join(said).split())[:_MOST_WORDS]


def _words(answer: Answer) -> str:
    try:
        return outcome_words(json.loads(answer.body))
    except ValueError:
        return ""
