"""A release is one only when nothing is missing, and then trusts no development key."""

from __future__ import annotations

import json
import runpy
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

TODAY = date(2026, 12, 1)


@pytest.fixture(scope="module")
def release(repo: Path) -> dict[str, Any]:
    return runpy.run_path(str(repo / "packaging" / "release.py"))


@pytest.fixture
def checkout(repo: Path, tmp_path: Path) -> Path:
    """As much of a checkout as a release looks at, all in order for 0.1.0."""
    for name in ("pyproject.toml", "CITATION.cff"):
        shutil.copy(repo / name, tmp_path / name)
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## [0.1.0] 2026-12-01\n")
    (tmp_path / "core").mkdir()
    shutil.copy(repo / "core" / "build.py", tmp_path / "core" / "build.py")
    pack = tmp_path / "models" / "brain_mri"
    pack.mkdir(parents=True)
    keys = [{"id": "outpost-release", "channel": "release", "public_key": ""}]
    (pack.parent / "trusted_keys.json").write_text(json.dumps({"keys": keys}))
    (pack / "pack.sig").write_text(json.dumps({"key_id": "outpost-release", "signature": ""}))
    (pack / "pack.json").write_text(json.dumps({"review_by": "2027-11-23"}))
    return tmp_path


def test_a_checkout_in_order_has_no_faults(release: dict[str, Any], checkout: Path) -> None:
    assert release["faults"](checkout, "0.1.0", TODAY) == []


def test_this_checkout_is_no_release_since_its_packs_have_the_development_key(
    release: dict[str, Any], repo: Path
) -> None:
    found = release["faults"](repo, "0.1.0", TODAY)

    assert any("trusts no release key" in fault for fault in found)
    assert any("is signed by outpost-development" in fault for fault in found)


@pytest.mark.parametrize("version", ["0.2.0", "1.0", "0.1.0rc1"])
def test_every_place_must_say_the_version(
    release: dict[str, Any], checkout: Path, version: str
) -> None:
    found = release["faults"](checkout, version, TODAY)

    for place in ("pyproject.toml", "core/build.py", "CITATION.cff", "CHANGELOG.md"):
        assert any(fault.startswith(place) for fault in found)


def test_a_pack_past_its_review_is_not_released(release: dict[str, Any], checkout: Path) -> None:
    assert release["faults"](checkout, "0.1.0", date(2027, 11, 23)) == [
        "brain_mri was to be reviewed by 2027-11-23"
    ]


def test_a_release_says_so_in_the_code(
    release: dict[str, Any], checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert release["main"](["mark", "0.1.0"], checkout) == 0
    said = "import core.build as b; print(b.CHANNEL.value, b.VERSION)"
    done = subprocess.run(
        [sys.executable, "-c", said], cwd=checkout, capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["release", "0.1.0"]


def test_a_checkout_with_faults_is_not_marked(
    release: dict[str, Any], checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (checkout / "core" / "build.py").read_bytes()

    assert release["main"](["mark", "0.2.0"], checkout) == 1
    assert (checkout / "core" / "build.py").read_bytes() == before
    assert "This cannot be released" in capsys.readouterr().err


@pytest.mark.parametrize("workflow", ["android.yml", "desktop.yml"])
def test_a_workflow_marks_a_release_before_it_builds_one(repo: Path, workflow: str) -> None:
    text = (repo / ".github" / "workflows" / workflow).read_text(encoding="utf-8")
    commands = [line.strip() for line in text.splitlines()]
    builds = [
        at for at, line in enumerate(commands) if "flet build" in line and "name:" not in line
    ]
    marks = [at for at, line in enumerate(commands) if "packaging/release.py mark" in line]

    assert builds
    assert len(marks) == 1
    assert marks[0] < min(builds)
