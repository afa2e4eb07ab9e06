"""Reports to test with: of every verdict, of every pack in the repository, with all that may be
asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from core.imaging.study import Source
from core.reading.manifest import Code, Manifest, PackClass, PackKind, Role, parse_manifest
from core.reading.result import PackIdentity, Reading, Verdict
from core.reading.sentences import ReadingReason
from core.reporting.report import (
    Agreement,
    AttachedPicture,
    Clinician,
    Confirmation,
    PictureKind,
    ReadAt,
    Replaced,
    Report,
    SecondOpinion,
    Subject,
)

DELHI = timezone(timedelta(hours=5, minutes=30))
READ_AT = ReadAt(
    device=datetime(2019, 1, 1, 0, 4, 9, tzinfo=DELHI),
    known=datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
)
CLASSES = {
    "fracture": PackClass(
        "fracture",
        "Fracture",
        Role.ABNORMAL,
        Code("http://snomed.info/sct", "125605004", "Fracture of bone"),
        "fracture",
        None,
    ),
    "no_fracture": PackClass("no_fracture", "No fracture", Role.NORMAL, None, "no_fracture", None),
}
PACK = PackIdentity("limb", "1.2.0", "released", "Fracture on limb films")
CONFIDENT = Reading(
    verdict=Verdict.CONFIDENT,
    reasons=(ReadingReason.ABOVE_THRESHOLD.say(finding="fracture"),),
    pack=PACK,
    probabilities={"no_fracture": 0.0625, "fracture": 0.9375},
    prediction_set=("fracture",),
    finding="fracture",
)
UNCERTAIN = Reading(
    verdict=Verdict.UNCERTAIN,
    reasons=(
        ReadingReason.COULD_BE_EITHER.say(findings="no fracture, fracture"),
        ReadingReason.PACK_PAST_REVIEW.say(review_by="2026-01-31"),
    ),
    pack=replace(PACK, status="experimental"),
    probabilities={"no_fracture": 0.625, "fracture": 0.375},
    prediction_set=("no_fracture", "fracture"),
    finding="no_fracture",
)
REJECTED = Reading(
    verdict=Verdict.REJECTED, reasons=(ReadingReason.UNSUPPORTED_KIND.say(kind="a photograph"),)
)
REJECTED_BY_PACK = Reading(
    verdict=Verdict.REJECTED,
    reasons=(ReadingReason.UNLIKE_TRAINING.say(), ReadingReason.STILL_UNLIKE_TRAINING.say()),
    pack=PACK,
    probabilities={"no_fracture": 0.25, "fracture": 0.75},
    finding="fracture",
)
CLINICIAN = Clinician("urn:oid:1.2.3", "nurse 7 & co|2", "A. Nurse")
CONFIRMATION = Confirmation(
    Clinician("urn:oid:1.2.3", "doctor-3", "B. Doctor"),
    datetime(2026, 11, 23, 14, 5, tzinfo=DELHI),
    Agreement.DISAGREES,
    "District Hospital",
    "no_fracture",
)
PICTURES = (
    AttachedPicture(PictureKind.IMAGE, b"\xff\xd8 image \xff\xd9", 640, 480),
    AttachedPicture(PictureKind.HEAT_MAP, b"\xff\xd8 heat \xff\xd9", 640, 480),
)


def uuid(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, name))


def report(reading: Reading = CONFIDENT, **more: Any) -> Report:
    asked: dict[str, Any] = {
        "id": uuid("report"),
        "case_id": uuid("case"),
        "reading": reading,
        "read_at": READ_AT,
        "software": "0.1.0",
        "source": Source.PICTURE,
        "classes": CLASSES,
        **more,
    }
    return Report(**asked)


def everything(reading: Reading = CONFIDENT) -> Report:
    """A correction with all that a report may hold."""
    return report(
        reading,
        source=Source.DICOM,
        modality="DX",
        pseudonym="K7QX-2M4P",
        clinician=CLINICIAN,
        second_opinion=SecondOpinion.ASKED,
        replaces=Replaced(uuid("earlier"), ("fracture",)),
    )


def confirmed(reading: Reading = CONFIDENT, **more: Any) -> Report:
    """A clinician's word on the report that ``everything`` is, with pictures and a Patient."""
    known: dict[str, Any] = {
        "id": uuid("confirmed"),
        "confirmation": CONFIRMATION,
        "replaces": Replaced(uuid("report"), ("no_fracture", "fracture")),
        "subject": Subject.CREATED,
        "pictures": PICTURES,
    }
    return replace(everything(reading), **(known | more))


def manifests(repo: Path) -> list[Manifest]:
    """Every pack in the repository that names findings."""
    paths = sorted((repo / "models").glob("*/pack.json"))
    parsed = [parse_manifest(path.read_bytes(), path.parent.name) for path in paths]
    return [manifest for manifest in parsed if manifest.kind is PackKind.READER]


def of_pack(manifest: Manifest, verdict: Verdict) -> Report:
    """A report that the pack might give."""
    share = round(1 / (len(manifest.labels) + 1), 3)
    probabilities = dict.fromkeys(manifest.labels, share)
    probabilities[manifest.labels[0]] = 1 - share * (len(manifest.labels) - 1)
    reading = Reading(
        verdict=verdict,
        reasons=(ReadingReason.EXPERIMENTAL.say(),),
        pack=PackIdentity(manifest.id, manifest.version, manifest.status, manifest.title),
        probabilities=probabilities,
        prediction_set=manifest.labels[:1],
        finding=manifest.labels[0],
    )
    return report(reading, classes={each.label: each for each in manifest.classes})


def all_reports(repo: Path) -> dict[str, Report]:
    """Every verdict, from a picture and from DICOM, bare and with everything; every pack."""
    readings = {
        "confident": CONFIDENT,
        "uncertain": UNCERTAIN,
        "rejected": REJECTED,
        "rejected by a pack": REJECTED_BY_PACK,
    }
    found = {name: report(reading) for name, reading in readings.items()}
    found |= {f"{name}, everything": everything(each) for name, each in readings.items()}
    found |= {f"{name}, confirmed": confirmed(each) for name, each in readings.items()}
    found["confirmed picture"] = confirmed(source=Source.PICTURE, clinician=None, pictures=PICTURES)
    found["agreed"] = confirmed(
        confirmation=replace(CONFIRMATION, agreement=Agreement.AGREES, label=None), pictures=()
    )
    for manifest in manifests(repo):
        found |= {f"{manifest.id} {each}": of_pack(manifest, each) for each in Verdict}
    return found
