"""What every pack makes of every image, as JSON: the script that both processors run.

    python readings.py MODELS IMAGES TODAY OUT

It stands beside a copy of ``core`` and imports nothing else of ours, for the arm64 system has no
pytest and no app. ``TODAY`` (ISO) is given, so that midnight cannot fall between the two runs.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Mapping
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from core.analysis import analyze
from core.errors import OutpostError
from core.imaging.limits import Deadline
from core.imaging.opening import open_study
from core.reading.calibration import calibrated, distance
from core.reading.inference import Floats, Network, NetworkOutput
from core.reading.manifest import PackKind
from core.reading.pack import Pack, PackShelf
from core.reading.preprocess import preprocess
from core.reading.reader import Experimental, Reader, Request
from core.reading.requirements import Unanswered
from core.reading.result import Reading

#: Whose versions must be the same on both sides for a comparison to mean anything.
COMPARED = ("numpy", "onnxruntime", "pillow", "pydicom")
#: The reading that the app would give: by whichever pack the router chooses.
AS_ROUTED = "as routed"
#: In seconds. An emulated processor is slow, and no frame may be left out because of it.
A_DAY = 86_400.0


class Remembered(Network):
    """A network that answers the same question once: under emulation each answer takes seconds,
    and a reading by an overruled router asks the router all the same."""

    def __init__(self, pack: Pack) -> None:
        super().__init__(pack, threads=1)
        self._answers: dict[bytes, NetworkOutput] = {}

    def run(self, tensor: Floats) -> NetworkOutput:
        question = tensor.tobytes()
        if question not in self._answers:
            self._answers[question] = super().run(tensor)
        return self._answers[question]


class RememberingReader(Reader):
    """The app's reader with such networks."""

    def network(self, pack: str) -> Network:
        if pack not in self._networks:
            self._networks[pack] = Remembered(self.shelf.open(pack))
        return self._networks[pack]


def readings(models: Path, images: Path, today: date) -> dict[str, Any]:
    """Every image in the folder ``images``, as routed and by every pack in ``models``."""
    reader = RememberingReader(PackShelf(models), today=lambda: today)
    manifests = {name: reader.shelf.manifest(name) for name in reader.shelf.names()}
    readers = [name for name, m in manifests.items() if m.kind is PackKind.READER]
    routers = [name for name, m in manifests.items() if m.kind is PackKind.ROUTER]
    found = {}
    for path in sorted(images.iterdir()):
        for pack in routers:
            found[f"{path.name} by {pack}"] = first_frame(path, pack, reader)
        found[f"{path.name} {AS_ROUTED}"] = one_reading(path, None, reader)
        for pack in readers:
            found[f"{path.name} by {pack}"] = one_reading(path, pack, reader)
    return {
        "machine": platform.machine(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in COMPARED},
        "packs": {name: manifest.version for name, manifest in manifests.items()},
        "images": len({key.split(" ")[0] for key in found}),
        "readings": found,
    }


def one_reading(path: Path, pack: str | None, reader: Reader) -> dict[str, Any]:
    """One reading; ``pack`` overrules the router. No question stays open. Where the header alone
    forbids a reading, the network is asked all the same, for its numbers."""
    request = Request(
        unanswered=Unanswered.ASSUME,
        experimental=Experimental.ON,
        pack=pack,
        budget_s=A_DAY,
    )
    outcome = analyze([path], reader, request)
    if outcome.reading is None:
        return {"error": outcome.error.code if outcome.error else "no reading"}
    told = as_data(outcome.reading)
    if pack and not outcome.reading.frames:
        bare = first_frame(path, pack, reader)
        told["words"] |= bare.pop("words", {})
        told |= bare
    return told


def as_data(reading: Reading) -> dict[str, Any]:
    """A reading's words, which must be equal, and its numbers, which must be near."""
    route = reading.route
    numbers = {f"probability of {k}": p for k, p in reading.probabilities.items()}
    if route is not None:
        numbers["probability of the route"] = route.probability
    distances = {f"distance of frame {f.index}": f.distance for f in reading.frames}
    return {
        "words": {
            "verdict": reading.verdict.value,
            "finding": reading.finding,
            "prediction set": list(reading.prediction_set),
            "reasons": [reason.code for reason in reading.reasons],
            "route": route.label if route else None,
            "pack": reading.pack.id if reading.pack else None,
            "frames read": reading.frame_count.read,
        },
        "probabilities": numbers,
        "distances": distances,
    }


def first_frame(path: Path, pack: str, reader: Reader) -> dict[str, Any]:
    """What a pack's network says of a first frame. A router is asked this way, for a route keeps
    neither all its probabilities nor its distance."""
    try:
        network = reader.network(pack)
        manifest = network.pack.manifest
        output = network.run(preprocess(open_study([path]).frames[0], manifest.input))
    except OutpostError as error:
        return {"error": error.code}
    values = calibrated(output.logits, manifest.calibration)
    probabilities: Mapping[str, float] = dict(zip(manifest.labels, map(float, values), strict=True))
    return {
        "words": {"most probable": max(probabilities, key=probabilities.__getitem__)},
        "probabilities": {f"probability of {k}": p for k, p in probabilities.items()},
        "distances": {"distance of frame 0": distance(output.embedding, manifest.distribution)},
    }


if __name__ == "__main__":
    models, images, today, out = sys.argv[1:]
    # An emulated processor beside other work needs longer for a file than a phone may.
    Deadline.__init__.__defaults__ = (A_DAY,)
    told = readings(Path(models), Path(images), date.fromisoformat(today))
    Path(out).write_text(json.dumps(told, indent=1), encoding="utf-8")
