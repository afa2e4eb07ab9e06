"""What goes into the phone can run there, and the environments are made once and rightly."""

from __future__ import annotations

import runpy
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import bootstrap

#: Flet 1.0.5's mobile wheels (recipes of 2026-08-21), as far as we need them.
MOBILE_WHEELS = {
    "argon2-cffi-bindings": "25.1.0",
    "cffi": "2.0.0",
    "cryptography": "48.0.0",
    "msgpack": "1.1.2",
    "numpy": "2.4.6",
    "onnxruntime": "1.27.0",
    "pillow": "12.2.0",
}

#: What the phone would install, as packaging/sizes.py works it out.
PHONE = runpy.run_path(str(Path(__file__).parents[1] / "packaging" / "sizes.py"))
ALSO_PURE, closure, is_pure = PHONE["ALSO_PURE"], PHONE["closure"], PHONE["is_pure"]


@pytest.fixture(scope="module")
def project(repo: Path) -> dict[str, Any]:
    return tomllib.loads((repo / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def runtime(project: dict[str, Any]) -> list[Requirement]:
    return [Requirement(line) for line in project["project"]["dependencies"]]


@pytest.fixture(scope="module")
def constraints(repo: Path) -> dict[str, Version]:
    lines = (repo / "mobile-constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(pin.name): Version(str(pin.specifier)[2:]) for pin in pins}


# The phone


def test_every_dependency_of_the_app_can_run_on_the_phone(runtime: list[Requirement]) -> None:
    cannot = [
        name
        for name, distribution in closure(runtime).items()
        if not is_pure(distribution) and name not in MOBILE_WHEELS and name not in ALSO_PURE
    ]

    assert cannot == []


def test_the_phone_is_not_given_what_only_desktops_use(runtime: list[Requirement]) -> None:
    assert not {"flet-web", "flet-desktop", "flet-cli", "torch"} & set(closure(runtime))


def test_the_constraints_are_the_phones_versions(constraints: dict[str, Version]) -> None:
    assert {name: str(version) for name, version in constraints.items()} == MOBILE_WHEELS


def test_every_binary_dependency_is_pinned(
    runtime: list[Requirement], constraints: dict[str, Version]
) -> None:
    binary = {name for name, found in closure(runtime).items() if not is_pure(found)}

    assert binary - ALSO_PURE == set(constraints)


def test_the_phones_versions_satisfy_the_apps_bounds(
    runtime: list[Requirement], constraints: dict[str, Version]
) -> None:
    refused = [
        str(wanted)
        for wanted in runtime
        if (pin := constraints.get(canonicalize_name(wanted.name)))
        and not wanted.specifier.contains(pin)
    ]

    assert refused == []


def test_this_run_has_the_phones_versions(constraints: dict[str, Version]) -> None:
    if sys.prefix != str(bootstrap.ROOT / bootstrap.ENVIRONMENTS["test"].folder):
        pytest.skip("not run from .venv-test, which is the environment held to them")

    here = {name: Version(metadata.version(name)) for name in constraints}

    assert here == constraints


@pytest.mark.parametrize("version", ["3.11.0", "3.12.0", "3.13.0", "3.14.0", "3.15.0", "3.99.0"])
def test_no_newer_python_is_refused(project: dict[str, Any], version: str) -> None:
    admitted = Requirement(f"python{project['project']['requires-python']}").specifier

    assert admitted.contains(version)


def test_flet_and_its_extensions_move_together(project: dict[str, Any]) -> None:
    every = bootstrap.requirements(project, tuple(project["dependency-groups"]))
    flets = [line for line in every if line.startswith("flet")]

    assert {line.partition("==")[2] for line in flets} == {"1.0.5"}


def test_the_bundle_holds_the_app_and_nothing_else(repo: Path, project: dict[str, Any]) -> None:
    left_out = set(project["tool"]["flet"]["app"]["exclude"])
    listed = subprocess.run(
        ["git", "ls-files"], cwd=repo, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    tops = {line.split("/")[0] for line in listed.stdout.splitlines()}
    hidden = {top for top in tops if top.startswith(".")}

    assert tops - left_out - hidden <= {
        "LICENSE",
        "NOTICE",
        "assets",
        "core",
        "main.py",
        "models",
        "pyproject.toml",
        "storage",
        "ui",
    }


def test_the_phone_keeps_its_data_to_itself(project: dict[str, Any]) -> None:
    android = project["tool"]["flet"]["android"]

    assert android["manifest_application"]["allowBackup"] == "false"
    granted = {name for name, given in android["permission"].items() if given is True}
    assert granted == {"android.permission.CAMERA"}
    assert "armeabi-v7a" not in android["target_arch"]


# The groups


@pytest.mark.parametrize("name", ["app", "test", "newest"])
def test_torch_stays_with_training(project: dict[str, Any], name: str) -> None:
    wanted = bootstrap.requirements(project, bootstrap.ENVIRONMENTS[name].groups)

    assert "torch" not in {Requirement(line).name for line in wanted}


def test_torch_is_pinned_where_it_is_used(project: dict[str, Any]) -> None:
    assert "torch==2.13.0" in bootstrap.requirements(project, ("training",))


def test_no_copyleft_decoder_slips_in(project: dict[str, Any]) -> None:
    every = bootstrap.requirements(project, tuple(project["dependency-groups"]))

    assert "pylibjpeg-libjpeg" not in {canonicalize_name(Requirement(line).name) for line in every}


def test_groups_include_groups() -> None:
    project = {
        "project": {"dependencies": ["a"]},
        "dependency-groups": {"one": ["b", {"include-group": "two"}], "two": ["c", "a"]},
    }

    assert bootstrap.requirements(project, ("one",)) == ["a", "b", "c"]


# Bootstrap


def wheel(folder: Path, name: str) -> str:
    """A wheel with one empty module, so that pip has something to install offline."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(f"{name}.py", "")
        made.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        made.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        made.writestr(f"{info}/RECORD", "")
    return str(path)


def imports(python: Path, module: str) -> bool:
    done = subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False)
    return done.returncode == 0


@pytest.fixture
def installs(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[str]]]:
    """What bootstrap had pip install, in order; the installs really happen."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    seen: list[list[str]] = []
    real = bootstrap.install

    def note(python: Path, wanted: list[str], constraints: Path | None) -> None:
        seen.append(wanted)
        real(python, wanted, constraints)

    monkeypatch.setattr(bootstrap, "install", note)
    return seen


def test_an_environment_is_made_once_and_again_when_it_must_change(
    tmp_path: Path, installs: list[list[str]]
) -> None:
    folder = tmp_path / "a folder with spaces" / ".venv"
    first, second = wheel(tmp_path / "wheels", "first"), wheel(tmp_path / "wheels", "second")
    limits = tmp_path / "constraints.txt"
    limits.write_text("first==1.0\n", encoding="utf-8")

    python = bootstrap.make(folder, [first], limits)
    assert imports(python, "first")
    assert len(installs) == 1

    bootstrap.make(folder, [first], limits)
    assert len(installs) == 1, "a second call installed again"

    bootstrap.make(folder, [first, second], limits)
    assert imports(python, "second")
    assert len(installs) == 2

    limits.write_text("first<2\n", encoding="utf-8")
    bootstrap.make(folder, [first, second], limits)
    assert len(installs) == 3, "changed constraints were not noticed"

    with pytest.raises(bootstrap.BootstrapError, match="needs a network"):
        bootstrap.make(folder, [str(tmp_path / "absent-1.0-py3-none-any.whl")], limits)
    assert not (folder / bootstrap.STAMP).exists(), "a failed install left its stamp"

    bootstrap.make(folder, [first, second], limits)
    assert len(installs) == 5, "a failed install was taken for a finished one"

    (folder / "pyvenv.cfg").unlink()
    bootstrap.python_of(folder).unlink()
    bootstrap.make(folder, [first], limits)
    assert imports(python, "first")
    assert not imports(python, "second"), "a broken environment was not made anew"


def test_an_interrupted_install_leaves_no_stamp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "create", lambda folder: folder.mkdir(exist_ok=True))
    monkeypatch.setattr(bootstrap, "can_install", lambda _: False)
    monkeypatch.setattr(bootstrap, "install", interrupted)
    stamp = tmp_path / bootstrap.STAMP
    stamp.write_text("of an older install", encoding="utf-8")

    with pytest.raises(KeyboardInterrupt):
        bootstrap.make(tmp_path, ["anything"], None)

    assert not stamp.exists()


def test_the_fingerprint_follows_what_the_environment_is_made_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = tmp_path / "constraints.txt"
    limits.write_text("a==1\n", encoding="utf-8")
    mark = bootstrap.fingerprint(["a", "b"], limits)

    assert bootstrap.fingerprint(["b", "a"], limits) == mark
    assert bootstrap.fingerprint(["a"], limits) != mark
    assert bootstrap.fingerprint(["a", "b"], None) != mark
    limits.write_text("a==2\n", encoding="utf-8")
    assert bootstrap.fingerprint(["a", "b"], limits) != mark
    limits.write_text("a==1\n", encoding="utf-8")
    monkeypatch.setattr(sys, "version_info", (3, 99, 0))
    assert bootstrap.fingerprint(["a", "b"], limits) != mark


def test_a_python_without_venv_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "find_spec", lambda _: None)
    monkeypatch.setattr(bootstrap, "apt_install", lambda _: False)

    with pytest.raises(bootstrap.BootstrapError, match="sudo apt install python3-venv"):
        bootstrap.create(tmp_path / ".venv")


def test_nobody_but_root_installs_system_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr(bootstrap.subprocess, "run", lambda *_, **__: pytest.fail("ran something"))

    assert not bootstrap.apt_install("chromium")


@pytest.mark.parametrize(
    ("distribution", "lines"),
    [
        (
            "debian",
            ["sudo apt install python3-venv chromium libatomic1 dcmtk poppler-utils zbar-tools"],
        ),
        (
            "ubuntu",
            [
                "sudo snap install chromium",
                "sudo apt install python3-venv libatomic1 dcmtk poppler-utils zbar-tools",
            ],
        ),
    ],
)
def test_an_ordinary_user_is_told_once_all_that_the_tests_lack(
    distribution: str,
    lines: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(bootstrap, "distribution", lambda: distribution)
    monkeypatch.setattr(bootstrap, "find_spec", lambda _: None)
    monkeypatch.setattr(bootstrap, "missing_libraries", lambda: ["libatomic1"])
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000, raising=False)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: name if name == "apt-get" else None)

    bootstrap.provide_programs()

    said = capsys.readouterr().err.splitlines()
    assert said[0].endswith("To have all run:")
    assert [line.strip() for line in said[1:]] == lines


@pytest.mark.skipif(sys.platform != "linux", reason="drivers for other systems bring their own")
def test_a_library_that_the_browsers_driver_lacks_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    libraries = {"libc.so.6": "libc6", "libof-no-system.so.7": "libof-no-system7"}
    monkeypatch.setattr(bootstrap, "DRIVER_LIBRARIES", libraries)

    assert bootstrap.missing_libraries() == ["libof-no-system7"]


def test_a_python_that_is_too_old_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    monkeypatch.setattr(bootstrap, "other_python", lambda: None)

    with pytest.raises(bootstrap.BootstrapError, match="Outpost needs Python"):
        bootstrap.hand_over_to_a_fitting_python()


def test_ci_does_nothing_by_hand(repo: Path) -> None:
    lines = (repo / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    made = [line for line in lines if line.startswith("make")]

    assert made == ["make test", "make test-training"]
    assert "set -euo pipefail" in lines
