"""The documentation says what is so."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

import bootstrap


def pages(repo: Path) -> list[Path]:
    return [*repo.glob("*.md"), *repo.glob("docs/**/*.md")]


@pytest.fixture
def clinical_review(repo: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("review", repo / "docs" / "clinical_review.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_sentence_of_guidance_is_listed_for_review(clinical_review: ModuleType) -> None:
    guidance = clinical_review.json.loads(clinical_review.GUIDANCE.read_text(encoding="utf-8"))
    written = clinical_review.PAGE.read_text(encoding="utf-8")

    assert written == clinical_review.page(guidance), "run python docs/clinical_review.py"


def test_a_review_is_lost_when_its_sentence_changes(
    clinical_review: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = {"urgency": "soon", "escalation": None, "text": "Splint. Raise.", "source": "A book"}
    guidance = {"standing_sentence": "Look twice.", "entries": {"fracture": entry}}
    monkeypatch.setitem(clinical_review.REVIEWS, ("fracture", "Splint."), "A. Reader, 2027")

    assert "| Splint. | A. Reader, 2027 |" in clinical_review.page(guidance)
    entry["text"] = "Splint it. Raise."
    assert "A. Reader" not in clinical_review.page(guidance)


def test_links_between_pages_lead_somewhere(repo: Path) -> None:
    broken = [
        f"{page.relative_to(repo)}: {target}"
        for page in pages(repo)
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]

    assert broken == []


def commands_in(page: str) -> tuple[set[str], set[str]]:
    """What a page has a person type: targets of make, and commands of bootstrap.py."""
    found = re.findall(r"^```sh\n(.*?)^```|`([^`\n]+)`", page, re.MULTILINE | re.DOTALL)
    typed = "\n".join(block or word for block, word in found)
    made = re.findall(r"^make ([a-z][a-z0-9-]*)", typed, re.M)
    return set(made), set(re.findall(r"bootstrap\.py ([a-z][a-z0-9-]*)", typed))


def test_the_pages_name_only_commands_that_exist(repo: Path) -> None:
    makefile = (repo / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", makefile, re.MULTILINE))

    for page in pages(repo):
        made, started = commands_in(page.read_text(encoding="utf-8"))
        assert made <= targets, page.name
        assert started <= set(bootstrap.COMMANDS), page.name


def test_a_command_that_is_gone_would_be_noticed() -> None:
    page = "Say `make tea`.\n\n```sh\nmake run\npython3 bootstrap.py brew --now\n```\n"

    assert commands_in(page) == ({"tea", "run"}, {"brew"})


def test_the_readme_says_that_this_is_no_medical_device(repo: Path) -> None:
    readme = (repo / "README.md").read_text(encoding="utf-8")

    assert "Not a certified medical device" in readme[:600]


def test_every_runtime_dependency_has_its_line(repo: Path) -> None:
    project = tomllib.loads((repo / "pyproject.toml").read_text(encoding="utf-8"))
    said = (repo / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    names = [re.split(r"[<>=;~! ]", line)[0] for line in project["project"]["dependencies"]]

    assert [name for name in names if f"| {name.lower()} |" not in said] == []
