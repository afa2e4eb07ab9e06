"""The worked example of the developer's guide runs as it is written, from drawing to reading."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="PyTorch is not installed: make test-training runs this")

from training.__main__ import main
from ui.terminal.commands import run as run_command

FENCED = re.compile(r"^```(sh|text)\n(.*?)^```", re.MULTILINE | re.DOTALL)
TRAINING, DRAWING = ".venv-training/bin/python -m training ", ".venv-training/bin/python docs/"
READING = re.compile(r"OUTPOST_MODELS=(\S+) python3 bootstrap.py run (.*)")


def test_the_worked_example_is_true_word_by_word(
    repo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = (repo / "docs" / "guides" / "worked-example.md").read_text(encoding="utf-8")
    monkeypatch.chdir(repo)
    ran = []
    for kind, text in FENCED.findall(page.replace("build/spots", str(tmp_path / "spots"))):
        if kind == "text":
            said = capsys.readouterr().out
            assert [line for line in text.splitlines() if line not in said] == []
            continue
        for command in text.splitlines():
            ran.append(command)
            capsys.readouterr()
            assert follow(command, monkeypatch) == 0, command

    assert len(ran) == 8


def follow(command: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Do in this process what a person types; returns the exit status."""
    if command.startswith(TRAINING):
        return main(command.removeprefix(TRAINING).split())
    if command.startswith(DRAWING):
        script, place = command.split()[1:]
        runpy.run_path(script)["main"](Path(place))
        return 0
    if reading := READING.fullmatch(command):
        monkeypatch.setenv("OUTPOST_MODELS", reading[1])
        return run_command(reading[2].split())
    assert command == "python3 bootstrap.py environment training"
    return 0
