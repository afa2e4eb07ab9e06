"""Sample cases for a server to try things on: drawn pictures, of nobody, with readings made up."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
from PIL import Image, ImageDraw

from core.build import VERSION
from core.imaging.study import Source
from core.reading.manifest import parse_manifest
from core.reading.result import PackIdentity, Reading, Verdict
from core.reading.sentences import ReadingReason
from core.reporting.fhir import transaction
from core.reporting.report import AttachedPicture, PictureKind, ReadAt, Report
from core.sync.delivery import Delivery, Kept
from core.sync.parcels import Parcel
from core.sync.server import FhirServer
from core.sync.tasks import Ask, AskReason, Urgency, send_ask
from core.sync.writing import kind_of, planned

MODELS = Path(__file__).resolve().parents[2] / "models"
SIDE = 512


@dataclass(frozen=True)
class Sample:
    """A pack, what it is said to have said, and what is asked."""

    pack: str
    verdict: Verdict
    probabilities: dict[str, float]
    reason: AskReason
    urgency: Urgency
    hours_ago: float


SAMPLES = (
    Sample(
        "brain_mri",
        Verdict.CONFIDENT,
        {"glioma": 0.03, "meningioma": 0.96, "pituitary": 0.01},
        AskReason.ASK_CONFIRM,
        Urgency.TODAY,
        5,
    ),
    Sample(
        "fracture_xray",
        Verdict.UNCERTAIN,
        {"fracture": 0.58, "no_fracture": 0.42},
        AskReason.ASK_UNCERTAIN,
        Urgency.NOW,
        1,
    ),
    Sample(
        "chest_xray_child",
        Verdict.UNCERTAIN,
        {"pneumonia": 0.36, "normal": 0.64},
        AskReason.ASK_DISAGREES,
        Urgency.WHEN_THERE_IS_TIME,
        50,
    ),
)


def load(address: str, now: datetime | None = None) -> list[str]:
    """Send every sample, and ask about it. Returns the ids of the cases. Raises SyncError."""
    now = now or datetime.now(UTC)
    with FhirServer(address) as server:
        plan = planned(server.capabilities)
        delivery = Delivery(server, plan)
        cases = []
        for number, sample in enumerate(SAMPLES):
            report = report_of(sample, now - timedelta(hours=sample.hours_ago), number)
            entries = tuple(transaction(report)["entry"])
            outcome = delivery.send([Parcel(1, entries)])[1]
            assert isinstance(outcome, Kept), outcome
            for entry in entries:
                if kind_of(entry) == "Binary":
                    delivery.send_picture(entry)
            send_ask(server, plan, ask_about(report, sample))
            cases.append(report.case_id)
        return cases


def ask_about(report: Report, sample: Sample) -> Ask:
    return Ask(
        case_id=report.case_id,
        report_id=report.id,
        at=report.read_at.known + timedelta(minutes=2),
        reason=sample.reason,
        urgency=sample.urgency,
        pseudonym=report.pseudonym,
    )


def report_of(sample: Sample, at: datetime, number: int) -> Report:
    """What a phone would send of the sample."""
    content = (MODELS / sample.pack / "pack.json").read_bytes()
    manifest = parse_manifest(content, sample.pack)
    finding = max(sample.probabilities, key=lambda label: sample.probabilities[label])
    confident = sample.verdict is Verdict.CONFIDENT
    reason = ReadingReason.ABOVE_THRESHOLD if confident else ReadingReason.PROBABILITY_LOW
    name = manifest.class_of(finding).display.lower()
    reading = Reading(
        verdict=sample.verdict,
        reasons=(reason.say(finding=name),),
        pack=PackIdentity(manifest.id, manifest.version, manifest.status.value, manifest.title),
        probabilities=sample.probabilities,
        prediction_set=(finding,) if confident else tuple(sample.probabilities),
        finding=finding,
    )
    return Report(
        id=str(uuid4()),
        case_id=str(uuid4()),
        reading=reading,
        read_at=ReadAt(device=at, known=at),
        software=VERSION,
        source=Source.PICTURE,
        classes={each.label: each for each in manifest.classes},
        pseudonym=f"1-{uuid4().hex}",
        pictures=tuple(_pictures(number)),
    )


def _pictures(number: int) -> Iterator[AttachedPicture]:
    yield AttachedPicture(PictureKind.IMAGE, _jpeg(number, marked=False), SIDE, SIDE)
    yield AttachedPicture(PictureKind.HEAT_MAP, _jpeg(number, marked=True), SIDE, SIDE)


def _jpeg(number: int, *, marked: bool) -> bytes:
    """An oval with a spot, textured; nobody's body. ``marked`` tints the spot."""
    image = Image.new("RGB", (SIDE, SIDE), (12, 12, 12))
    pen = ImageDraw.Draw(image)
    pen.ellipse((60, 40, SIDE - 60, SIDE - 40), fill=(95, 95, 95))
    left = 150 + 90 * number
    pen.ellipse((left, 210, left + 70, 280), fill=(235, 120, 40) if marked else (185, 185, 185))
    pen.text((16, SIDE - 28), "drawn sample: of nobody", fill=(200, 200, 200))
    noise = np.random.default_rng(number).normal(0, 6, (SIDE, SIDE, 1))
    textured = np.clip(np.asarray(image, dtype=np.float32) + noise, 0, 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(textured).save(stream, "JPEG", quality=85)
    return stream.getvalue()


def sample_labels() -> dict[str, set[str]]:
    """The classes that the samples use, by pack: those on board must know them."""
    return {each.pack: set(each.probabilities) for each in SAMPLES}


def labels_on_board(pack: str) -> set[str]:
    table = json.loads((MODELS / pack / "pack.json").read_bytes())
    return {each["label"] for each in table["classes"]}
