"""The source archive and the bill of materials say the same whenever they are made."""

from __future__ import annotations

import json
import os
import runpy
import shutil
import subprocess
import tarfile
import time
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small repository of its own."""
    if not shutil.which("git"):
        pytest.skip("there is no git here")
    place = tmp_path / "checkout"
    (place / "core").mkdir(parents=True)
    (place / "pyproject.toml").write_text('[project]\nname = "outpost"\nversion = "1.2.3"\n')
    (place / "core" / "reader.py").write_text("# reads\n")
    (place / "run.sh").write_text("#!/bin/sh\n")
    (place / "run.sh").chmod(0o755)
    who = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "A"}
    environment = {**os.environ, **who, "GIT_COMMITTER_EMAIL": "a@b"}
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "All"]):
        subprocess.run(["git", *command], cwd=place, env=environment, check=True)
    return place


def test_two_archives_of_one_commit_are_identical(
    repo: Path, checkout: Path, tmp_path: Path
) -> None:
    script = runpy.run_path(str(repo / "packaging" / "archive.py"))
    first = script["write_archive"](checkout, tmp_path / "one")
    elsewhere = tmp_path / "another place"
    subprocess.run(["git", "clone", "-q", checkout, elsewhere], check=True)
    time.sleep(1.1)  # gzip and tar count in seconds
    second = script["write_archive"](elsewhere, tmp_path / "two")

    assert first.read_bytes() == second.read_bytes()


def test_an_archive_holds_the_commit_and_nothing_of_who_made_it(
    repo: Path, checkout: Path, tmp_path: Path
) -> None:
    (checkout / "core" / "reader.py").write_text("# changed since\n")
    (checkout / "secret.pem").write_text("not committed\n")
    script = runpy.run_path(str(repo / "packaging" / "archive.py"))

    with tarfile.open(script["write_archive"](checkout, tmp_path)) as made:
        inside = {entry.name: entry for entry in made.getmembers()}
        code = made.extractfile("outpost-1.2.3/core/reader.py")
        assert code is not None
        assert code.read() == b"# reads\n"

    assert set(inside) == {
        "outpost-1.2.3",
        "outpost-1.2.3/core",
        "outpost-1.2.3/core/reader.py",
        "outpost-1.2.3/pyproject.toml",
        "outpost-1.2.3/run.sh",
    }
    assert inside["outpost-1.2.3/run.sh"].mode == 0o755
    assert {entry.uname for entry in inside.values()} == {""}


@pytest.fixture(scope="module")
def bill(repo: Path) -> dict[str, Any]:
    script = runpy.run_path(str(repo / "packaging" / "bill_of_materials.py"))
    made: dict[str, Any] = script["bill"](repo)
    assert script["bill"](repo) == made
    return made


def test_every_dependency_and_every_pack_is_on_the_bill(repo: Path, bill: dict[str, Any]) -> None:
    project = tomllib.loads((repo / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = {part["name"]: part for part in bill["components"]}

    for line in project["dependencies"]:
        name = line.split(">")[0].split("=")[0].split(";")[0].strip().lower()
        assert listed[name]["version"] == metadata.version(name)
    models = list((repo / "models").glob("*/model.onnx"))
    assert len(models) > 7
    for model in models:
        assert listed[model.parent.name]["type"] == "machine-learning-model"


def test_what_developers_use_is_not_on_the_bill(bill: dict[str, Any]) -> None:
    assert not {"pytest", "ruff", "mypy", "flet-cli"} & {one["name"] for one in bill["components"]}


def test_every_reference_on_the_bill_leads_to_a_part(bill: dict[str, Any]) -> None:
    parts = {part["bom-ref"] for part in bill["components"]}
    parts.add(bill["metadata"]["component"]["bom-ref"])
    told = [json.dumps(part) for part in bill["components"]]

    assert len(told) == len(set(told)) == len(bill["components"])
    for entry in bill["dependencies"]:
        assert entry["ref"] in parts
        assert set(entry["dependsOn"]) <= parts
