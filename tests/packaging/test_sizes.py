"""The bundle stays small: what it weighs is counted from what the phone would install."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def sizes(repo: Path) -> dict[str, Any]:
    return runpy.run_path(str(repo / "packaging" / "sizes.py"))


def test_the_packs_are_no_larger_than_a_clinics_line_can_carry(
    repo: Path, sizes: dict[str, Any]
) -> None:
    packs = sizes["packs"](repo)

    assert {"router", "burned_in_text"} < set(packs)
    assert sizes["together"](packs.values()).packed <= sizes["PACKS_AT_MOST"], packs


def test_our_code_and_what_is_pure_python_stay_small(repo: Path, sizes: dict[str, Any]) -> None:
    parts = {"ours": sizes["ours"](repo), **sizes["packages"](repo, pure=True)}

    assert parts["pydicom"].files > 1_000_000, "not counted"
    assert sizes["together"](parts.values()).files <= sizes["PURE_AT_MOST"], parts


def test_what_the_packager_deletes_is_there_to_be_deleted(
    repo: Path, sizes: dict[str, Any]
) -> None:
    """A folder that moved in a newer release would come back unnoticed."""
    found = sizes["closure"](sizes["runtime"](repo)).values()
    laid = {parent.as_posix() for one in found for path in one.files for parent in path.parents}

    assert set(sizes["left_out"](repo)) <= laid
