"""The regulatory groundwork names tests that exist, says what it is, and forgets no page."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def pages(repo: Path) -> list[Path]:
    return sorted((repo / "docs" / "regulatory").glob("*.md"))


def names_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


def missing(repo: Path, text: str) -> list[str]:
    """Every test that the text names and that is not there."""
    found = []
    for file, test in NAMED.findall(text):
        path = repo / file
        if not path.is_file() or (test and test not in names_of(path)):
            found.append(f"{file}::{test}")
    return found


def test_every_named_test_exists(repo: Path) -> None:
    for page in pages(repo):
        assert missing(repo, page.read_text(encoding="utf-8")) == [], page.name


def test_a_test_that_is_gone_would_be_noticed(repo: Path) -> None:
    here = "tests/packaging/test_regulatory.py"

    assert missing(repo, f"`{here}::test_that_was_renamed`")
    assert missing(repo, "`tests/nowhere.py`")
    assert not missing(repo, f"`{here}::test_every_named_test_exists`")


def test_every_hazard_has_a_mitigation_with_a_proof_and_an_estimate(repo: Path) -> None:
    text = (repo / "docs" / "regulatory" / "hazards.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in text.splitlines() if re.match(r"\| (H\d+)? *\|", line)]
    hazards = [row for row in rows if row[1].strip()]

    assert [row[1].strip() for row in hazards] == [f"H{at}" for at in range(1, len(hazards) + 1)]
    for row in rows:
        assert NAMED.search(row[5]), row
    for row in hazards:
        assert re.fullmatch(r"S[1-4]", row[6].strip())
        open_one = re.match(r"(S4\s+P[23]|S3\s+P3)", f"{row[6].strip()} {row[7].strip()}")
        assert bool(open_one) == ("**!**" in row[7]), row[1]


def test_every_page_says_that_it_is_groundwork(repo: Path) -> None:
    for page in pages(repo):
        assert "> **Groundwork" in (text := page.read_text()) or "> Groundwork" in text, page.name


def test_the_index_names_every_page(repo: Path) -> None:
    index = (repo / "docs" / "regulatory" / "README.md").read_text(encoding="utf-8")

    for page in pages(repo):
        assert page.name == "README.md" or f"]({page.name})" in index


@pytest.mark.parametrize("form", ["reading.yml", "fault.yml"])
def test_the_forms_for_reports_ask_for_no_patient(repo: Path, form: str) -> None:
    text = (repo / ".github" / "ISSUE_TEMPLATE" / form).read_text(encoding="utf-8")

    assert "No image, name, code or date of a patient" in text
