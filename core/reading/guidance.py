"""What to do next, only in the words of ``guidance.json``, each with its source.

The sentences are those of the project's clinical facts; docs/clinical-review.md lists every one
and who has reviewed it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from core.reading.result import Guidance, Urgency

_FILE = Path(__file__).with_name("guidance.json")

#: The key for an image that Outpost says nothing about.
REFUSED = "refused"


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return table


def standing_sentence() -> str:
    """The sentence that goes with every result."""
    return str(_table()["standing_sentence"])


def guidance_for(key: str) -> Guidance:
    """The guidance under a key. Raises KeyError for a key that clinical.md does not have."""
    entry = _table()["entries"][key]
    return Guidance(
        key, Urgency(entry["urgency"]), entry["escalation"], entry["text"], entry["source"] or ""
    )


def known_keys() -> frozenset[str]:
    """Every key that a pack's classes may point to."""
    return frozenset(_table()["entries"])
