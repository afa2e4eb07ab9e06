"""The house keeps its shape: imports point one way, and some words stay out of some rooms."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

#: Which of our own rooms a room may import. Tests, benchmarks and docs may import all of them.
ARROWS = {
    "main": {"core", "storage", "ui"},
    "ui": {"core", "storage"},
    "storage": {"core"},
    "core": set(),
    "training": {"core"},
    "bootstrap": set(),
}
ROOMS = {*ARROWS, "benchmarks", "docs", "packaging", "tests"}

_DATABASE = {"sqlite3", "sqlite_utils", "apsw"}
_SCREENS = {
    "flet",
    "flet_camera",
    "flet_charts",
    "flet_permission_handler",
    "flet_secure_storage",
    "flet_web",
}
_TRAINING = {"torch", "sklearn", "onnx", "matplotlib"}
#: Other people's packages that stay out of a room.
KEPT_OUT = {
    "main": _DATABASE | _TRAINING | {"onnxruntime"},
    "ui": _DATABASE | _TRAINING | {"onnxruntime"},
    "storage": _TRAINING | {"onnxruntime"},
    "core": _DATABASE | _SCREENS | _TRAINING,
    "training": _DATABASE | _SCREENS,
}

#: Library code speaks through what it returns and raises, never to a terminal.
NEVER_PRINT = {"core", "storage"}

SAYS_NOTHING = re.compile(r"(^|_)(utils?|helpers?|managers?|misc|common)(_|$)")

#: Virtual environments, caches and what training leaves behind are nobody's source.
NOT_SOURCE = {"build", "data", "dist", "models", "runs"}


def sources(root: Path) -> Iterator[Path]:
    """Environments hold ten times as many files as the rooms do: they are never walked into."""
    for top in sorted(root.iterdir()):
        if top.name in NOT_SOURCE or top.name.startswith("."):
            continue
        for path in [top] if top.suffix == ".py" else sorted(top.rglob("*.py")):
            if not any(part.startswith(".") for part in path.relative_to(root).parts):
                yield path


def imported(tree: ast.Module, package: tuple[str, ...]) -> Iterator[str]:
    """Every module a file imports, by full name: also in functions, and by a written name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1]
            yield ".".join((*base, node.module or "")) if base else "(outside the repository)"
        elif isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "attr", getattr(node.func, "id", None))
            target = node.args[0]
            if name in {"import_module", "__import__"} and isinstance(target, ast.Constant):
                yield str(target.value)


def faults(root: Path) -> list[str]:
    """Everything under ``root`` that breaks the house rules, one sentence each."""
    return [fault for path in sources(root) for fault in faults_of(path, root)]


def faults_of(path: Path, root: Path) -> Iterator[str]:
    where = path.relative_to(root)
    room = where.parts[0].removesuffix(".py")
    if SAYS_NOTHING.search(path.stem) or any(map(SAYS_NOTHING.search, where.parts[:-1])):
        yield f"{where}: the name says nothing about what is in it"
    if room not in ROOMS:
        yield f"{where}: not one of the rooms"
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    for module in imported(tree, where.parts[:-1]):
        other = module.split(".")[0]
        if other in ROOMS - {room} and room in ARROWS and other not in ARROWS[room]:
            yield f"{where}: {room} must not import {other}"
        if other in KEPT_OUT.get(room, set()):
            yield f"{where}: {other} must not be used in {room}"
    if room in NEVER_PRINT:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "print":
                yield f"{where}: print in library code, line {node.lineno}"


def test_the_house_keeps_its_shape(repo: Path) -> None:
    assert faults(repo) == []


def test_every_room_that_exists_is_looked_at(repo: Path) -> None:
    looked_at = {path.relative_to(repo).parts[0].removesuffix(".py") for path in sources(repo)}

    assert {"core", "storage", "ui", "tests", "bootstrap"} <= looked_at


@pytest.mark.parametrize(
    ("file", "text", "fault"),
    [
        ("core/reading/reader.py", "import ui.app", "core must not import ui"),
        ("core/x.py", "from storage import vault", "core must not import storage"),
        ("core/x.py", "def f():\n    import training", "core must not import training"),
        ("core/x.py", "import importlib\nimportlib.import_module('ui')", "core must not import ui"),
        ("core/x.py", "import flet as ft", "flet must not be used in core"),
        ("core/x.py", "from sqlite3 import connect", "sqlite3 must not be used in core"),
        ("core/x.py", "import torch.nn", "torch must not be used in core"),
        ("core/x.py", "print('here')", "print in library code, line 1"),
        ("storage/x.py", "from ui import app", "storage must not import ui"),
        ("storage/x.py", "import onnxruntime", "onnxruntime must not be used in storage"),
        ("storage/x.py", "print('here')", "print in library code, line 1"),
        ("ui/screens/x.py", "import onnxruntime as ort", "onnxruntime must not be used in ui"),
        ("ui/x.py", "import sqlite_utils", "sqlite_utils must not be used in ui"),
        ("ui/x.py", "import training.recipe", "ui must not import training"),
        ("ui/x.py", "import tests.conftest", "ui must not import tests"),
        ("ui/x.py", "import main", "ui must not import main"),
        ("main.py", "import training", "main must not import training"),
        ("training/x.py", "import ui", "training must not import ui"),
        ("training/x.py", "import flet", "flet must not be used in training"),
        ("bootstrap.py", "import core", "bootstrap must not import core"),
        ("core/utils.py", "", "the name says nothing about what is in it"),
        ("core/image_helpers.py", "", "the name says nothing about what is in it"),
        ("ui/misc/x.py", "", "the name says nothing about what is in it"),
        ("extras/x.py", "", "not one of the rooms"),
    ],
)
def test_a_planted_fault_is_found(tmp_path: Path, file: str, text: str, fault: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")

    assert len(faults(tmp_path)) == 1
    assert faults(tmp_path)[0].endswith(fault)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("main.py", "from ui import app\nprint('said to a person')"),
        ("ui/screens/x.py", "import flet\nfrom core.reading import result\nimport storage"),
        ("storage/x.py", "import sqlite_utils\nfrom core.errors import OutpostError"),
        ("core/reading/x.py", "import numpy\nfrom . import result\nfrom ..imaging import study"),
        ("training/x.py", "import torch\nfrom core.imaging import study"),
        ("tests/test_x.py", "import training, ui, core, storage, main"),
        (".venv/lib/x/utils.py", "print('not ours')"),
    ],
)
def test_what_is_allowed_is_let_through(tmp_path: Path, file: str, text: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")

    assert faults(tmp_path) == []


def test_relative_imports_are_followed_home() -> None:
    tree = ast.parse("from ..imaging import study\nfrom . import result\nfrom ...ui import app")

    found = list(imported(tree, ("core", "reading")))

    assert found[0] == "core.imaging"
    assert found[1].startswith("core.reading")
    assert not found[2].startswith("core")
