"""Writes tests/fixtures/readings/golden.json: run it when a pack is replaced, and look at the diff.

python -m tests.reading.golden ../shared/data
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

from core.analysis import analyze
from core.reading.reader import Experimental, Reader, Request
from core.reading.requirements import Unanswered

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "readings"
TRUTHS = {
    "fracture_1.jpg": "fracture",
    "fracture_2.jpg": "fracture",
    "no_fracture_1.jpg": "no_fracture",
    "no_fracture_2.jpg": "no_fracture",
    "chest_child.jpeg": "normal",
}


def golden(path: Path, truth: str, reader: Reader) -> dict[str, Any]:
    request = Request(unanswered=Unanswered.ASSUME, experimental=Experimental.ON)
    reading = analyze([path], reader, request).reading
    assert reading is not None
    assert reading.route is not None
    return {
        "truth": truth,
        "route": reading.route.label,
        "verdict": reading.verdict.value,
        "prediction_set": list(reading.prediction_set),
        "probabilities": {k: round(v, 5) for k, v in reading.probabilities.items()},
    }


def shared_rows(data: Path) -> dict[str, str]:
    """A few images of each kind by their truth: two of each tumour from fold 4, two photographs."""
    found: dict[str, str] = {}
    for folder, groups in (("brain_mri", {"fold4"}), ("not_supported", None)):
        taken: dict[str, int] = {}
        with (data / folder / "manifest.csv").open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                wanted = groups is None or row["group"] in groups
                if wanted and taken.get(row["label"], 0) < 2:
                    taken[row["label"]] = taken.get(row["label"], 0) + 1
                    found[f"{folder}/images/{row['file']}"] = row["label"]
    return found


def main() -> None:
    data, reader = Path(sys.argv[1]), Reader(threads=1)
    fixtures = {name: golden(FIXTURES / name, t, reader) for name, t in TRUTHS.items()}
    shared = {name: golden(data / name, t, reader) for name, t in shared_rows(data).items()}
    text = json.dumps({"fixtures": fixtures, "shared": shared}, indent=1) + "\n"
    (FIXTURES / "golden.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
