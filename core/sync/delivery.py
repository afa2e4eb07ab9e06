"""Sends parcels in one go and reads what became of each: every entry of the answer counts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.sync.discovery import Json
from core.sync.failures import SyncError, SyncFailure
from core.sync.parcels import Parcel, merged
from core.sync.server import FhirServer, Told, outcome_words
from core.sync.writing import Creation, Plan, adapted, kind_of, name_of, pointing

#: What a case's receipt names: by it, everything else of the case is found.
_RECEIPT = "DiagnosticReport"
_LOCATION = re.compile(r"(?:^|/)([A-Z]\w+)/([A-Za-z0-9.-]{1,64})(?:/_history/([\w.-]{1,64}))?/?$")
#: Statuses of an entry that are about this device, and perhaps not about what is in it.
_FORBIDDEN = {401: SyncFailure.SYNC_SIGN_IN, 403: SyncFailure.SYNC_FORBIDDEN}
#: What devices have in common, and so is looked for before it is created.
_SHARED = ("Patient", "Practitioner", "Device")


@dataclass(frozen=True)
class Kept:
    """The server has it: under this name (``DiagnosticReport/7``) and in this version."""

    resource: str
    version: str


@dataclass(frozen=True)
class Refused:
    """The server will not have it. ``words`` are its own: kept sealed, never logged."""

    status: int
    words: str = field(repr=False)


#: What became of a parcel; a SyncError where it may be tried again as it is.
Outcome = Kept | Refused | SyncError


class Delivery:
    """Sends to one server in the way that was planned for it."""

    def __init__(self, server: FhirServer, plan: Plan) -> None:
        self._server, self._plan = server, plan
        self._known: dict[str, str] = {}

    @property
    def takes_batches(self) -> bool:
        """Whether several parcels may go in one request."""
        return self._plan.transactions and self._plan.creation is not Creation.SEARCHED

    def send(self, parcels: Sequence[Parcel]) -> dict[int, Outcome]:
        """What became of each parcel, by its number. Raises SyncError where the whole was not
        taken: then nothing is known of any of them."""
        ready = [Parcel(each.number, tuple(adapted(each.entries, self._plan))) for each in parcels]
        if self.takes_batches:
            return self._send_together(ready)
        found: dict[int, Outcome] = {}
        for each in ready:
            if self._plan.creation is Creation.SEARCHED:
                found[each.number] = self._send_after_search(each)
            else:
                found[each.number] = self._send_one_by_one(each)
        return found

    def send_picture(self, entry: Json) -> Outcome:
        """Put one Binary, alone, so that it holds nothing else back. Raises SyncError."""
        told = self._server.put(f"Binary/{name_of(entry)}", entry["resource"])
        return _kept(told.location, told.etag, told.resource) or Kept(
            f"Binary/{name_of(entry)}", ""
        )

    def is_alive(self) -> None:
        """Raises SyncError unless the server answers a small question."""
        self._server.get(_RECEIPT, {"_count": "1"})

    # In one transaction

    def _send_together(self, parcels: Sequence[Parcel]) -> dict[int, Outcome]:
        whole = merged(parcels)
        told = self._server.post("", whole.bundle, minimal=True)
        answers = _answers(told, len(whole.entries))
        found: dict[int, Outcome] = {}
        for parcel, places in zip(parcels, whole.places, strict=True):
            found[parcel.number] = self._of_parcel(parcel, [answers[place] for place in places])
        return found

    def _of_parcel(self, parcel: Parcel, answers: Sequence[Json]) -> Outcome:
        receipt: Kept | None = None
        passing: SyncError | None = None
        for entry, answer in zip(parcel.entries, answers, strict=True):
            response = answer.get("response", {})
            status = _status(response)
            if status in _FORBIDDEN:
                words = f"{kind_of(entry)}: {outcome_words(response.get('outcome'))}"
                return SyncError(_FORBIDDEN[status], status=status, words=words)
            if 400 <= status < 500 and status not in (408, 409, 425, 429):
                words = f"{kind_of(entry)}: {outcome_words(response.get('outcome'))}"
                return Refused(status, words)
            if not 200 <= status < 300:
                words = outcome_words(response.get("outcome"))
                passing = SyncError(SyncFailure.SYNC_BUSY, status=status, words=words)
            if kind_of(entry) == _RECEIPT:
                receipt = _kept(
                    response.get("location", ""), response.get("etag", ""), answer.get("resource")
                )
        if passing is None and not (receipt and receipt.resource.startswith(f"{_RECEIPT}/")):
            return self._looked_up(parcel)
        return passing or receipt or SyncError(SyncFailure.SYNC_ANSWER_UNKNOWN, status=200)

    def _looked_up(self, parcel: Parcel) -> Outcome:
        """The receipt of what was taken without saying where it is."""
        found = self._found(_RECEIPT, _identifier(parcel, _RECEIPT))
        return found or SyncError(SyncFailure.SYNC_ANSWER_UNKNOWN, status=200)

    # Where there are no transactions

    def _send_one_by_one(self, parcel: Parcel) -> Outcome:
        """Each resource by itself, in the order in which they point to each other."""
        named: dict[str, str] = {}
        receipt: Outcome | None = None
        for entry in parcel.entries:
            resource = pointing(entry["resource"], lambda told: named.get(told, told))
            request = entry["request"]
            try:
                if request["method"] == "PUT":
                    told = self._server.put(request["url"], resource)
                    kept = _kept(told.location, told.etag, told.resource) or Kept(
                        request["url"], ""
                    )
                else:
                    condition = request["ifNoneExist"]
                    told = self._server.post(
                        request["url"], resource, if_none_exist=condition, minimal=True
                    )
                    where = _kept(told.location, told.etag, told.resource)
                    kept = where or self._required(kind_of(entry), _first_identifier(resource))
            except SyncError as error:
                return _refusal(error, kind_of(entry))
            named[str(entry["fullUrl"])] = kept.resource
            if kind_of(entry) == _RECEIPT:
                receipt = kept
        return receipt or SyncError(SyncFailure.SYNC_ANSWER_UNKNOWN, status=200)

    # Where nothing is created conditionally

    def _send_after_search(self, parcel: Parcel) -> Outcome:
        """Sent only when a search does not find it: one device sends its own cases alone, and a
        transaction is there whole or not at all."""
        if not self._plan.transactions:
            return self._send_one_by_one_searched(parcel)
        if already := self._found(_RECEIPT, _identifier(parcel, _RECEIPT)):
            return already
        named: dict[str, str] = {}
        fresh = []
        for entry in parcel.entries:
            known = self._shared(entry) if kind_of(entry) in _SHARED else None
            if known:
                named[str(entry["fullUrl"])] = known
            else:
                fresh.append(entry)
        rewritten = [
            {
                **entry,
                "resource": pointing(entry["resource"], lambda told: named.get(told, told)),
                "request": {"method": "POST", "url": kind_of(entry)},
            }
            for entry in fresh
        ]
        ready = Parcel(parcel.number, tuple(rewritten))
        return self._send_together([ready])[parcel.number]

    def _send_one_by_one_searched(self, parcel: Parcel) -> Outcome:
        named: dict[str, str] = {}
        receipt: Outcome | None = None
        for entry in parcel.entries:
            resource = pointing(entry["resource"], lambda told: named.get(told, told))
            try:
                identifier = _first_identifier(resource)
                kept = self._found(kind_of(entry), identifier) if identifier else None
                if kept is None:
                    told = self._server.post(kind_of(entry), resource, minimal=True)
                    where = _kept(told.location, told.etag, told.resource)
                    kept = where or self._required(kind_of(entry), identifier)
            except SyncError as error:
                return _refusal(error, kind_of(entry))
            named[str(entry["fullUrl"])] = kept.resource
            if kind_of(entry) == _RECEIPT:
                receipt = kept
        return receipt or SyncError(SyncFailure.SYNC_ANSWER_UNKNOWN, status=200)

    def _shared(self, entry: Json) -> str | None:
        name = str(entry["fullUrl"])
        if name not in self._known:
            found = self._found(kind_of(entry), _first_identifier(entry["resource"]))
            if found is None:
                return None
            self._known[name] = found.resource
        return self._known[name]

    def _found(self, kind: str, identifier: str) -> Kept | None:
        """The resource of this kind that the server has under our identifier."""
        found = self._server.search(kind, {"identifier": identifier, "_count": "1"})
        for resource in found:
            if resource.get("resourceType") == kind:
                return _kept("", "", resource)
        return None

    def _required(self, kind: str, identifier: str) -> Kept:
        found = self._found(kind, identifier)
        if found is None:
            raise SyncError(SyncFailure.SYNC_ANSWER_UNKNOWN, status=200)
        return found


def _answers(told: Told, expected: int) -> list[Json]:
    """The answer's entries, one for each that was sent. Raises SyncError for any other number:
    nobody could say which receipt is whose."""
    try:
        bundle = told.resource or {}
        entries = bundle["entry"]
        sound = bundle["resourceType"] == "Bundle" and bundle["type"] == "transaction-response"
        if not sound or len(entries) != expected:
            raise ValueError("not an answer to what was sent")
        return [dict(each) for each in entries]
    except (KeyError, TypeError, ValueError):
        raise SyncError(SyncFailure.SYNC_ANSWER_UNKNOWN, status=told.status) from None


def _status(response: Mapping[str, object]) -> int:
    """The three digits that an entry's status begins with; 0 for anything else."""
    told = str(response.get("status", ""))[:3]
    return int(told) if told.isascii() and told.isdecimal() else 0


def _kept(location: object, etag: object, resource: object) -> Kept | None:
    """The receipt in an answer: by its location, else by the resource that came along."""
    match = _LOCATION.search(str(location or ""))
    version = re.sub(r'^W/|"', "", str(etag or ""))[:64]
    if match:
        return Kept(f"{match[1]}/{match[2]}", match[3] or version)
    if isinstance(resource, dict) and isinstance(resource.get("id"), str):
        meta = resource.get("meta")
        stated = str(meta.get("versionId", "")) if isinstance(meta, dict) else ""
        return Kept(f"{resource.get('resourceType')}/{resource['id']}", version or stated)
    return None


def _refusal(error: SyncError, kind: str) -> Outcome:
    """An error about one resource: a refusal of the case, unless it may pass."""
    if error.failure is not SyncFailure.SYNC_REFUSED or error.status == 409:
        if error.is_passing or error.status == 409:
            return error
        raise error
    return Refused(error.status, f"{kind}: {error.words}")


def _identifier(parcel: Parcel, kind: str) -> str:
    entry = next(each for each in parcel.entries if kind_of(each) == kind)
    return _first_identifier(entry["resource"])


def _first_identifier(resource: Json) -> str:
    """As a search value, in FHIR's own escapes (R4 search.html)."""
    found = resource.get("identifier")
    if not found:
        return ""
    parts = [str(found[0][name]) for name in ("system", "value")]
    for special in ("\\", "|", ",", "$"):
        parts = [each.replace(special, "\\" + special) for each in parts]
    return "|".join(parts)
