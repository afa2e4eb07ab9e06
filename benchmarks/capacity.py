"""What a clinic's and a country's server need: worked out from measured bytes and requests.

    python -m benchmarks.capacity [DATA]            # prints the tables in Markdown
    python -m benchmarks.capacity [DATA] --write    # and puts them into docs/capacity.md

Measured: the bytes of a case, of a question and of an answer as FHIR, as it goes over the wire and
as a small server keeps it; the seconds that server takes; and, with a folder of data sets, the
bytes of images as they are sent. Everything else is arithmetic from stated assumptions.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmarks.page import ROOT, machine
from core.errors import OutpostError
from core.imaging.opening import open_study
from core.reporting.fhir import transaction
from core.reporting.illustration import attached, illustrate
from core.reporting.report import Clinician, Report
from core.sync.delivery import Delivery, Kept
from core.sync.opinions_given import Given, Outcome, entries_of
from core.sync.parcels import Parcel, batches
from core.sync.server import FhirServer
from core.sync.tasks import Ask, AskReason, task_of
from core.sync.wire import packed
from core.sync.writing import planned
from tests.demo_cloud.samples import SAMPLES, report_of
from tests.interop.sekmet import sekmet

PAGE = ROOT / "docs" / "capacity.md"
BEGIN, END = "<!-- capacity: begin -->", "<!-- capacity: end -->"
CASES, IMAGES, A_BATCH = 300, 12, 10
#: Assumed, and said on the page: working days, hours in which a day's cases arrive, the busiest
#: moment over the average, the share of cases that a second opinion is asked for.
DAYS, HOURS, PEAK, ASKED = 300, 8, 5, 0.05
#: Prices in US dollars, as Google's price page has them (docs/capacity.md says where and when):
#: a GiB of structured storage for an hour, 100,000 standard requests, and 100,000 with several
#: operations. Hours of a month.
GIB_HOUR, STANDARD, MULTI, MONTH_HOURS = 0.000328767, 0.39, 0.39, 730
SIZES = ((1, 20), (10, 30), (100, 40), (2_000, 50))


@dataclass(frozen=True)
class Measured:
    """Bytes: of one case without images, plain and on the wire in batches; of a question and an
    answer; of an image with its heat map; kept by the small server for each case."""

    resources: float
    plain: float
    wire: float
    ask: int
    answer: int
    pictures: float
    kept: float
    cases_a_second: float


def reports(count: int) -> list[Report]:
    """Cases as phones send them, without pictures."""
    now, draw = datetime.now(UTC), random.Random(0)
    made = []
    for number in range(count):
        sample = SAMPLES[number % len(SAMPLES)]
        # No two cases have the same figures, which would compress too well.
        found = {label: draw.random() for label in sample.probabilities}
        shares = {label: each / sum(found.values()) for label, each in found.items()}
        report = report_of(replace(sample, probabilities=shares), now, 0)
        made.append(replace(report, pictures=()))
    return made


def parcels_of(made: list[Report]) -> list[Parcel]:
    return [Parcel(n, tuple(transaction(each)["entry"])) for n, each in enumerate(made)]


def size(document: Any) -> int:
    return len(json.dumps(document, separators=(",", ":")).encode())


def on_the_wire(parcels: list[Parcel]) -> float:
    """Bytes a case, compressed in batches as the worker sends them."""
    total = 0
    for batch in batches(parcels, A_BATCH):
        entries = [entry for parcel in batch for entry in parcel.entries]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        total += len(packed(json.dumps(bundle, separators=(",", ":")).encode()))
    return total / len(parcels)


def an_answer(report: Report) -> int:
    given = Given(
        id=str(uuid4()),
        case_id=report.case_id,
        report="DiagnosticReport/" + str(uuid4()),
        task="Task/" + str(uuid4()),
        subject={"type": "Patient", "identifier": {"system": "urn:x", "value": "p" * 34}},
        pack="brain_mri",
        outcome=Outcome.AMENDS,
        reviewer=Clinician("urn:x", "doctor", "B. Doctor"),
        at=datetime.now(UTC),
        read_at=datetime.now(UTC).isoformat(timespec="seconds"),
        organisation="District Hospital",
        label="glioma",
        display="Glioma",
        first_impression="meningioma",
        note="A line or two of what was seen.",
    )
    return size(entries_of(given))


def an_ask(report: Report) -> int:
    ask = Ask(
        case_id=report.case_id,
        report_id=report.id,
        at=datetime.now(UTC),
        reason=AskReason.ASK_CONFIRM,
        pseudonym="p" * 34,
    )
    return size(task_of(ask))


def kept_by_a_server(parcels: list[Parcel]) -> tuple[float, float]:
    """Bytes that sekmet-fhir's files grow by for each case, and cases that it took in a second."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with sekmet(folder) as address, FhirServer(address) as server:
            delivery = Delivery(server, planned(server.capabilities))
            before, began = _bytes_in(folder), time.perf_counter()
            for batch in batches(parcels, A_BATCH):
                found = delivery.send(batch)
                if not all(isinstance(each, Kept) for each in found.values()):
                    raise SystemExit("the server did not take every case")
            seconds = time.perf_counter() - began
        return (_bytes_in(folder) - before) / len(parcels), len(parcels) / seconds


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def picture_bytes(data: Path | None) -> float:
    """Median bytes of an image and its heat map as a clinic may have them sent; 0 without data."""
    found = [size for path in _images(data) if (size := _sent(path))] if data else []
    return statistics.median(found) if found else 0.0


def _images(data: Path) -> Iterator[Path]:
    for folder in sorted(each for each in data.iterdir() if (each / "images").is_dir()):
        files = sorted(path for path in (folder / "images").rglob("*") if path.is_file())
        yield from random.Random(0).sample(files, min(IMAGES, len(files)))


def _sent(path: Path) -> int:
    """Base 64 as in a Binary. The heat map is an overlay, taken to be as large as the image."""
    try:
        study = open_study([path])
        shown = illustrate(study, SAMPLE_READING, None)
    except (OutpostError, OSError):
        return 0
    return sum(len(each.jpeg) * 4 // 3 for each in attached(shown)) * 2


SAMPLE_READING = reports(1)[0].reading


def measured(data: Path | None) -> Measured:
    made = reports(CASES)
    parcels = parcels_of(made)
    kept, speed = kept_by_a_server(parcels)
    return Measured(
        resources=statistics.mean(len(each.entries) for each in parcels),
        plain=statistics.mean(size(list(each.entries)) for each in parcels),
        wire=on_the_wire(parcels),
        ask=an_ask(made[0]),
        answer=an_answer(made[0]),
        pictures=picture_bytes(data),
        kept=kept,
        cases_a_second=speed,
    )


def bytes_table(found: Measured) -> list[str]:
    images = f"{found.pictures / 1000:,.0f} kB" if found.pictures else "not measured here"
    return [
        "| what | measured |",
        "| --- | --- |",
        f"| a case: resources | {found.resources:.1f} |",
        f"| a case as JSON, without images | {found.plain / 1000:.1f} kB |",
        f"| a case on the wire, gzip, {A_BATCH} in a request | {found.wire / 1000:.2f} kB |",
        f"| a question (Task) as JSON | {found.ask / 1000:.1f} kB |",
        f"| an answer (five resources) as JSON | {found.answer / 1000:.1f} kB |",
        f"| an image and its heat map, base 64, median | {images} |",
        f"| a case in sekmet-fhir's files, with indexes and history | {found.kept / 1000:.0f} kB |",
        f"| cases a second that sekmet-fhir took, one process | {found.cases_a_second:.0f} |",
        "",
        machine(),
    ]


def sizes_table(found: Measured) -> list[str]:
    lines = [
        "| devices | cases a day each | cases a year | a device's day on the wire "
        "| resources a year | kept a year, no images | with images | requests at the busiest "
        "| a month's bill, no images, after a year |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    return [*lines, *(_row(found, devices, cases) for devices, cases in SIZES)]


def _row(found: Measured, devices: int, cases: int) -> str:
    a_day, a_year = devices * cases, devices * cases * DAYS
    opinions = a_year * ASKED * (found.ask + found.answer)
    resources = a_year * (found.resources + ASKED * 6)
    kept = (a_year * found.kept + opinions * found.kept / found.plain) / 1e9
    images = f"{kept + a_year * found.pictures / 1e9:,.0f} GB" if found.pictures else "-"
    busiest = a_day / A_BATCH / (HOURS * 3600) * PEAK
    wire = cases * found.wire / 1000
    bill = kept / 1.0737 * GIB_HOUR * MONTH_HOURS + _requests(a_day) / 100_000 * MULTI
    return (
        f"| {devices:,} | {cases} | {a_year:,} | {wire:.0f} kB | {resources / 1e6:.1f} million "
        f"| {kept:,.1f} GB | {images} | {busiest:.2f} a second | {bill:,.2f} USD |"
    )


def _requests(cases_a_day: int) -> float:
    """Of a month: batches, a poll and the anchor of every pass, and what second opinions need."""
    return cases_a_day * DAYS / 12 * (2 / A_BATCH + ASKED * 20)


def main() -> None:
    """Measure, print, and with ``--write`` keep the tables in the documentation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", type=Path, help="the folder of the data sets")
    parser.add_argument("--write", action="store_true", help="update docs/capacity.md")
    options = parser.parse_args()
    found = measured(options.data)
    text = "\n".join([*bytes_table(found), "", *sizes_table(found)])
    print(text)
    if options.write:
        page = PAGE.read_text(encoding="utf-8")
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
