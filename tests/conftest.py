"""What every room's tests may ask for. Nothing here is heavy."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

import bootstrap

# A busy machine is no fault of the code; and CI draws the same examples every time, so that a
# change is judged by itself. Everywhere else, hypothesis goes on looking for new ones.
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")

#: The rooms whose tests also run against the newest release of every dependency: they are
#: where NumPy, Pillow, pydicom, ONNX Runtime, cryptography and sqlite-utils are used.
NEWEST_TOO = ("imaging", "reading", "storage")
#: Minutes spent in programs of others, which are the same beside any release.
NOT_AGAIN = ("test_deidentification.py",)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    tests = Path(__file__).parent
    for item in items:
        room = item.path.relative_to(tests).parts[0]
        if room in NEWEST_TOO and item.path.name not in NOT_AGAIN:
            item.add_marker("newest")
    # Playwright keeps an event loop running in this thread until its session ends, and other
    # tests want one of their own.
    items.sort(key=lambda item: item.path.relative_to(tests).parts[0] == "e2e")


@pytest.fixture(scope="session")
def repo() -> Path:
    """The folder that main.py stands in."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data(repo: Path) -> Path:
    """Real images to develop with, beside the repository: never part of it."""
    data = repo.parent / "shared" / "data"
    if not data.is_dir():
        pytest.skip("../shared/data is not here")
    return data


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser to drive. Without one, CI fails and everyone else skips, told what to do."""
    found, lacking = bootstrap.browser(), bootstrap.missing_libraries()
    if found is None or lacking:
        advice = bootstrap.browser_advice() if found is None else f"{bootstrap.APT} {lacking[0]}"
        sentence = f"no browser to drive: {advice}"
        pytest.fail(sentence) if os.environ.get("CI") == "true" else pytest.skip(sentence)
    return found
