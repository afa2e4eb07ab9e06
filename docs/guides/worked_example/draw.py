"""Draws the images of the worked example (docs/guides/worked-example.md), makes a key, and a folder
of packs that trusts it.

    .venv-training/bin/python docs/guides/worked_example/draw.py build/spots
"""

from __future__ import annotations

import base64
import json
import shutil
import sys
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from PIL import Image

MODELS = Path(__file__).resolve().parents[3] / "models"
PATIENTS, SIDE, SPOT = 30, 96, 24


def draw(folder: Path) -> None:
    """Two pictures of each made-up patient: grain, with a spot that is darker or brighter."""
    (folder / "images").mkdir(parents=True)
    rng = np.random.default_rng(2026)
    lines = ["file,label,group"]
    for number in range(2 * PATIENTS):
        patient = number // 2
        bright = patient % 2 == 1
        pixels = rng.normal(110, 12, (SIDE, SIDE))
        row, column = rng.integers(4, SIDE - SPOT - 4, 2)
        pixels[row : row + SPOT, column : column + SPOT] += 110 if bright else -80
        name = f"{number:03}.png"
        Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(folder / "images" / name)
        lines.append(f"{name},{'bright' if bright else 'dark'},patient-{patient}")
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def make_key(file: Path) -> bytes:
    """An Ed25519 key of your own; returns its public half. The file stays with you."""
    key = Ed25519PrivateKey.generate()
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return key.public_key().public_bytes_raw()


def trusting(models: Path, public: bytes) -> None:
    """A copy of the packs on board that also trusts this key."""
    shutil.copytree(MODELS, models)
    file = models / "trusted_keys.json"
    known = json.loads(file.read_text(encoding="utf-8"))
    known["keys"].append(
        {
            "id": "worked-example",
            "channel": "development",
            "public_key": base64.b64encode(public).decode(),
        }
    )
    file.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


def main(place: Path) -> None:
    """Everything that the example begins with, in a folder that is not there yet."""
    draw(place / "data" / "spots")
    trusting(place / "models", make_key(place / "key.pem"))
    print(f"{2 * PATIENTS} pictures in {place / 'data' / 'spots'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
