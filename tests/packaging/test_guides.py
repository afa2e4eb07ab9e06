"""The guides are true: the tutorial's commands run and say what it says, and every page has its
place on the site."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from ui.terminal.commands import parser, run

SECRET = "glacier lantern orchard pepper violin\n"
FENCED = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def told(page: str) -> list[tuple[str, list[str]]]:
    """Each command of a page with the lines that it is to say: the block after it."""
    found: list[tuple[str, list[str]]] = []
    for kind, text in FENCED.findall(page):
        if kind == "sh":
            found += [(line, []) for line in text.splitlines()]
        elif kind == "text":
            found[-1][1].extend(text.splitlines())
    return found


def with_secrets(arguments: list[str]) -> int:
    """Run a command that asks for secrets, and answer it."""
    reading, writing = os.pipe()
    with os.fdopen(reading), os.fdopen(writing, "w") as answer:
        answer.write(SECRET * 2)
        answer.flush()
        return run([*arguments, "--secret-fd", str(reading)])


def test_the_tutorial_is_true_word_by_word(
    repo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = (repo / "docs" / "guides" / "tutorial.md").read_text(encoding="utf-8")
    commands = told(page)
    monkeypatch.chdir(repo)
    monkeypatch.setenv("OUTPOST_VAULT", str(tmp_path / "vault"))
    assert len(commands) > 7

    for command, wanted in commands:
        start, words = command.split(" run ")
        assert start == "python3 bootstrap.py"
        arguments = words.replace("tutorial.backup", str(tmp_path / "tutorial.backup")).split()
        asks = arguments[0] == "vault" or "--save" in arguments
        status = with_secrets(arguments) if asks else run(arguments)
        said = capsys.readouterr().out
        assert status == 0, command
        for line in wanted:
            assert line in said, f"{command} no longer says: {line}"


def commands_named(page: str) -> list[str]:
    return re.findall(r"`main\.py ([a-z][^`]*)`", page)


@pytest.mark.parametrize("guide", ["operators", "clinicians", "developers", "serving"])
def test_the_guides_name_only_commands_that_exist(repo: Path, guide: str) -> None:
    page = (repo / "docs" / "guides" / f"{guide}.md").read_text(encoding="utf-8")

    for command in commands_named(page):
        words = [f"{word}x" if word.isupper() else word for word in command.split()]
        try:
            parser().parse_args([word.replace("URLx", "https://packs.example") for word in words])
        except SystemExit as end:
            missing_only = command.endswith(("sync code", "--write-head FILE"))
            assert end.code == 0 or missing_only, command


def test_every_guide_has_its_place_on_the_site(repo: Path) -> None:
    yaml = pytest.importorskip("yaml")
    site = yaml.safe_load((repo / "mkdocs.yml").read_text(encoding="utf-8"))

    def pages(entry: Any) -> list[str]:
        if isinstance(entry, str):
            return [entry]
        inside = entry.values() if isinstance(entry, dict) else entry
        return [page for one in inside for page in pages(one)]

    placed = pages(site["nav"])
    written = {path.relative_to(repo / "docs").as_posix() for path in repo.glob("docs/**/*.md")}
    ours = {
        page
        for page in written
        if page.startswith(("guides/", "packs/", "reference/", "regulatory/"))
    }

    assert len(placed) == len(set(placed))
    assert set(placed) <= written
    assert ours <= set(placed)


def test_the_site_fetches_nothing_from_elsewhere(repo: Path) -> None:
    yaml = pytest.importorskip("yaml")
    text = (repo / "mkdocs.yml").read_text(encoding="utf-8")
    site = yaml.safe_load(text)
    plugins = [next(iter(one)) if isinstance(one, dict) else one for one in site["plugins"]]

    assert site["theme"]["font"] is False
    assert plugins == ["search", "mkdocstrings"]
    assert "http" not in text


def test_the_reference_has_every_room_without_a_screen(repo: Path) -> None:
    pages = (repo / "docs" / "reference").glob("*.md")
    told = [name for page in pages for name in re.findall(r"^::: (\S+)", page.read_text(), re.M)]
    rooms = {f"core.{path.parent.name}" for path in repo.glob("core/*/__init__.py")}
    alone = {f"core.{path.stem}" for path in repo.glob("core/*.py")} - {"core.__init__"}

    assert len(told) == len(set(told))
    assert set(told) >= rooms | {"storage", "training"}
    assert set(told) - rooms - {"storage", "training"} <= alone
