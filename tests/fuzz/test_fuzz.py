"""Spoilt files raise our errors and nothing else, in time and in little memory.

The short form; ``make fuzz`` opens 100,000.
"""

from __future__ import annotations

import sys

import pytest

from tests.fuzz.campaign import campaign
from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import seeds

if sys.platform == "win32":
    pytest.skip("limits on a process's memory are not to be had here", allow_module_level=True)


def test_spoilt_files_raise_only_our_errors() -> None:
    found = campaign(300, seed=7)

    assert found.faults == []
    assert found.done == 300
    assert len(found.outcomes) >= 5
    assert found.outcomes["ok"] < 200


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("raises_anything", "raised KeyError"),
        ("never_ends", "no answer"),
        ("eats_memory", "MB"),
        ("dies", "the process died"),
    ],
)
def test_a_campaign_finds_a_planted_fault_and_goes_on(target: str, said: str) -> None:
    found = campaign(2, target=target, silence=4 if target == "never_ends" else 60)

    assert len(found.faults) == 2
    assert all(said in fault for fault in found.faults)
    assert [fault.split(":")[0] for fault in found.faults] == ["case 0", "case 1"]


def test_the_same_case_is_the_same_bytes_and_the_next_another() -> None:
    files = seeds(None)

    assert mutated(files, 1, 5) == mutated(files, 1, 5)
    assert len({mutated(files, 1, number) for number in range(100)}) > 95
