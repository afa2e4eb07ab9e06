"""A case as bytes, and back: JSON, with arrays as their exact samples in base 64."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from core.imaging import framing
from core.reading.preprocess import Placement
from core.reading.result import (
    FrameCount,
    FrameReading,
    Guidance,
    PackIdentity,
    Reading,
    Route,
    Timing,
    Urgency,
    Verdict,
)
from core.sentences import Statement
from storage.key_file import Role
from storage.vault import Case, Opinion, ReferenceStandard

_Kind = TypeVar("_Kind", bound=StrEnum)

#: 1 had no code, right label, reference standard, people, image sizes or attached rows.
FORMAT, _FIRST_FORMAT = 2, 1


@dataclass(frozen=True, kw_only=True)
class Attached:
    """The other sealed rows of a case, by SHA-256 (hexadecimal) of what stands in them.

    The case's own row is hashed in the audit log, and through this they are too. ``summary`` is
    empty where there is none to go by; ``originals`` go by the id of their row. ``origins`` are
    the case's own former rows in vaults from which it was merged into this one.
    """

    summary: str = ""
    review_copy: str = ""
    originals: Mapping[str, str] = field(default_factory=dict)
    origins: tuple[str, ...] = ()


def written(case: Case, attached: Attached | None = None) -> bytes:
    """The case as UTF-8 JSON."""
    document = {
        "format": FORMAT,
        "id": case.id,
        "read_at": case.read_at.isoformat(),
        "pseudonym": case.pseudonym,
        "code": case.code,
        "opinion": case.opinion and case.opinion.value,
        "right_label": case.right_label,
        "reference_standard": case.reference_standard and case.reference_standard.value,
        "note": case.note,
        "own_impression": case.own_impression,
        "saved_by": case.saved_by,
        "labelled_by": case.labelled_by,
        "labelled_role": case.labelled_role and case.labelled_role.value,
        "picture_checked": case.picture_checked,
        "reading": _reading(case.reading),
        "attached": asdict(attached or Attached()),
    }
    return json.dumps(document, sort_keys=True, ensure_ascii=False).encode()


def read(content: bytes) -> Case:
    """The case that ``written`` wrote. Raises ValueError, KeyError or TypeError for others."""
    return _parsed(_document(content))


def read_attached(content: bytes) -> Attached:
    """What hangs on the case. Raises ValueError, KeyError or TypeError."""
    document = _document(content)
    if document["format"] == _FIRST_FORMAT:
        return Attached()
    attached = document["attached"]
    return Attached(**{**attached, "origins": tuple(attached["origins"])})


def _document(content: bytes) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(content)
    if document["format"] not in (_FIRST_FORMAT, FORMAT):
        raise ValueError("a case of another format")
    return document


def _parsed(document: Mapping[str, Any]) -> Case:
    return Case(
        id=document["id"],
        reading=_parsed_reading(document["reading"]),
        read_at=datetime.fromisoformat(document["read_at"]),
        pseudonym=document["pseudonym"],
        opinion=_member(Opinion, document["opinion"]),
        note=document["note"],
        own_impression=document["own_impression"],
        **_since_second_format(document),
    )


def _since_second_format(document: Mapping[str, Any]) -> dict[str, Any]:
    if document["format"] == _FIRST_FORMAT:
        return {}
    return {
        "code": document["code"],
        "right_label": document["right_label"],
        "reference_standard": _member(ReferenceStandard, document["reference_standard"]),
        "saved_by": document["saved_by"],
        "labelled_by": document["labelled_by"],
        "labelled_role": _member(Role, document["labelled_role"]),
        # Cases kept before anybody was asked to look have none.
        "picture_checked": document.get("picture_checked", False) is True,
    }


def _member(kind: type[_Kind], value: str | None) -> _Kind | None:
    return None if value is None else kind(value)


def _reading(reading: Reading) -> dict[str, Any]:
    return {
        "verdict": reading.verdict.value,
        "reasons": [asdict(reason) for reason in reading.reasons],
        "route": reading.route and asdict(reading.route),
        "pack": reading.pack and asdict(reading.pack),
        "frame_count": asdict(reading.frame_count),
        "probabilities": _plain(reading.probabilities),
        "prediction_set": list(reading.prediction_set),
        "finding": reading.finding,
        "guidance": reading.guidance and asdict(reading.guidance),
        "frames": [_frame(frame) for frame in reading.frames],
        "timing": asdict(reading.timing),
        "framing": framing.document(reading.framing),
    }


def _parsed_reading(document: Mapping[str, Any]) -> Reading:
    route, pack, guidance = document["route"], document["pack"], document["guidance"]
    return Reading(
        verdict=Verdict(document["verdict"]),
        reasons=tuple(Statement(**reason) for reason in document["reasons"]),
        route=route and Route(**route),
        pack=pack and PackIdentity(**pack),
        frame_count=FrameCount(**document["frame_count"]),
        probabilities=_ordered(document["probabilities"]),
        prediction_set=tuple(document["prediction_set"]),
        finding=document["finding"],
        guidance=guidance and Guidance(**{**guidance, "urgency": Urgency(guidance["urgency"])}),
        frames=tuple(_parsed_frame(frame) for frame in document["frames"]),
        timing=Timing(**document["timing"]),
        framing=_parsed_framing(document.get("framing")),
    )


def _parsed_framing(written: Mapping[str, Any] | None) -> framing.Framing:
    """Cases kept before there was any framing have none."""
    return framing.from_document(written) if written else framing.PLAIN


def _frame(frame: FrameReading) -> dict[str, Any]:
    return {
        "index": frame.index,
        "probabilities": _plain(frame.probabilities),
        "distance": float(frame.distance),
        "activation": _array(frame.activation),
        "placement": asdict(frame.placement),
        "input_size": list(frame.input_size),
        "image_size": list(frame.image_size),
    }


def _parsed_frame(document: Mapping[str, Any]) -> FrameReading:
    height, width = document["input_size"]
    image_height, image_width = document.get("image_size", (0, 0))
    return FrameReading(
        index=document["index"],
        probabilities=_ordered(document["probabilities"]),
        distance=document["distance"],
        activation=_parsed_array(document["activation"]),
        placement=Placement(**document["placement"]),
        input_size=(height, width),
        image_size=(image_height, image_width),
    )


def _plain(probabilities: Mapping[str, float]) -> list[list[Any]]:
    """Pairs, since activation maps go by the order of the classes."""
    return [[name, float(value)] for name, value in probabilities.items()]


def _ordered(pairs: list[tuple[str, float]]) -> dict[str, float]:
    return dict(pairs)


def _array(samples: npt.NDArray[np.float32]) -> dict[str, Any]:
    """float32, little-endian, the last axis running fastest."""
    plain = np.ascontiguousarray(samples, dtype="<f4")
    return {
        "shape": list(plain.shape),
        "float32": base64.b64encode(plain.tobytes()).decode("ascii"),
    }


def _parsed_array(document: Mapping[str, Any]) -> npt.NDArray[np.float32]:
    samples = np.frombuffer(base64.b64decode(document["float32"]), dtype="<f4")
    return samples.reshape(document["shape"]).astype(np.float32)
