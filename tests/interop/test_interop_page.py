"""The page about files and systems shows what happens today."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest


def test_the_page_is_what_its_script_writes(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("gdcm", reason="the desktop decoders are not installed: python-gdcm")
    pytest.importorskip("PIL._avif", reason="this Pillow has no AVIF")
    spec = importlib.util.spec_from_file_location("interop_page", repo / "docs" / "interop.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, script)  # dataclasses look themselves up
    spec.loader.exec_module(script)

    written = script.PAGE.read_text(encoding="utf-8")
    assert written == script.page(), "run python docs/interop.py"
