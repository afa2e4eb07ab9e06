"""The short form of ``make soak``: a few hundred cases through each kind of bad network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storage.cases import enter
from tests.sync.fault_proxy import Weather, faulty
from tests.sync.killing import MIXES, Phone, compare, endure, growing_lives, phone
from tests.sync.small_server import Wishes, serving
from tests.sync.vaults import copied, enrolled, filled

CASES = 80


@pytest.fixture(scope="module")
def one_phone() -> Iterator[Phone]:
    with phone() as made:
        yield made


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault with cases that wait, to be copied."""
    folder = tmp_path_factory.mktemp("faults") / "vault"
    filled(folder, CASES).lock()
    return folder


@pytest.mark.parametrize("mix", MIXES)
def test_every_case_is_on_the_server_exactly_once(
    waiting: Path, one_phone: Phone, tmp_path: Path, mix: str
) -> None:
    folder = copied(waiting, tmp_path / "vault")
    with (
        serving(Wishes()) as server,
        faulty(server.address, Weather()) as proxy,
    ):
        vault = enter(folder)
        enrolled(vault, proxy.address)
        vault.lock()
        weather = Weather(MIXES[mix], share=0.3, seed=7)
        result = endure(one_phone, folder, proxy, weather, lives=growing_lives(0.1, weather.seed))
        compare(folder, server.all("DiagnosticReport"), result)

    assert result.faults == []
    assert result.cases == CASES
    assert result.kills > 0
    assert len(result.happened) > 3
