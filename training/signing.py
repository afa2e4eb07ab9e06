"""A publisher's word: packs and revocation lists signed with a key kept outside the repo."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from core.reading.manifest import PackKind, parse_manifest
from core.reading.pack import MANIFEST_FILE, MODEL_FILE, SIGNATURE_FILE
from core.reading.signature import (
    MANIFEST_DOMAIN,
    REVOCATIONS_DOMAIN,
    is_signed,
    parse_signature,
    read_trusted_keys,
    sign,
)

CARD = "MODEL_CARD.md"
#: Where ``training compare`` keeps its outcome, beside the new pack.
COMPARISON = "comparison.json"


class SigningRefused(Exception):  # noqa: N818 - the signer's decision, told at the terminal
    """The pack is not fit to be signed; the message says why."""


def load_key(path: Path) -> Ed25519PrivateKey:
    """An Ed25519 private key in PEM (PKCS#8). Raises OSError, SigningRefused."""
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningRefused("the key is not an Ed25519 key")
    return key


def key_id(models: Path, key: Ed25519PrivateKey) -> str:
    """The trusted id of a private key's public half."""
    for known in read_trusted_keys(models / "trusted_keys.json").values():
        if known.key.public_bytes_raw() == key.public_key().public_bytes_raw():
            return known.id
    raise SigningRefused("the key's public half is not in models/trusted_keys.json")


def _may_replace(pack: Path, target: Path) -> bool:
    """Whether the pack is the one on board already, or a kept comparison lets it replace that."""
    if (pack / MANIFEST_FILE).read_bytes() == (target / MANIFEST_FILE).read_bytes():
        return True
    path = pack / COMPARISON
    if not path.exists():
        return False
    table = json.loads(path.read_text(encoding="utf-8"))
    digests = [hashlib.sha256((f / MANIFEST_FILE).read_bytes()).hexdigest() for f in (target, pack)]
    kept = [table["old"]["manifest_sha256"], table["new"]["manifest_sha256"]]
    return kept == digests and table["may_replace"] is True


def sign_pack(pack: Path, key: Ed25519PrivateKey, models: Path) -> Path:
    """Check a finished pack, copy it to ``models/<id>`` and sign it there.

    Raises ``SigningRefused`` when it was never evaluated, lacks its card, its model is not the one
    its manifest names, or no comparison lets it replace the pack of that name in ``models``.
    """
    content = (pack / MANIFEST_FILE).read_bytes()
    manifest = parse_manifest(content, pack.name)
    model = (pack / MODEL_FILE).read_bytes()
    if hashlib.sha256(model).hexdigest() != manifest.model_sha256:
        raise SigningRefused("model.onnx is not the one that pack.json names: export again")
    if not manifest.raw["evaluation"] or not (pack / CARD).exists():
        raise SigningRefused("the pack was not evaluated: run evaluate first")
    target = models / manifest.id
    comparable = manifest.kind is PackKind.READER and (target / MANIFEST_FILE).exists()
    if comparable and not _may_replace(pack, target):
        raise SigningRefused(
            f"nothing shows that it is no worse than the {manifest.id} on board: run compare first"
        )
    target.mkdir(parents=True, exist_ok=True)
    signature = sign(content, MANIFEST_DOMAIN, key_id(models, key), key)
    # The old signature goes first: a half-copied pack must not look like a whole one.
    (target / SIGNATURE_FILE).unlink(missing_ok=True)
    for name in (MODEL_FILE, MANIFEST_FILE, CARD):
        shutil.copyfile(pack / name, target / name)
    (target / SIGNATURE_FILE).write_bytes(signature)
    return target


def sign_revocations(key: Ed25519PrivateKey, models: Path) -> None:
    """Sign ``models/revocations.json`` as it stands."""
    content = (models / "revocations.json").read_bytes()
    json.loads(content)["revoked"]
    signer = key_id(models, key)
    signature = sign(content, REVOCATIONS_DOMAIN, signer, key)
    if not is_signed(
        content,
        REVOCATIONS_DOMAIN,
        parse_signature(signature),
        read_trusted_keys(models / "trusted_keys.json"),
    ):
        raise SigningRefused("the new signature does not verify")
    (models / "revocations.sig").write_bytes(signature)
