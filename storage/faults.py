"""What the vault check finds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from storage.failures import StorageError


class FaultKind(StrEnum):
    """What is wrong with a row."""

    BAD = "bad"
    REPLAYED = "replayed"
    SWAPPED = "swapped"
    MISSING = "missing"
    UNEXPECTED = "unexpected"


@dataclass(frozen=True)
class Fault:
    """One row that is not as it was left: its table, and its id or number."""

    kind: FaultKind
    table: str
    row: str


def kind_of(
    body: object, expected: str, row: str, owners: Mapping[str, str], opening: Callable[[], object]
) -> FaultKind | None:
    """What is wrong with a row whose body should have this hash; None when nothing is.

    ``owners`` name the row to which each hash belongs. A row that opens and is not the expected
    one is an earlier one of its own, put back.
    """
    digest = sha256(body)
    if digest != expected and owners.get(digest, row) != row:
        return FaultKind.SWAPPED
    if not opens(opening):
        return FaultKind.BAD
    return None if digest == expected else FaultKind.REPLAYED


def opens(opening: Callable[[], object]) -> bool:
    """Whether this raises no StorageError."""
    try:
        opening()
    except StorageError:
        return False
    return True


def sha256(body: object) -> str:
    """Hexadecimal; of nothing for what is no bytes."""
    return hashlib.sha256(body if isinstance(body, bytes) else b"").hexdigest()
