"""Two runs of ``readings.py``, compared: what differs, in sentences, and by how much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: How far a probability and a distance may lie apart. A verdict may not differ at all.
TOLERANCE = 1e-3


@dataclass(frozen=True)
class Agreement:
    """``disagreements`` are sentences; none means that both processors say the same.

    ``probability`` and ``distance`` are the largest absolute differences between numbers that
    both sides gave, 0 when neither gave any.
    """

    readings: int
    disagreements: tuple[str, ...]
    probability: float
    distance: float


def compare(here: Mapping[str, Any], there: Mapping[str, Any]) -> Agreement:
    """What two runs say of the same images, compared reading by reading."""
    ours, theirs = here["readings"], there["readings"]
    found = [*_of_the_runs(here, there)]
    for name in sorted(set(ours) | set(theirs)):
        if name not in ours or name not in theirs:
            found.append(f"{name}: read on {_only(name, here, there)} alone")
        else:
            found += [f"{name}: {fault}" for fault in _faults(ours[name], theirs[name])]
    both = [(ours[name], theirs[name]) for name in ours if name in theirs]
    return Agreement(
        readings=len(both),
        disagreements=tuple(found),
        probability=_largest(both, "probabilities"),
        distance=_largest(both, "distances"),
    )


def _only(name: str, here: Mapping[str, Any], there: Mapping[str, Any]) -> str:
    side = here if name in here["readings"] else there
    return str(side["machine"])


def _of_the_runs(here: Mapping[str, Any], there: Mapping[str, Any]) -> Iterator[str]:
    """Why a comparison of the two runs would mean nothing."""
    if here["machine"] == there["machine"]:
        yield f"both runs are of {here['machine']}"
    if not here["readings"] or not here["packs"]:
        yield "nothing was read"
    for part in ("versions", "packs"):
        for name in sorted(set(here[part]) | set(there[part])):
            one, other = here[part].get(name), there[part].get(name)
            if one != other:
                yield f"{name} is {one} on {here['machine']} and {other} on {there['machine']}"


def _faults(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    """How two readings of one image by one pack differ. An error is a fault even when both
    sides make it: then nothing was compared."""
    errors = [side.get("error") for side in (one, other)]
    if any(errors):
        yield f"could not be read ({errors[0]} and {errors[1]})"
        return
    for what in sorted(set(one["words"]) | set(other["words"])):
        left, right = one["words"].get(what), other["words"].get(what)
        if left != right:
            yield f"{what} is {left} and {right}"
    for part in ("probabilities", "distances"):
        if set(one[part]) != set(other[part]):
            yield f"not the same {part}: {sorted(one[part])} and {sorted(other[part])}"
        for what in sorted(set(one[part]) & set(other[part])):
            left, right = one[part][what], other[part][what]
            # Written so that a "not a number" on either side is a fault.
            if not abs(left - right) <= TOLERANCE:
                yield f"{what} is {left:.6f} and {right:.6f}"


def _largest(pairs: list[tuple[Mapping[str, Any], Mapping[str, Any]]], part: str) -> float:
    return max(
        (
            abs(one[part][what] - other[part][what])
            for one, other in pairs
            if part in one and part in other
            for what in set(one[part]) & set(other[part])
        ),
        default=0.0,
    )


def section(agreement: Agreement, here: Mapping[str, Any], there: Mapping[str, Any]) -> str:
    """The table for docs/benchmarks.md."""
    verdicts: dict[str, int] = {}
    for reading in here["readings"].values():
        verdict = reading.get("words", {}).get("verdict")
        if verdict:
            verdicts[verdict] = verdicts.get(verdict, 0) + 1
    counted = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    packs = ", ".join(f"{name} {version}" for name, version in sorted(here["packs"].items()))
    versions = ", ".join(f"{name} {version}" for name, version in here["versions"].items())
    return "\n".join(
        [
            "| what | measured | allowed |",
            "| --- | --- | --- |",
            f"| readings compared | {agreement.readings} ({here['images']} images) | |",
            f"| that disagree | {len(agreement.disagreements)} | 0 |",
            f"| largest difference of a probability | {agreement.probability:.1e} "
            f"| {TOLERANCE:.0e} |",
            f"| largest difference of a distance | {agreement.distance:.1e} | {TOLERANCE:.0e} |",
            "",
            f"Verdicts: {counted}. Packs: {packs}. {here['machine']} with Python "
            f"{here['python']}, {there['machine']} with Python {there['python']}; both with "
            f"{versions}.",
        ]
    )
