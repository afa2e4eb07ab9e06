"""An outcome as JSON or as a table row. No decisions here, only words."""

from __future__ import annotations

from typing import Any

from core.analysis import Outcome
from core.reading.result import Reading


def _number(value: float) -> float:
    return round(value, 6)


def _timing(reading: Reading) -> dict[str, float]:
    timing = reading.timing
    return {
        "decode": round(timing.decode, 2),
        "preprocess": round(timing.preprocess, 2),
        "inference": round(timing.inference, 2),
        "explain": round(timing.explain, 2),
        "total": round(timing.total, 2),
    }


def _read(reading: Reading) -> dict[str, Any]:
    route, pack, guidance = reading.route, reading.pack, reading.guidance
    return {
        "route": None
        if route is None
        else {"label": route.label, "probability": _number(route.probability)}
        | ({"overridden_to": route.overridden_to} if route.overridden_to else {}),
        "pack": None
        if pack is None
        else {"id": pack.id, "version": pack.version, "status": pack.status},
        "frames": {"read": reading.frame_count.read, "total": reading.frame_count.total},
        "probabilities": {k: _number(v) for k, v in reading.probabilities.items()},
        "prediction_set": list(reading.prediction_set),
        "verdict": reading.verdict.value,
        "reasons": [{"code": r.code, "text": r.text} for r in reading.reasons],
        "guidance": None
        if guidance is None
        else {"key": guidance.key, "urgency": guidance.urgency.value},
        "error": None,
        "timing_ms": _timing(reading),
    }


_NOTHING: dict[str, Any] = {
    "route": None,
    "pack": None,
    "frames": {"read": 0, "total": 0},
    "probabilities": {},
    "prediction_set": [],
    "verdict": None,
    "reasons": [],
    "guidance": None,
    "error": None,
    "timing_ms": dict.fromkeys(("decode", "preprocess", "inference", "explain", "total"), 0.0),
}


def as_json(outcome: Outcome) -> dict[str, Any]:
    """The one JSON object of an image or series, as docs/command-line.md describes it."""
    head = {
        "file": str(outcome.files[0]),
        "files": len(outcome.files),
        "status": outcome.status.value,
    }
    if outcome.reading is not None:
        return head | _read(outcome.reading)
    error = outcome.error
    told = None if error is None else {"code": error.code, "text": error.text}
    return head | _NOTHING | {"error": told}


def as_lines(outcome: Outcome) -> list[str]:
    """A few lines a person can read."""
    name = str(outcome.files[0])
    if len(outcome.files) > 1:
        name += f" and {len(outcome.files) - 1} more"
    if outcome.reading is None:
        text = outcome.error.text if outcome.error else ""
        return [name, f"  ERROR       {text}"]
    reading = outcome.reading
    lines = [name]
    said = reading.verdict.value.upper()
    if reading.probabilities:
        shares = ", ".join(f"{k} {v:.0%}" for k, v in reading.probabilities.items())
        lines.append(f"  {said:<11} {shares}")
    elif reading.route is not None:
        lines.append(f"  {said:<11} taken for: {reading.route.label}")
    else:
        lines.append(f"  {said}")
    lines += [f"              {reason.text}" for reason in reading.reasons]
    if reading.guidance is not None:
        guidance = reading.guidance
        urgency = guidance.urgency.value
        if guidance.escalation:
            urgency += f"; {guidance.escalation}"
        lines.append(f"  next        [{urgency}] {guidance.text}")
    if reading.pack is not None:
        pack = reading.pack
        lines.append(f"  pack        {pack.id} {pack.version} ({pack.status})")
    return lines
