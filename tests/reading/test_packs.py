"""Nothing of a pack is used before its signature, digest and revocation were checked."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.build import Channel
from core.errors import PackError
from core.reading.inference import Network
from core.reading.pack import PackShelf
from core.reading.signature import MANIFEST_DOMAIN, REVOCATIONS_DOMAIN, sign
from tests.packs import KEY_ID, build_shelf

Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def shelf(tmp_path: Path, key: Ed25519PrivateKey) -> PackShelf:
    return build_shelf(tmp_path / "models", key)


def code_of(shelf: PackShelf, pack: str = "brain") -> str:
    with pytest.raises(PackError) as caught:
        shelf.open(pack)
    assert caught.value.text.endswith(".")
    return caught.value.code


def rewrite(shelf: PackShelf, change: Change, key: Ed25519PrivateKey | None) -> None:
    """Change the brain pack's manifest; sign it anew when a key is given."""
    path = shelf.folder / "brain" / "pack.json"
    table = json.loads(path.read_bytes())
    change(table)
    content = json.dumps(table).encode()
    path.write_bytes(content)
    if key:
        signature = sign(content, MANIFEST_DOMAIN, KEY_ID, key)
        (shelf.folder / "brain" / "pack.sig").write_bytes(signature)


def revoke(shelf: PackShelf, revoked: list[dict[str, str]], key: Ed25519PrivateKey) -> None:
    content = json.dumps({"revoked": revoked}).encode()
    (shelf.folder / "revocations.json").write_bytes(content)
    signature = sign(content, REVOCATIONS_DOMAIN, KEY_ID, key)
    (shelf.folder / "revocations.sig").write_bytes(signature)


def test_opens_a_signed_pack(shelf: PackShelf) -> None:
    pack = shelf.open("brain")
    assert pack.manifest.labels == ("glioma", "meningioma", "pituitary")
    assert pack.identity.status == "released"


def test_refuses_a_pack_whose_model_was_altered(shelf: PackShelf) -> None:
    path = shelf.folder / "brain" / "model.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert code_of(shelf) == "pack_model_altered"


def test_refuses_a_pack_whose_manifest_was_altered(shelf: PackShelf) -> None:
    def relax(table: dict[str, Any]) -> None:
        table["abstention"]["confident_from"]["glioma"] = 0.1

    rewrite(shelf, relax, None)
    assert code_of(shelf) == "pack_manifest_altered"


def test_refuses_a_pack_without_a_signature(shelf: PackShelf) -> None:
    (shelf.folder / "brain" / "pack.sig").unlink()
    assert code_of(shelf) == "pack_unsigned"


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"not json", b'{"key_id": "synthetic"}', b"\xff", b"[" * 4096]
)
def test_refuses_a_signature_that_is_none(shelf: PackShelf, content: bytes) -> None:
    (shelf.folder / "brain" / "pack.sig").write_bytes(content)
    assert code_of(shelf) == "pack_unsigned"


def test_refuses_a_pack_signed_with_another_key_under_a_trusted_name(shelf: PackShelf) -> None:
    content = (shelf.folder / "brain" / "pack.json").read_bytes()
    forged = sign(content, MANIFEST_DOMAIN, KEY_ID, Ed25519PrivateKey.generate())
    (shelf.folder / "brain" / "pack.sig").write_bytes(forged)
    assert code_of(shelf) == "pack_manifest_altered"


def test_refuses_a_key_that_nobody_trusts(shelf: PackShelf) -> None:
    content = (shelf.folder / "brain" / "pack.json").read_bytes()
    stranger = sign(content, MANIFEST_DOMAIN, "stranger", Ed25519PrivateKey.generate())
    (shelf.folder / "brain" / "pack.sig").write_bytes(stranger)
    assert code_of(shelf) == "pack_key_unknown"


def test_a_signature_over_a_revocation_list_does_not_fit_a_manifest(
    shelf: PackShelf, key: Ed25519PrivateKey
) -> None:
    content = (shelf.folder / "brain" / "pack.json").read_bytes()
    other = sign(content, REVOCATIONS_DOMAIN, KEY_ID, key)
    (shelf.folder / "brain" / "pack.sig").write_bytes(other)
    assert code_of(shelf) == "pack_manifest_altered"


def test_a_release_refuses_the_development_key(shelf: PackShelf) -> None:
    assert code_of(PackShelf(shelf.folder, Channel.RELEASE)) == "pack_key_development"


@pytest.mark.parametrize("version", ["0.0.1", "*"])
def test_refuses_a_revoked_pack_and_says_why(
    shelf: PackShelf, key: Ed25519PrivateKey, version: str
) -> None:
    revoke(shelf, [{"id": "brain", "version": version, "reason": "It missed bleeding."}], key)
    with pytest.raises(PackError, match="It missed bleeding") as caught:
        shelf.open("brain")
    assert caught.value.code == "pack_revoked"
    assert shelf.open("limb")


def test_a_revocation_of_another_version_leaves_the_pack_alone(
    shelf: PackShelf, key: Ed25519PrivateKey
) -> None:
    revoke(shelf, [{"id": "brain", "version": "0.0.2", "reason": "Not this one."}], key)
    assert shelf.open("brain")


def test_trusts_no_pack_when_the_revocations_were_altered_or_removed(shelf: PackShelf) -> None:
    (shelf.folder / "revocations.json").write_text('{"revoked": [] }')
    assert code_of(shelf) == "revocations_altered"
    (shelf.folder / "revocations.json").unlink()
    assert code_of(shelf) == "revocations_altered"


@pytest.mark.parametrize(
    ("missing", "code"), [("pack.json", "pack_not_found"), ("model.onnx", "pack_incomplete")]
)
def test_says_when_a_pack_is_incomplete(shelf: PackShelf, missing: str, code: str) -> None:
    (shelf.folder / "brain" / missing).unlink()
    assert code_of(shelf) == code


@pytest.mark.parametrize("name", ["nobody", "../models/brain", "Brain", "", "."])
def test_finds_only_packs_on_its_own_shelf(shelf: PackShelf, name: str) -> None:
    assert code_of(shelf, name) == "pack_not_found"


def test_refuses_a_pack_in_another_packs_folder(shelf: PackShelf) -> None:
    (shelf.folder / "brain").rename(shelf.folder / "cranium")
    assert code_of(shelf, "cranium") == "pack_manifest_invalid"


def test_refuses_a_pack_for_a_newer_runtime(shelf: PackShelf, key: Ed25519PrivateKey) -> None:
    rewrite(shelf, lambda t: t["model"].update(minimum_onnxruntime="99.0.0"), key)
    assert code_of(shelf) == "pack_needs_newer_runtime"


INVALID: dict[str, Change] = {
    "a field is missing": lambda t: t.pop("calibration"),
    "a field is unknown": lambda t: t.update(surprise=1),
    "the status is unknown": lambda t: t.update(status="great"),
    "a threshold lacks": lambda t: t["abstention"]["confident_from"].pop("glioma"),
    "a set threshold lacks": lambda t: t["conformal"]["minimum_probability"].pop("glioma"),
    "the bias is short": lambda t: t["calibration"].update(bias=[0.0]),
    "a centre has no limit": lambda t: t["out_of_distribution"].update(centres=[[0.0], [1.0]]),
    "centres differ": lambda t: t["out_of_distribution"].update(centres=[[0.0], [0.0, 1.0]]),
    "a label occurs twice": lambda t: t["classes"].append(t["classes"][0]),
    "guidance is made up": lambda t: t["classes"][0].update(guidance="take two aspirin"),
    "the review date is none": lambda t: t.update(review_by="soon"),
    "the schema is newer": lambda t: t.update(schema_version=2),
    "a level is not a number": lambda t: t["abstention"]["confident_from"].update(glioma=math.nan),
    "a threshold is infinite": lambda t: t["out_of_distribution"].update(limits=[math.inf]),
}


@pytest.mark.parametrize("fault", INVALID)
def test_refuses_a_signed_manifest_in_which(
    shelf: PackShelf, key: Ed25519PrivateKey, fault: str
) -> None:
    rewrite(shelf, INVALID[fault], key)
    assert code_of(shelf) == "pack_manifest_invalid"


def test_refuses_a_manifest_that_says_a_thing_twice(
    shelf: PackShelf, key: Ed25519PrivateKey
) -> None:
    path = shelf.folder / "brain" / "pack.json"
    content = path.read_bytes().replace(b'"status"', b'"status": "released", "status"', 1)
    path.write_bytes(content)
    signature = sign(content, MANIFEST_DOMAIN, KEY_ID, key)
    (shelf.folder / "brain" / "pack.sig").write_bytes(signature)
    assert code_of(shelf) == "pack_manifest_invalid"


@pytest.mark.parametrize(
    "content", [b"[]", b"{}", b'{"revoked": [{"id": "brain"}]}', b"[" * 100_000, b"\xff"]
)
def test_trusts_no_pack_when_a_signed_revocation_list_makes_no_sense(
    shelf: PackShelf, key: Ed25519PrivateKey, content: bytes
) -> None:
    (shelf.folder / "revocations.json").write_bytes(content)
    signature = sign(content, REVOCATIONS_DOMAIN, KEY_ID, key)
    (shelf.folder / "revocations.sig").write_bytes(signature)
    assert code_of(shelf) == "revocations_altered"


def test_says_so_when_a_signed_model_does_not_start(
    shelf: PackShelf, key: Ed25519PrivateKey
) -> None:
    import hashlib

    garbage = b"not a model"
    (shelf.folder / "brain" / "model.onnx").write_bytes(garbage)
    digest = hashlib.sha256(garbage).hexdigest()
    rewrite(shelf, lambda t: t["model"].update(sha256=digest), key)
    with pytest.raises(PackError) as caught:
        Network(shelf.open("brain"))
    assert caught.value.code == "pack_model_unusable"


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"keys": [{"id": "x"}]}'])
def test_says_so_when_the_trusted_keys_are_missing_or_damaged(
    shelf: PackShelf, content: bytes | None
) -> None:
    path = shelf.folder / "trusted_keys.json"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(PackError) as caught:
        PackShelf(shelf.folder)
    assert caught.value.code == "trusted_keys_missing"


def test_passes_over_untrusted_packs_when_listing_readers(shelf: PackShelf) -> None:
    (shelf.folder / "brain" / "pack.sig").unlink()
    assert [m.id for m in shelf.readers()] == ["head", "limb", "lung"]


def test_every_pack_of_this_repository_can_be_trusted(repo: Path) -> None:
    shelf = PackShelf(repo / "models")
    assert {"brain_mri", "fracture_xray", "router"} <= set(shelf.names())
    for name in shelf.names():
        Network(shelf.open(name), threads=1)


def test_no_private_key_is_in_this_repository(repo: Path) -> None:
    for path in (repo / "models").rglob("*"):
        if path.is_file():
            assert b"PRIVATE KEY" not in path.read_bytes()
