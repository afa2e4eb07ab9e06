"""What is sent of one case, and how several go into one transaction of a bounded size."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from core.sync.discovery import Json

#: What one transaction holds at most: managed servers take 160 resources and more.
MOST_ENTRIES, MOST_BYTES = 150, 400_000


@dataclass(frozen=True)
class Parcel:
    """One entry of the outbox: its ``number``, and the ``entries`` of a FHIR transaction that say
    all there is to say of it. The same entry always gives the same parcel, so that sending it again
    does no harm."""

    number: int
    entries: tuple[Json, ...] = field(repr=False)

    @cached_property
    def bytes(self) -> int:
        return sum(len(json.dumps(each)) for each in self.entries)


@dataclass(frozen=True)
class Merged:
    """Several parcels in one transaction: what they share, such as the pack's Device, is there
    once. ``places`` are each parcel's entries by their index, in its own order."""

    entries: tuple[Json, ...]
    places: tuple[tuple[int, ...], ...]

    @property
    def bundle(self) -> Json:
        return {"resourceType": "Bundle", "type": "transaction", "entry": list(self.entries)}


def merged(parcels: Sequence[Parcel]) -> Merged:
    """One transaction of all the parcels."""
    entries: list[Json] = []
    by_name: dict[str, int] = {}
    places = []
    for parcel in parcels:
        own = []
        for entry in parcel.entries:
            name = str(entry["fullUrl"])
            if name not in by_name:
                by_name[name] = len(entries)
                entries.append(entry)
            own.append(by_name[name])
        places.append(tuple(own))
    return Merged(tuple(entries), tuple(places))


def batches(parcels: Sequence[Parcel], most: int) -> Iterator[list[Parcel]]:
    """The parcels in their order, ``most`` of them at a time, each batch within the bounds. A
    parcel that is larger than they are goes alone."""
    batch: list[Parcel] = []
    entries = size = 0
    for parcel in parcels:
        entries, size = entries + len(parcel.entries), size + parcel.bytes
        if batch and (len(batch) >= most or entries > MOST_ENTRIES or size > MOST_BYTES):
            yield batch
            batch, entries, size = [], len(parcel.entries), parcel.bytes
        batch.append(parcel)
    if batch:
        yield batch
