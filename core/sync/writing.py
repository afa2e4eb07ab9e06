"""How a server is written to, by what it can do: each way bears any repetition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from enum import Enum

from core.sentences import Sentence
from core.sync.discovery import WRITTEN, Capabilities, Json

_PREFIX = "urn:uuid:"


class Lack(Sentence):
    """What a server lacks, and what Outpost does instead."""

    LACKS_TRANSACTIONS = (
        "This server has no transactions: each part of a result is sent by itself, which is "
        "slower, and a result may be there in part until the rest has come."
    )
    LACKS_CONDITIONAL_CREATE = (
        "This server has no conditional create: results are put under ids that this device makes."
    )
    LACKS_CLIENT_IDS = (
        "This server has no conditional create, nor ids made by a device: Outpost searches for "
        "each result before it sends it, which is slower."
    )
    LACKS_UPDATE_CREATE = (
        "This server does not let a device choose a Provenance's id: it travels inside the report."
    )
    LACKS_LAST_UPDATED = (
        "This server cannot be asked for what is new: all of this device's open questions are "
        "read each time."
    )
    LACKS_BINARY = "This server keeps no images as Outpost sends them: images stay here."
    LACKS_ANCHOR = (
        "This server lets a device change nothing: a copied vault and a restored server are not "
        "noticed."
    )


class Creation(Enum):
    """How a resource is created at most once."""

    CONDITIONAL = "conditional"
    CLIENT_IDS = "client_ids"
    SEARCHED = "searched"


@dataclass(frozen=True)
class Plan:
    """How this server is written to, and what is to be told of it."""

    creation: Creation
    transactions: bool
    provenance_contained: bool
    pictures: bool
    anchored: bool
    lacks: tuple[Lack, ...]


def planned(can: Capabilities) -> Plan:
    """The best way that the server's statement allows."""
    kinds = [kind for kind in WRITTEN if kind not in ("Provenance", "Binary")]
    if can.all_of(kinds, can.conditional_create):
        creation = Creation.CONDITIONAL
    elif can.all_of(kinds, can.update_create):
        creation = Creation.CLIENT_IDS
    else:
        creation = Creation.SEARCHED
    contained = "Provenance" not in can.update_create
    pictures = "Binary" in can.update_create
    anchored = "Device" in can.updates or "Device" in can.update_create
    told = {
        Lack.LACKS_TRANSACTIONS: not can.transactions,
        Lack.LACKS_CONDITIONAL_CREATE: creation is Creation.CLIENT_IDS,
        Lack.LACKS_CLIENT_IDS: creation is Creation.SEARCHED,
        Lack.LACKS_UPDATE_CREATE: contained,
        Lack.LACKS_LAST_UPDATED: "DiagnosticReport" not in can.last_updated,
        Lack.LACKS_BINARY: not pictures,
        Lack.LACKS_ANCHOR: not anchored,
    }
    lacks = tuple(lack for lack, is_so in told.items() if is_so)
    return Plan(creation, can.transactions, contained, pictures, anchored, lacks)


def adapted(entries: Sequence[Json], plan: Plan) -> list[Json]:
    """A transaction's entries as this server takes them. Binaries are left out: they go alone."""
    kept = [each for each in entries if kind_of(each) != "Binary"]
    if plan.provenance_contained:
        kept = _containing(kept)
    if plan.creation is Creation.CLIENT_IDS:
        kept = [_under_our_id(each) for each in kept]
    return kept


def kind_of(entry: Json) -> str:
    return str(entry["resource"]["resourceType"])


def name_of(entry: Json) -> str:
    """The UUID that the entry's resource is known by."""
    return str(entry["fullUrl"]).removeprefix(_PREFIX)


def pointing(resource: Json, renamed: Callable[[str], str]) -> Json:
    """A copy of the resource whose references were renamed."""
    copy = deepcopy(resource)
    waiting: list[object] = [copy]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            if isinstance(told := node.get("reference"), str):
                node["reference"] = renamed(told)
            waiting += node.values()
    return copy


def _under_our_id(entry: Json) -> Json:
    uuid = name_of(entry)
    request = {"method": "PUT", "url": f"{kind_of(entry)}/{uuid}"}
    return {**entry, "resource": {**entry["resource"], "id": uuid}, "request": request}


def _containing(entries: list[Json]) -> list[Json]:
    """The Provenance inside its DiagnosticReport, pointing at it with "#" (R4, dom-3)."""
    provenances = [each["resource"] for each in entries if kind_of(each) == "Provenance"]
    kept = []
    for entry in entries:
        if kind_of(entry) == "Provenance":
            continue
        own = [each for each in provenances if _is_about(each, entry["fullUrl"])]
        if kind_of(entry) == "DiagnosticReport" and own:
            inside = [_as_contained(each, entry["fullUrl"]) for each in own]
            entry = {**entry, "resource": {**entry["resource"], "contained": inside}}
        kept.append(entry)
    return kept


def _is_about(provenance: Json, name: str) -> bool:
    return any(each.get("reference") == name for each in provenance["target"])


def _as_contained(provenance: Json, report: str) -> Json:
    inside = pointing(provenance, lambda told: "#" if told == report else told)
    return {**inside, "id": "provenance"}
