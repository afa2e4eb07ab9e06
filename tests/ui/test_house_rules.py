"""What every file of the interface keeps to."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from ui import words


def files(repo: Path) -> list[Path]:
    shown = [*(repo / "ui" / "screens").glob("*.py"), *(repo / "ui" / "components").glob("*.py")]
    return [*shown, repo / "ui" / "root.py"]


def texts(tree: ast.Module) -> list[str]:
    """String constants that a person could read: with a space in them, and no docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    raised = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise)
        for inner in ast.walk(node)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings | raised
        and any(part.isalpha() and len(part) > 2 for part in node.value.split())
        and " " in node.value.strip()
    ]


def test_no_component_holds_words_of_its_own(repo: Path) -> None:
    found = {
        path.name: texts(ast.parse(path.read_text(encoding="utf-8")))
        for path in files(repo)
        if path.name != "root.py"
    }

    assert {name: said for name, said in found.items() if said and any(said)} == {}


def test_a_sentence_in_a_component_would_be_found() -> None:
    tree = ast.parse('"""A docstring here."""\nft.Text("Said to a person")')

    assert texts(tree) == ["Said to a person"]


def test_no_screen_is_longer_than_250_lines(repo: Path) -> None:
    long = [
        path.name
        for path in files(repo)
        if len(path.read_text(encoding="utf-8").splitlines()) > 250
    ]

    assert long == []


@pytest.mark.parametrize("heavy", ["onnxruntime", "pydicom", "flet_desktop", "uvicorn"])
def test_nothing_heavy_is_loaded_before_it_is_needed(repo: Path, heavy: str) -> None:
    probe = f"import sys, ui.app; sys.exit({heavy!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe], cwd=repo, check=False)

    assert done.returncode == 0


def test_the_interfaces_failures_end_in_what_to_do() -> None:
    for trouble in words.Trouble:
        assert str(trouble.value).rstrip().endswith((".", "zenity"))


def test_every_style_of_text_knows_where_the_letters_of_every_language_are(repo: Path) -> None:
    """A style of its own replaces the theme's, and then Arabic, Hindi and Bengali are boxes."""
    bare = [
        f"{path.name}:{node.lineno}"
        for path in (repo / "ui").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "TextStyle"
        and "font_family_fallback" not in {keyword.arg for keyword in node.keywords}
    ]

    assert bare == []
