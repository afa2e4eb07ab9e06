"""Medplum's router on loopback in Node, by its own process id."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.reporting.fetch_schema import HERE, MODULES


@contextmanager
def medplum() -> Iterator[str]:
    """Its address. It lets anyone in. Skips where it was not fetched."""
    node = shutil.which("node")
    if node is None or not (MODULES / "@medplum" / "fhir-router").is_dir():
        pytest.skip("Medplum is not here: python3 tests/reporting/fetch_schema.py (needs npm)")
    process = subprocess.Popen(
        [node, str(HERE / "medplum_server.mjs")], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        port = process.stdout.readline().strip()
        assert port.isdecimal(), "Medplum ended at its start"
        yield f"http://localhost:{port}/fhir"
    finally:
        process.terminate()
        process.wait(timeout=20)
