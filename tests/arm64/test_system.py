"""The arm64 system is made once, of the phone's versions, and its absence is said aloud."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

import pytest

import bootstrap
from core.errors import PackError
from tests.arm64 import __main__ as command
from tests.arm64 import system
from tests.arm64.agreement import Agreement
from tests.arm64.images import lay_out
from tests.arm64.system import NotHad
from tests.test_architecture import imported

#: Decoders of compressed DICOM that a phone does not have either.
DESKTOP_ALONE = {"gdcm", "jpeg_ls", "openjpeg", "pylibjpeg"}


#: Asked before a connection is made, never by a reading.
FOR_CONNECTIONS = "trust.py"


def other_peoples(paths: list[Path], repo: Path) -> set[str]:
    """The top-level modules that files import and that Python does not bring along."""
    tops = {
        module.split(".")[0]
        for path in paths
        for module in imported(ast.parse(path.read_text("utf-8")), path.relative_to(repo).parts)
    }
    return tops - set(sys.stdlib_module_names) - {"core"}


def test_all_that_a_reading_imports_is_installed_for_arm64(repo: Path) -> None:
    tops = [path for path in repo.glob("core/*.py") if path.name != FOR_CONNECTIONS]
    rooms = [*tops, *repo.glob("core/imaging/**/*.py")]
    found = other_peoples([*rooms, *repo.glob("core/reading/**/*.py")], repo) - DESKTOP_ALONE

    assert {"pillow" if name == "PIL" else name for name in found} == set(system.IMPORTED)


def test_the_script_for_both_sides_needs_nothing_but_core() -> None:
    assert other_peoples([command.SCRIPT], command.ROOT) == set()


def test_the_phones_versions_are_installed() -> None:
    wheels = system.wheels()

    pinned = system.phones_versions()
    for name in ("numpy", "onnxruntime", "pillow", "cryptography", "cffi"):
        assert f"{name}=={pinned[name]}" in wheels
    assert {line.split("==")[0] for line in wheels} >= {*system.IMPORTED, "flatbuffers"}


def test_it_is_made_once_and_again_when_it_must_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system.bootstrap, "ROOT", tmp_path)
    folder, made = tmp_path / "site", []

    def make(target: Path) -> None:
        assert list(target.iterdir()) == []
        (target / "numpy").touch()
        made.append(1)

    def interrupted(target: Path) -> None:
        (target / "half").touch()
        raise KeyboardInterrupt

    assert system.once(folder, "numpy==1", make) == folder
    system.once(folder, "numpy==1", make)
    assert len(made) == 1
    with pytest.raises(KeyboardInterrupt):
        system.once(folder, "numpy==2", interrupted)
    system.once(folder, "numpy==2", make)
    assert len(made) == 2


def test_who_is_not_root_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system.shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000, raising=False)

    with pytest.raises(NotHad, match="sudo apt install qemu-user-static debootstrap"):
        system.provide_programs()


def test_without_a_network_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")

    with pytest.raises(NotHad, match="a network is needed the first time"):
        system.install(["numpy==2.4.6"], tmp_path)


def test_another_processor_is_not_taken_for_x86(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system.platform, "machine", lambda: "aarch64")

    with pytest.raises(NotHad, match="x86-64"):
        system.provide()


# The command


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["tests.arm64", "--write"])
    monkeypatch.delenv("CI", raising=False)


@pytest.mark.usefixtures("asked")
def test_a_skip_is_named_and_fails_in_ci_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def absent() -> system.System:
        raise NotHad("no network")

    monkeypatch.setattr(command, "provide", absent)

    assert command.main() == 0
    assert capsys.readouterr().err == "SKIPPED x86-64 and arm64: no network\n"
    monkeypatch.setenv("CI", "true")
    assert command.main() == 1


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(("disagreements", "status"), [((), 0), (("film.png: differs",), 1)])
def test_a_disagreement_fails_and_is_not_written_down(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    disagreements: tuple[str, ...],
    status: int,
) -> None:
    written: list[Any] = []
    monkeypatch.setattr(command, "provide", lambda: None)
    monkeypatch.setattr(command, "both", lambda *_: ({}, {}))
    monkeypatch.setattr(command, "compare", lambda *_: Agreement(1, disagreements, 0.0, 0.0))
    monkeypatch.setattr(command, "section", lambda *_: "a table")
    monkeypatch.setattr(command, "write_section", lambda *given: written.append(given))

    assert command.main() == status
    assert ("DISAGREES film.png: differs" in capsys.readouterr().err) == bool(disagreements)
    assert len(written) == 1 - status


def test_a_pack_that_does_not_open_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.packs import build_shelf

    build_shelf(tmp_path / "models")
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "PATIENCE", 0)
    assert command.copy_packs(tmp_path / "copy").is_dir()
    with (tmp_path / "models" / "limb" / "model.onnx").open("ab") as stream:
        stream.write(b"\0")

    with pytest.raises(PackError, match="limb"):
        command.copy_packs(tmp_path / "other")


def test_both_sides_read_files_that_open(tmp_path: Path) -> None:
    from core.imaging.opening import open_study

    lay_out(tmp_path, None)

    frames = {path.name: len(open_study([path]).frames) for path in tmp_path.iterdir()}
    assert frames["phantom_ultrasound.dcm"] == 3
    assert len(frames) >= 10
