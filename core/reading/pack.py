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
from core.reading.installed import (
    as_numbers,
    read_installed,
    revocations_folder,
    version_folder,
)
from core.reading.manifest import Manifest, PackKind, PackStatus, parse_manifest
from core.reading.result import PackIdentity
from core.reading.revocations import (
    REVOCATIONS_FILE,
    REVOCATIONS_SIGNATURE,
    Revocations,
    parse_revocations,
)
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
MANIFEST_LIMIT = 4 * 1024 * 1024
MODEL_LIMIT = 64 * 1024 * 1024


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


def _read(
    folder: Path, name: str, limit: int, missing: PackFailure, pack: str | None = None
) -> bytes:
    path = folder / name
    try:
        if path.stat().st_size > limit:
            raise PackError(PackFailure.PACK_INCOMPLETE, pack=pack or folder.name, file=name)
        return path.read_bytes()
    except OSError as error:
        raise PackError(missing, pack=pack or folder.name, file=name) from error


def bundled_version(folder: Path) -> str | None:
    """The version that a folder's manifest states, unchecked; None where it states none."""
    try:
        stated = json.loads((folder / MANIFEST_FILE).read_bytes())["version"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return stated if isinstance(stated, str) else None


class PackShelf:
    """The packs of this device. Nothing on it is used before its signature was checked.

    ``folder`` holds one folder per pack, ``trusted_keys.json``, and ``revocations.json`` with
    ``revocations.sig``: it comes with the app and is only read. ``installed`` is the folder of
    packs that came later (core/reading/installed.py), which need not exist. ``channel`` RELEASE
    refuses development keys. Raises ``PackError`` without a readable list of trusted keys.
    """

    def __init__(
        self, folder: Path = MODELS, channel: Channel = CHANNEL, installed: Path | None = None
    ) -> None:
        self.folder, self.channel, self.installed = folder, channel, installed
        try:
            self.keys: Mapping[str, TrustedKey] = read_trusted_keys(folder / "trusted_keys.json")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PackError(PackFailure.TRUSTED_KEYS_MISSING) from error

    def names(self) -> list[str]:
        """The packs on board, sorted: checked or not. Raises ``PackError`` when the list of
        installed ones is damaged."""
        bundled = {path.parent.name for path in self.folder.glob(f"*/{MANIFEST_FILE}")}
        later = read_installed(self.installed).versions
        return sorted(bundled | {name for name, found in later.items() if found.active})

    def folder_of(self, name: str) -> Path:
        """The folder that counts for a pack: what was installed, unless the app has since come
        with a newer one of its own. Raises ``PackError``."""
        bundled, installed = self.folder / name, read_installed(self.installed)
        found = installed.versions.get(name)
        if self.installed is None or found is None or found.active is None:
            return bundled
        own = bundled_version(bundled)
        newer = own is not None and as_numbers(own) > as_numbers(found.active)
        if own is not None and newer and not installed.is_set_aside(name, own):
            return bundled
        return version_folder(self.installed, name, found.active)

    def open(self, name: str) -> Pack:
        """The pack called ``name``, verified. Raises ``PackError`` with the reason."""
        if not re.fullmatch(r"[a-z][a-z0-9_]{1,40}", name):
            raise PackError(PackFailure.PACK_NOT_FOUND, pack=name)
        return self.open_in(self.folder_of(name), name)

    def open_in(self, folder: Path, name: str) -> Pack:
        """The pack ``name`` in any folder, checked as those on board are: signature, revocation,
        form, ONNX Runtime, the model's digest. Raises ``PackError``."""
        if not folder.is_dir():
            raise PackError(PackFailure.PACK_NOT_FOUND, pack=name)
        manifest = self.manifest_in(folder, name)
        self.check_runtime(manifest)
        model = _read(folder, MODEL_FILE, MODEL_LIMIT, PackFailure.PACK_INCOMPLETE, name)
        if hashlib.sha256(model).hexdigest() != manifest.model_sha256:
            raise PackError(PackFailure.PACK_MODEL_ALTERED, pack=name)
        return Pack(manifest, model, folder)

    def manifest(self, name: str) -> Manifest:
        """The manifest of ``name``, its signature and revocation checked, its model not yet."""
        return self.manifest_in(self.folder_of(name), name)

    def manifest_in(self, folder: Path, name: str) -> Manifest:
        """The manifest of ``name`` in any folder, checked likewise. Raises ``PackError``."""
        content = _read(folder, MANIFEST_FILE, MANIFEST_LIMIT, PackFailure.PACK_NOT_FOUND, name)
        signature_bytes = _read(folder, SIGNATURE_FILE, 4096, PackFailure.PACK_UNSIGNED, name)
        self.check_signature(content, signature_bytes, MANIFEST_DOMAIN, name)
        manifest = parse_manifest(content, name)
        if manifest.id != name:
            problem = "its folder has another name"
            raise PackError(PackFailure.PACK_MANIFEST_INVALID, pack=name, problem=problem)
        self._check_revocation(manifest)
        return manifest

    def check_signature(self, content: bytes, signed: bytes, domain: bytes, pack: str) -> None:
        """Raises ``PackError`` unless a key that this build trusts signed these bytes."""
        try:
            signature = parse_signature(signed)
        except (ValueError, RecursionError) as error:
            raise PackError(PackFailure.PACK_UNSIGNED, pack=pack) from error
        failure = self._key_failure(signature.key_id)
        if failure:
            raise PackError(failure, pack=pack)
        if not is_signed(content, domain, signature, self.keys):
            raise PackError(PackFailure.PACK_MANIFEST_ALTERED, pack=pack)

    def _key_failure(self, key_id: str) -> PackFailure | None:
        """Why this build does not trust a key, or None when it does."""
        trusted = self.keys.get(key_id)
        if trusted is None:
            return PackFailure.PACK_KEY_UNKNOWN
        if trusted.channel is Channel.DEVELOPMENT and self.channel is Channel.RELEASE:
            return PackFailure.PACK_KEY_DEVELOPMENT
        return None

    def revocations(self) -> Revocations:
        """The list that counts: the newest known. Fails closed: a missing, altered or malformed
        list, or one older than was known before, makes every pack unusable. Raises
        ``PackError``."""
        own = self._revocations_in(self.folder)
        known = read_installed(self.installed).revocations
        if self.installed is None or known <= own.serial:
            return own
        later = self._revocations_in(revocations_folder(self.installed, known))
        if later.serial != known:
            raise PackError(PackFailure.REVOCATIONS_ALTERED)
        return later

    def _revocations_in(self, folder: Path) -> Revocations:
        altered = PackFailure.REVOCATIONS_ALTERED
        content = _read(folder, REVOCATIONS_FILE, MANIFEST_LIMIT, altered)
        return self.verified_revocations(
            content, _read(folder, REVOCATIONS_SIGNATURE, 4096, altered)
        )

    def verified_revocations(self, content: bytes, signed: bytes) -> Revocations:
        """The list in ``content``, once its signature was checked. Raises ``PackError``."""
        altered = PackFailure.REVOCATIONS_ALTERED
        try:
            signature = parse_signature(signed)
            trusted = not self._key_failure(signature.key_id)
            if not trusted or not is_signed(content, REVOCATIONS_DOMAIN, signature, self.keys):
                raise PackError(altered)
            return parse_revocations(content)
        except (ValueError, RecursionError) as error:
            raise PackError(altered) from error

    def _check_revocation(self, manifest: Manifest) -> None:
        found = self.revocations().of(manifest)
        if found:
            raise PackError(
                PackFailure.PACK_REVOKED,
                pack=manifest.id,
                version=manifest.version,
                reason=found.reason,
            )

    def check_runtime(self, manifest: Manifest) -> None:
        """Raises ``PackError`` when the pack needs a newer ONNX Runtime than there is."""
        import onnxruntime

        found = onnxruntime.__version__
        if as_numbers(found) < as_numbers(manifest.minimum_onnxruntime):
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
