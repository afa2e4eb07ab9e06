"""What carries a bundle to people: zips, an AppImage's folder, manifests and workflows."""

from __future__ import annotations

import hashlib
import os
import re
import runpy
import stat
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml")

import ui.portable  # noqa: E402


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    (folder / "lib").mkdir(parents=True)
    (folder / "outpost").write_bytes(b'#!/bin/sh\necho "$@"\n')
    (folder / "outpost").chmod(0o755)
    (folder / "lib" / "code.pyc").write_bytes(b"code")
    return folder


@pytest.fixture(scope="module")
def packing(repo: Path) -> dict[str, Any]:
    return runpy.run_path(str(repo / "packaging" / "desktop" / "pack.py"))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_same_bundle_makes_the_same_zip(
    packing: dict[str, Any], bundle: Path, tmp_path: Path
) -> None:
    packing["pack"](bundle, tmp_path / "one.zip")
    os.utime(bundle / "lib" / "code.pyc", (1, 1))
    packing["pack"](bundle, tmp_path / "two.zip")

    assert digest(tmp_path / "one.zip") == digest(tmp_path / "two.zip")


def test_a_zip_keeps_what_can_be_run(packing: dict[str, Any], bundle: Path, tmp_path: Path) -> None:
    packing["pack"](bundle, tmp_path / "made.zip")
    with zipfile.ZipFile(tmp_path / "made.zip") as made:
        modes = {entry.filename: entry.external_attr >> 16 for entry in made.infolist()}

    assert modes["outpost/outpost"] & stat.S_IXUSR
    assert not modes["outpost/lib/code.pyc"] & stat.S_IXUSR


def test_the_portable_zip_carries_the_marker_that_the_app_looks_for(
    packing: dict[str, Any], bundle: Path, tmp_path: Path
) -> None:
    packing["pack"](bundle, tmp_path / "made.zip", portable=True)
    with zipfile.ZipFile(tmp_path / "made.zip") as made:
        made.extractall(tmp_path / "stick")

    found = ui.portable.portable_folder({}, tmp_path / "stick" / "outpost" / "lib")

    assert found == tmp_path / "stick" / "outpost" / ui.portable.DATA


def test_an_appimage_starts_the_bundle(repo: Path, bundle: Path, tmp_path: Path) -> None:
    script = repo / "packaging" / "desktop" / "appdir.sh"
    subprocess.run(["bash", script, bundle, tmp_path / "Outpost.AppDir"], check=True)

    started = subprocess.run(
        [tmp_path / "Outpost.AppDir" / "AppRun", "hello"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert started.stdout == "hello\n"
    entry = (tmp_path / "Outpost.AppDir" / "org.outpost.outpost.desktop").read_text()
    assert "Not a certified medical device" in entry


def workflows(repo: Path) -> list[Path]:
    return sorted((repo / ".github" / "workflows").glob("*.yml"))


def steps(workflow: Path) -> Iterator[dict[str, Any]]:
    for job in yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"].values():
        yield from job["steps"]


def test_every_file_that_a_workflow_names_is_there(repo: Path) -> None:
    missing = [
        f"{workflow.name}: {word}"
        for workflow in workflows(repo)
        for step in steps(workflow)
        for word in step.get("run", "").replace('"', " ").split()
        if word.startswith("packaging/") and not (repo / word).exists()
    ]

    assert missing == []


def test_every_script_in_a_workflow_is_a_script(repo: Path) -> None:
    for workflow in workflows(repo):
        for step in steps(workflow):
            if "run" in step:
                done = subprocess.run(
                    ["bash", "-n"], input=step["run"], capture_output=True, text=True, check=False
                )
                assert done.returncode == 0, f"{workflow.name}: {step}: {done.stderr}"


def test_secrets_are_never_written_into_a_script(repo: Path) -> None:
    for workflow in workflows(repo):
        for step in steps(workflow):
            assert "secrets." not in step.get("run", ""), "pass it by env: a log shows scripts"


def test_a_workflow_may_write_only_where_it_attaches(repo: Path) -> None:
    for workflow in workflows(repo):
        read = yaml.safe_load(workflow.read_text(encoding="utf-8"))
        assert read["permissions"] == {"contents": "read"}
        writing = {name for name, job in read["jobs"].items() if "permissions" in job}
        assert writing <= {"attach", "publish"}


def test_the_flatpak_sees_no_file_that_nobody_picked(repo: Path) -> None:
    manifest = repo / "packaging" / "flatpak" / "org.outpost.outpost.yml"
    granted = yaml.safe_load(manifest.read_text(encoding="utf-8"))["finish-args"]

    assert not [one for one in granted if one.startswith("--filesystem")]


def test_make_takes_no_target_for_a_file(repo: Path) -> None:
    text = (repo / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][\w-]*):", text, re.MULTILINE))
    phony = set(" ".join(re.findall(r"^\.PHONY:(.*)$", text, re.MULTILINE)).split())

    assert targets == phony
