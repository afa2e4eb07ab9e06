"""Packs as other devices fetch them: a static folder for any web server, and a file for each.

``publish`` may be called again on the same folder: it adds what is new and leaves the rest. What
the folder holds, and what a device makes of it, stands in docs/packs.md.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.reading.inference import Network
from core.reading.pack import (
    MANIFEST_FILE,
    MODEL_FILE,
    SIGNATURE_FILE,
    PackShelf,
    bundled_version,
)
from core.reading.revocations import (
    REVOCATIONS_FILE,
    REVOCATIONS_SIGNATURE,
    parse_revocations,
)
from core.reading.self_test import (
    SELF_TEST_DOMAIN,
    SELF_TEST_FILE,
    SELF_TEST_SIGNATURE,
    TOLERANCE,
    SelfTest,
    answer,
)
from core.reading.signature import sign
from training.signing import SigningRefused, key_id

#: What a self-test draws: seed, height and width in pixels. Larger and smaller than any network's
#: input, upright and lying, so that resizing is tried too.
PICTURES = ((1, 512, 512), (2, 300, 400), (3, 500, 120))
_PACK_FILES = (MANIFEST_FILE, SIGNATURE_FILE, MODEL_FILE, SELF_TEST_FILE, SELF_TEST_SIGNATURE)
_LIST_FILES = (REVOCATIONS_FILE, REVOCATIONS_SIGNATURE)


def write_self_test(shelf: PackShelf, pack: str, folder: Path, key: Ed25519PrivateKey) -> None:
    """Run the pack on the known pictures, and write what it says into ``folder``, signed.

    Raises ``PackError`` for a pack that cannot be used, ``SigningRefused`` when the key is none
    that the shelf trusts, or when the network says the same of every picture: such a test would
    pass with a broken network too.
    """
    opened = shelf.open(pack)
    network = Network(opened, threads=1)
    pictures = tuple(answer(network, *each) for each in PICTURES)
    answers = np.array([(*each.probabilities, each.distance) for each in pictures])
    if np.ptp(answers, axis=0).max() < 2 * TOLERANCE:
        raise SigningRefused(f"{pack} says the same of every known picture")
    manifest = (opened.folder / MANIFEST_FILE).read_bytes()
    content = SelfTest(hashlib.sha256(manifest).hexdigest(), pictures).as_json()
    (folder / SELF_TEST_FILE).write_bytes(content)
    signed = sign(content, SELF_TEST_DOMAIN, key_id(shelf.folder, key), key)
    (folder / SELF_TEST_SIGNATURE).write_bytes(signed)


def publish(models: Path, out: Path, key: Ed25519PrivateKey) -> list[str]:
    """Every signed pack in ``models`` that is not withdrawn, into ``out``; returns what was added,
    as ``id/version``.

    Raises ``PackError``, ``SigningRefused``: also for another pack under a version that is out
    already, and for a changed list of withdrawn packs whose serial did not grow.
    """
    shelf = PackShelf(models)
    if not shelf.names():
        raise SigningRefused(f"there is no pack in {models}")
    out.mkdir(parents=True, exist_ok=True)
    _publish_revocations(shelf, models, out)
    withdrawn = shelf.revocations()
    wanted = [
        name
        for name in shelf.names()
        if not withdrawn.of_version(name, bundled_version(models / name) or "")
    ]
    added = [place for name in wanted if (place := _publish_pack(shelf, name, out, key))]
    _write_files(out)
    (out / "index.json").write_text(json.dumps(_index(out), indent=1) + "\n", encoding="utf-8")
    return added


def _publish_revocations(shelf: PackShelf, models: Path, out: Path) -> None:
    new, old = (models / REVOCATIONS_FILE).read_bytes(), out / REVOCATIONS_FILE
    shelf.revocations()
    if old.exists() and old.read_bytes() != new:
        serial = parse_revocations(old.read_bytes()).serial
        if parse_revocations(new).serial <= serial:
            raise SigningRefused(f"the changed revocation list needs a serial above {serial}")
    for name in _LIST_FILES:
        shutil.copyfile(models / name, out / name)


def _publish_pack(shelf: PackShelf, name: str, out: Path, key: Ed25519PrivateKey) -> str | None:
    pack = shelf.open(name)
    place = f"{name}/{pack.manifest.version}"
    target = out / place
    if (target / SIGNATURE_FILE).exists():
        if (target / MANIFEST_FILE).read_bytes() == (pack.folder / MANIFEST_FILE).read_bytes():
            return None
        raise SigningRefused(f"another {place} is out already: give this one a new version")
    target.mkdir(parents=True, exist_ok=True)
    write_self_test(shelf, name, target, key)
    # The signature comes last: a pack that was cut short is written anew.
    for file in (MODEL_FILE, MANIFEST_FILE, SIGNATURE_FILE):
        shutil.copyfile(pack.folder / file, target / file)
    return place


def _write_files(out: Path) -> None:
    """Each pack as one file, with the newest list of withdrawn packs."""
    for folder in _versions(out):
        path = out / f"{folder.parent.name}-{folder.name}.outpostpack"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in _PACK_FILES:
                archive.write(folder / name, name)
            for name in _LIST_FILES:
                archive.write(out / name, name)


def _index(out: Path) -> dict[str, object]:
    packs = [
        {
            "id": folder.parent.name,
            "version": folder.name,
            "folder": f"{folder.parent.name}/{folder.name}",
            "model_bytes": (folder / MODEL_FILE).stat().st_size,
        }
        for folder in _versions(out)
    ]
    return {"form": 1, "packs": packs}


def _versions(out: Path) -> list[Path]:
    found = (path.parent for path in out.glob(f"*/*/{SIGNATURE_FILE}"))
    return sorted(folder for folder in found if bundled_version(folder) == folder.name)
