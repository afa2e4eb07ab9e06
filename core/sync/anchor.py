"""How far this vault's log had come at its last sync, kept on the server.

By it a device notices that its vault was copied and is used elsewhere too (then the log here does
not go through the head that the server has), and that the server was put back from an old backup
(then the head is an older one, and what was sent since is sent again). It is a Device that stands
for this installation; it holds numbers and a signature, and nothing of any case.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from core.sync.discovery import Json
from core.sync.failures import SyncError, SyncFailure
from core.sync.server import FhirServer

_SYSTEM = "urn:ietf:rfc:3986"
_HEAD = "Head of the audit log"


class Standing(Enum):
    """What the server's anchor says of this vault."""

    FIRST = "first"
    AS_LEFT = "as_left"
    SERVER_OLDER = "server_older"
    COPIED = "copied"


@dataclass(frozen=True)
class Found:
    """The server's anchor as it is now. ``head`` is a signed head's document, None where there is
    none; ``path`` and ``etag`` are for replacing it."""

    head: Json | None
    path: str = ""
    etag: str = ""


def find(server: FhirServer, anchor_id: str) -> Found:
    """The anchor of this id (a UUID). Raises SyncError."""
    query = {"identifier": f"{_SYSTEM}|urn:uuid:{anchor_id}", "_count": "1"}
    for resource in server.search("Device", query):
        if resource.get("resourceType") != "Device":
            continue
        try:
            told = [each["value"] for each in resource["version"] if each["type"]["text"] == _HEAD]
            head: Json = json.loads(told[0])
            version = str(resource.get("meta", {}).get("versionId", ""))
            etag = f'W/"{version}"' if version else ""
            return Found(head, f"Device/{resource['id']}", etag)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError):
            raise SyncError(SyncFailure.SYNC_ANSWER_UNKNOWN, status=200) from None
    return Found(None)


def standing(found: Found, last_confirmed: int, holds: Callable[[Json], bool]) -> Standing:
    """What an anchor means. ``last_confirmed`` is the number of the head that the server took last,
    0 where it never took one; ``holds`` says whether our log goes through a head."""
    if found.head is None:
        return Standing.SERVER_OLDER if last_confirmed else Standing.FIRST
    if not holds(found.head):
        return Standing.COPIED
    return Standing.SERVER_OLDER if head_number(found) < last_confirmed else Standing.AS_LEFT


def head_number(found: Found) -> int:
    """The number of the entry that the server's head is of; 0 where there is none."""
    number = (found.head or {}).get("number", 0)
    return number if isinstance(number, int) and number > 0 else 0


def leave(server: FhirServer, anchor_id: str, found: Found, head: Json) -> None:
    """Put the anchor where it was found, or make it. Raises SyncError: SYNC_REFUSED with status
    409 or 412 where someone else has changed it since, which only a copy of this vault does."""
    resource = _resource(anchor_id, head)
    if not found.path:
        identifier = resource["identifier"][0]
        condition = f"identifier={identifier['system']}|{identifier['value']}"
        server.post("Device", resource, if_none_exist=condition, minimal=True)
        return
    named = {**resource, "id": found.path.removeprefix("Device/")}
    server.put(found.path, named, if_match=found.etag or None)


def _resource(anchor_id: str, head: Json) -> Json:
    return {
        "resourceType": "Device",
        "identifier": [{"system": _SYSTEM, "value": f"urn:uuid:{anchor_id}"}],
        "status": "active",
        "type": {"text": "Installation of Outpost"},
        "version": [
            {"type": {"text": _HEAD}, "value": json.dumps(head, sort_keys=True)},
        ],
    }
