"""A publisher with a folder of packs on the net, and a device that has older ones."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.pack_source.source import PackSource
from core.reading.pack import PackShelf
from core.reading.signature import MANIFEST_DOMAIN, REVOCATIONS_DOMAIN, sign
from tests.pack_source.folder_on_the_net import Folder, served
from tests.packs import KEY_ID, build_shelf
from training.publishing import publish


@dataclass
class Publisher:
    """Signs and publishes: ``models`` is what they have, ``out`` what is on the net."""

    models: Path
    out: Path
    key: Ed25519PrivateKey

    def change(self, pack: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Another manifest for a pack, signed."""
        path = self.models / pack / "pack.json"
        table = json.loads(path.read_bytes())
        change(table)
        content = json.dumps(table, indent=1).encode()
        path.write_bytes(content)
        signed = sign(content, MANIFEST_DOMAIN, KEY_ID, self.key)
        path.with_name("pack.sig").write_bytes(signed)

    def release(self, pack: str, version: str) -> None:
        """A new version of a pack, published."""
        self.change(pack, lambda table: table.update(version=version))
        self.publish()

    def with_model(self, pack: str, version: str, model: bytes) -> None:
        (self.models / pack / "model.onnx").write_bytes(model)
        digest = hashlib.sha256(model).hexdigest()
        self.change(pack, lambda table: table["model"].update(sha256=digest))
        self.release(pack, version)

    def revoke(self, serial: int, *revoked: tuple[str, str]) -> None:
        """A list of withdrawn packs, signed; ``publish`` puts it on the net."""
        items = [{"id": p, "version": v, "reason": "It missed breaks."} for p, v in revoked]
        content = json.dumps({"serial": serial, "revoked": items}).encode()
        (self.models / "revocations.json").write_bytes(content)
        signed = sign(content, REVOCATIONS_DOMAIN, KEY_ID, self.key)
        (self.models / "revocations.sig").write_bytes(signed)

    def publish(self) -> None:
        publish(self.models, self.out, self.key)


@pytest.fixture(scope="session")
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture(scope="session")
def first_release(tmp_path_factory: pytest.TempPathFactory, key: Ed25519PrivateKey) -> Path:
    """``models`` and ``net`` of a publisher who has published version 0.0.1: made once."""
    folder = tmp_path_factory.mktemp("publisher")
    build_shelf(folder / "models", key)
    shutil.rmtree(folder / "models" / "head")  # It is slow on purpose.
    publish(folder / "models", folder / "net", key)
    return folder


@pytest.fixture
def shelf(tmp_path: Path, key: Ed25519PrivateKey) -> PackShelf:
    """The device: packs 0.0.1 in the app's folder, and none installed."""
    bundled = build_shelf(tmp_path / "app", key)
    return PackShelf(bundled.folder, installed=tmp_path / "data" / "packs")


@pytest.fixture
def publisher(tmp_path: Path, key: Ed25519PrivateKey, first_release: Path) -> Publisher:
    shutil.copytree(first_release, tmp_path / "publisher")
    return Publisher(tmp_path / "publisher/models", tmp_path / "publisher/net", key)


@pytest.fixture
def folder(publisher: Publisher) -> Iterator[Folder]:
    with served(publisher.out) as made:
        yield made


@pytest.fixture
def source(folder: Folder) -> Iterator[PackSource]:
    with PackSource(folder.address, pause=lambda _: None) as made:
        yield made
