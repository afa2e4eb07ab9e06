"""Readers with synthetic packs, and phantoms as the files a person would choose."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from PIL import Image

from core.reading.reader import Reader
from tests.packs import DARK, Kind, Place, build_shelf, phantom


def png(kind: Kind, blobs: Mapping[Place, int] | None = None, background: int = DARK) -> bytes:
    """A phantom as PNG bytes."""
    stream = io.BytesIO()
    Image.fromarray(phantom(kind, blobs, background)).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of synthetic packs."""
    return build_shelf(tmp_path_factory.mktemp("packs") / "models").folder


@pytest.fixture(scope="session")
def reader(models: Path) -> Reader:
    from core.reading.pack import PackShelf

    return Reader(PackShelf(models), threads=1)


@pytest.fixture(scope="session")
def film() -> Callable[..., bytes]:
    """``film(Kind, {Place: brightness})``: a picture file."""
    return png
