"""The list of packs that their publisher has withdrawn."""

from __future__ import annotations

import json
from dataclasses import dataclass

from core.reading.manifest import Manifest

REVOCATIONS_FILE, REVOCATIONS_SIGNATURE = "revocations.json", "revocations.sig"


@dataclass(frozen=True)
class Revoked:
    """One withdrawn version (``*``: every one), and why, in a sentence for a clinician."""

    pack: str
    version: str
    reason: str


@dataclass(frozen=True)
class Revocations:
    """A whole list. ``serial`` grows with every list that a publisher signs, so that an older
    one cannot be passed off for the newest; a list without one has 0."""

    serial: int
    revoked: tuple[Revoked, ...]

    def of(self, manifest: Manifest) -> Revoked | None:
        """The entry that withdraws this pack, if one does."""
        return self.of_version(manifest.id, manifest.version)

    def of_version(self, pack: str, version: str) -> Revoked | None:
        for each in self.revoked:
            if each.pack == pack and each.version in ("*", version):
                return each
        return None


def parse_revocations(content: bytes) -> Revocations:
    """The list in ``content``. Raises ValueError when it is none, and never another error."""
    try:
        table = json.loads(content)
        serial = table.get("serial", 0)
        if type(serial) is not int or serial < 0:
            raise ValueError("a serial is a number from 0")
        items = [
            Revoked(str(item["id"]), str(item["version"]), str(item["reason"]))
            for item in table["revoked"]
        ]
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("not a list of withdrawn packs") from error
    return Revocations(serial, tuple(items))
