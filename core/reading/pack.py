"""Packs on this device: found, checked against signature and revocations, and opened."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.build import CHANNEL, Channel
from core.errors import PackError
from core.reading.manifest import Manifest, PackKind, PackStatus, parse_manifest
from core.reading.result import PackIdentity
from core.reading.sentences import PackFailure
from core.reading.signature import (
    MANIFEST_DOMAIN,
    REVOCATIONS_DOMAIN,
    TrustedKey,
    is_signed,
    parse_signature,
    read_trusted_keys,
)

MODELS = Path(__file__).resolve().parents[2] / "models"
MANIFEST_FILE, MODEL_FILE, SIGNATURE_FILE = "pack.json", "model.onnx", "pack.sig"
_MANIFEST_LIMIT = 4 * 1024 * 1024
_MODEL_LIMIT = 64 * 1024 * 1024


@dataclass(frozen=True)
class Pack:
    """A checked pack: its manifest, and its model's bytes as they were signed."""

    manifest: Manifest
    model: bytes
    folder: Path

    @property
    def identity(self) -> PackIdentity:
        m = self.manifest
        return PackIdentity(m.id, m.version, m.status.value, m.title)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def _read(folder: Path, name: str, limit: int, missing: PackFailure) -> bytes:
    path = folder / name
    try:
        if path.stat().st_size > limit:
            raise PackError(PackFailure.PACK_INCOMPLETE, pack=folder.name, file=name)
        return path.read_bytes()
    except OSError as error:
        raise PackError(missing, pack=folder.name, file=name) from error


class PackShelf:
    """The packs in one folder. Nothing on it is used before its signature was checked.

    ``folder`` holds one folder per pack, ``trusted_keys.json``, and ``revocations.json`` with
    ``revocations.sig``. ``channel`` RELEASE refuses development keys. Raises ``PackError``
    without a readable list of trusted keys.
    """

    def __init__(self, folder: Path = MODELS, channel: Channel = CHANNEL) -> None:
        self.folder, self.channel = folder, channel
        try:
            self.keys: Mapping[str, TrustedKey] = read_trusted_keys(folder / "trusted_keys.json")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PackError(PackFailure.TRUSTED_KEYS_MISSING) from error

    def names(self) -> list[str]:
        """The packs' folders, sorted: checked or not."""
        return sorted(path.parent.name for path in self.folder.glob(f"*/{MANIFEST_FILE}"))

    def open(self, name: str) -> Pack:
        """The pack in the folder ``name``, verified. Raises ``PackError`` with the reason."""
        folder = self.folder / name
        if not re.fullmatch(r"[a-z][a-z0-9_]{1,40}", name) or not folder.is_dir():
            raise PackError(PackFailure.PACK_NOT_FOUND, pack=name)
        manifest = self.manifest(name)
        self._check_runtime(manifest)
        model = _read(folder, MODEL_FILE, _MODEL_LIMIT, PackFailure.PACK_INCOMPLETE)
        if hashlib.sha256(model).hexdigest() != manifest.model_sha256:
            raise PackError(PackFailure.PACK_MODEL_ALTERED, pack=name)
        return Pack(manifest, model, folder)

    def manifest(self, name: str) -> Manifest:
        """The manifest of ``name``, its signature and revocation checked, its model not yet."""
        folder = self.folder / name
        content = _read(folder, MANIFEST_FILE, _MANIFEST_LIMIT, PackFailure.PACK_NOT_FOUND)
        signature_bytes = _read(folder, SIGNATURE_FILE, 4096, PackFailure.PACK_UNSIGNED)
        try:
            signature = parse_signature(signature_bytes)
        except (ValueError, RecursionError) as error:
            raise PackError(PackFailure.PACK_UNSIGNED, pack=name) from error
        failure = self._key_failure(signature.key_id)
        if failure:
            raise PackError(failure, pack=name)
        if not is_signed(content, MANIFEST_DOMAIN, signature, self.keys):
            raise PackError(PackFailure.PACK_MANIFEST_ALTERED, pack=name)
        manifest = parse_manifest(content, name)
        if manifest.id != name:
            problem = "its folder has another name"
            raise PackError(PackFailure.PACK_MANIFEST_INVALID, pack=name, problem=problem)
        self._check_revocation(manifest)
        return manifest

    def _key_failure(self, key_id: str) -> PackFailure | None:
        """Why this build does not trust a key, or None when it does."""
        trusted = self.keys.get(key_id)
        if trusted is None:
            return PackFailure.PACK_KEY_UNKNOWN
        if trusted.channel is Channel.DEVELOPMENT and self.channel is Channel.RELEASE:
            return PackFailure.PACK_KEY_DEVELOPMENT
        return None

    def _revocations(self) -> list[tuple[str, str, str]]:
        """Id, version and reason of every withdrawn pack. Fails closed: a missing, altered or
        malformed list makes every pack unusable. Raises ``PackError``."""
        altered = PackFailure.REVOCATIONS_ALTERED
        content = _read(self.folder, "revocations.json", _MANIFEST_LIMIT, altered)
        try:
            signature = parse_signature(_read(self.folder, "revocations.sig", 4096, altered))
            trusted = not self._key_failure(signature.key_id)
            if not trusted or not is_signed(content, REVOCATIONS_DOMAIN, signature, self.keys):
                raise PackError(altered)
            items = json.loads(content)["revoked"]
            return [(item["id"], item["version"], item["reason"]) for item in items]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise PackError(altered) from error

    def _check_revocation(self, manifest: Manifest) -> None:
        for pack, version, reason in self._revocations():
            if pack == manifest.id and version in ("*", manifest.version):
                raise PackError(
                    PackFailure.PACK_REVOKED,
                    pack=manifest.id,
                    version=manifest.version,
                    reason=reason,
                )

    def _check_runtime(self, manifest: Manifest) -> None:
        import onnxruntime

        found = onnxruntime.__version__
        if _version(found) < _version(manifest.minimum_onnxruntime):
            raise PackError(
                PackFailure.PACK_NEEDS_NEWER_RUNTIME,
                pack=manifest.id,
                needed=manifest.minimum_onnxruntime,
                found=found,
            )

    def readers(self) -> list[Manifest]:
        """The manifests of every trustworthy reader pack, by id; others are passed over here
        (``open`` and ``manifest`` say why)."""
        found = []
        for name in self.names():
            try:
                manifest = self.manifest(name)
            except PackError:
                continue
            if manifest.kind is PackKind.READER:
                found.append(manifest)
        return found


def is_experimental(manifest: Manifest) -> bool:
    return manifest.status is PackStatus.EXPERIMENTAL
