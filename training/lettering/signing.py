"""Check a finished detector, copy it to the packs and sign it there."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.imaging.lettering.detector import (
    DETECTOR_DOMAIN,
    MANIFEST_FILE,
    MODEL_FILE,
    SIGNATURE_FILE,
)
from core.imaging.lettering.manifest import parse_detector
from core.reading.signature import read_trusted_keys, sign
from training.signing import CARD, SigningRefused


def sign_detector(pack: Path, key: Ed25519PrivateKey, models: Path) -> Path:
    """Copy a finished detector to ``models/<id>`` and sign it there.

    Raises ``SigningRefused`` when it was never judged, lacks its card, its model is not the one
    that its manifest names, or the key's public half is not trusted.
    """
    content = (pack / MANIFEST_FILE).read_bytes()
    manifest = parse_detector(content, json.loads(content)["id"])
    if hashlib.sha256((pack / MODEL_FILE).read_bytes()).hexdigest() != manifest.model_sha256:
        raise SigningRefused("model.onnx is not the one that detector.json names: export again")
    if not manifest.raw["evaluation"] or not (pack / CARD).exists():
        raise SigningRefused("the detector was not judged: run evaluate first")
    public = key.public_key().public_bytes_raw()
    known = read_trusted_keys(models / "trusted_keys.json").values()
    trusted = [each.id for each in known if each.key.public_bytes_raw() == public]
    if not trusted:
        raise SigningRefused("the key's public half is not in models/trusted_keys.json")
    target = models / manifest.id
    target.mkdir(parents=True, exist_ok=True)
    # The old signature goes first: a half-copied pack must not look like a whole one.
    (target / SIGNATURE_FILE).unlink(missing_ok=True)
    for name in (MODEL_FILE, MANIFEST_FILE, CARD):
        shutil.copyfile(pack / name, target / name)
    (target / SIGNATURE_FILE).write_bytes(sign(content, DETECTOR_DOMAIN, trusted[0], key))
    return target
