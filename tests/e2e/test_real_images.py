"""The app with the packs it ships, on real images that are beside the repository."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.reading.guidance import standing_sentence
from tests.e2e.conftest import (
    PHONE,
    all_text,
    choose,
    enter,
    make_vault,
    sees,
    served,
    tap,
    verdict,
)


@pytest.fixture(scope="module")
def shipped(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app that reads with the repository's own packs."""
    for pack in ("router", "brain_mri"):
        if not (repo / "models" / pack / "pack.json").is_file():
            pytest.skip(f"models/{pack} is not here")
    folder = tmp_path_factory.mktemp("shipped")
    make_vault(folder / "vault")
    with served(repo, repo / "models", folder / "log.txt", folder / "vault") as at:
        yield at


@pytest.fixture
def page(browser: Any, shipped: str) -> Iterator[Any]:
    opened = enter(browser, shipped, PHONE, "light")
    yield opened
    opened.context.close()


def test_a_brain_scan_is_asked_about_and_read(page: Any, shared_data: Path) -> None:
    images = sorted((shared_data / "brain_mri" / "images").glob("*.jpg"))

    choose(page, images[0])
    sees(page, "Has a tumour already been seen?")
    tap(page, "Yes, a tumour was seen")
    sees(page, "Was contrast given?")
    tap(page, "Yes, with contrast")

    assert re.search("Confident|Uncertain|Refused", verdict(page))
    assert standing_sentence() in all_text(page)


def test_a_photograph_is_refused(page: Any, shared_data: Path) -> None:
    images = sorted((shared_data / "not_supported" / "images").glob("*.jpg"))

    choose(page, images[0])

    assert "Refused" in verdict(page)
    assert "%" not in all_text(page)


def test_a_dicom_file_shows_a_verdict_or_says_why_not(page: Any, shared_data: Path) -> None:
    files = sorted(path for path in (shared_data / "dicom" / "files").iterdir() if path.is_file())

    choose(page, files[0])
    page.wait_for_function(
        """() => document.querySelector('[flt-semantics-identifier=verdict]')
              || document.querySelector('[flt-semantics-identifier=failure]')
              || [...document.querySelectorAll('h1')].some(h => h.innerText.endsWith('?'))"""
    )

    assert "Traceback" not in all_text(page)
