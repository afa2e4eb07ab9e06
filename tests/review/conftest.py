"""A clinic's server, once for all of these tests: every test has cases of its own."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator

import pytest

from core.sync.server import FhirServer
from core.sync.writing import Plan, planned
from tests.interop.sekmet import sekmet


@pytest.fixture(scope="session")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server's address. Without sekmet-fhir, CI fails and everyone else skips."""
    if importlib.util.find_spec("sekmet") is None:
        sentence = "sekmet-fhir is not installed (dependency group dev)"
        pytest.fail(sentence) if os.environ.get("CI") == "true" else pytest.skip(sentence)
    with sekmet(tmp_path_factory.mktemp("sekmet")) as address:
        yield address


@pytest.fixture
def server(clinic: str) -> Iterator[FhirServer]:
    with FhirServer(clinic) as made:
        yield made


@pytest.fixture
def plan(server: FhirServer) -> Plan:
    return planned(server.capabilities)
