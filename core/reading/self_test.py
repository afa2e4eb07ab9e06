"""A pack's self-test: known pictures, and what the network answered on its publisher's machine.

``self_test.json`` lies beside the manifest, signed by itself (``self_test.sig``), and names the
manifest it belongs to by its SHA-256. The pictures are drawn by whole numbers alone, so that every
device draws the same ones and no pack has to carry pictures of people. They go the whole way:
preprocessing, network, calibration, distance.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import PackError, ReadingError
from core.reading.calibration import calibrated, distance
from core.reading.inference import Network
from core.reading.pack import MANIFEST_FILE, Pack
from core.reading.preprocess import fit, normalise
from core.reading.sentences import PackFailure

SELF_TEST_FILE, SELF_TEST_SIGNATURE = "self_test.json", "self_test.sig"
SELF_TEST_DOMAIN = b"outpost pack self-test v1\n"
#: How far a probability, and a distance in parts of itself, may lie from the publisher's. x86-64
#: and arm64 differ by less than a tenth of it (docs/benchmarks.md); a wrong network by far more.
TOLERANCE = 0.01
_FORM, _MOST_PICTURES, _LONGEST_SIDE = 1, 16, 2048


@dataclass(frozen=True)
class KnownPicture:
    """What to draw (``seed``, ``height``, ``width`` in pixels), and what the network says of it:
    calibrated ``probabilities`` in the order of its classes, and its ``distance``."""

    seed: int
    height: int
    width: int
    probabilities: tuple[float, ...]
    distance: float


@dataclass(frozen=True)
class SelfTest:
    """Every known picture of one pack, the one whose manifest has this SHA-256."""

    manifest_sha256: str
    pictures: tuple[KnownPicture, ...]

    def as_json(self) -> bytes:
        table = {
            "form": _FORM,
            "manifest_sha256": self.manifest_sha256,
            "pictures": [vars(each) for each in self.pictures],
        }
        return (json.dumps(table, indent=1) + "\n").encode()


def draw(seed: int, height: int, width: int) -> npt.NDArray[np.uint8]:
    """A grey picture (height, width) uint8: a slope, blocks of 16 pixels and rings, by ``seed``."""
    y, x = np.arange(height)[:, np.newaxis], np.arange(width)[np.newaxis]
    slope = (x * (seed % 5 + 1) + y * (seed % 3 + 1)) // 8
    blocks = ((x // 16) ^ (y // 16)) * (seed * 37 % 61)
    rings = ((x - width // 2) ** 2 + (y - height // 2) ** 2) // (40 + seed % 7 * 10)
    drawn: npt.NDArray[np.uint8] = ((slope + blocks + rings) % 256).astype(np.uint8)
    return drawn


def answer(network: Network, seed: int, height: int, width: int) -> KnownPicture:
    """What the network says of a picture on this machine. Raises ``ReadingError``."""
    manifest = network.pack.manifest
    output = network.run(normalise(fit(draw(seed, height, width), manifest.input), manifest.input))
    probabilities = calibrated(output.logits, manifest.calibration)
    away = distance(output.embedding, manifest.distribution)
    return KnownPicture(seed, height, width, tuple(map(float, probabilities)), away)


def parse_self_test(content: bytes) -> SelfTest:
    """The self-test in ``content``. Raises ValueError when it is none, and never another error."""
    try:
        table = json.loads(content)
        if table["form"] != _FORM:
            raise ValueError("a form of self-test that is not known here")
        pictures = tuple(_picture(each) for each in table["pictures"])
        digest = str(table["manifest_sha256"])
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("not a self-test") from error
    if not 1 <= len(pictures) <= _MOST_PICTURES:
        raise ValueError("a self-test has from 1 to 16 pictures")
    return SelfTest(digest, pictures)


def _picture(table: Any) -> KnownPicture:
    seed, height, width = (int(table[name]) for name in ("seed", "height", "width"))
    if not (0 <= seed < 2**16 and 1 <= height <= _LONGEST_SIDE and 1 <= width <= _LONGEST_SIDE):
        raise ValueError("a picture that is not drawn here")
    probabilities = tuple(float(each) for each in table["probabilities"])
    return KnownPicture(seed, height, width, probabilities, float(table["distance"]))


def check_self_test(pack: Pack, content: bytes, threads: int | None = None) -> None:
    """Run the self-test ``content``, whose signature was checked before. Raises ``PackError``:
    ``self_test_missing`` for one that is none or belongs to another manifest,
    ``self_test_failed`` when this device answers otherwise than the publisher's."""
    manifest = pack.manifest
    missing = PackError(PackFailure.SELF_TEST_MISSING, pack=manifest.id)
    try:
        known = parse_self_test(content)
        stated = (pack.folder / MANIFEST_FILE).read_bytes()
    except (OSError, ValueError) as error:
        raise missing from error
    if known.manifest_sha256 != hashlib.sha256(stated).hexdigest():
        raise missing
    failed = PackError(PackFailure.SELF_TEST_FAILED, pack=manifest.id, version=manifest.version)
    network = Network(pack, threads)
    for each in known.pictures:
        try:
            found = answer(network, each.seed, each.height, each.width)
        except ReadingError as error:
            raise failed from error
        if not _agree(found, each):
            raise failed


def _agree(found: KnownPicture, known: KnownPicture) -> bool:
    """Whether two answers are the same for all that matters. NaN agrees with nothing."""
    if len(found.probabilities) != len(known.probabilities):
        return False
    apart = np.abs(np.subtract(found.probabilities, known.probabilities))
    near = abs(found.distance - known.distance) <= TOLERANCE * max(1.0, abs(known.distance))
    return bool((apart <= TOLERANCE).all() and near)
