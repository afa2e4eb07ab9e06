"""``main.py packs update|install|rollback``."""

from __future__ import annotations

import json

import pytest

from core.reading.pack import PackShelf
from tests.pack_source.conftest import Publisher
from tests.pack_source.folder_on_the_net import Folder
from ui.terminal.commands import run


@pytest.fixture(autouse=True)
def here(shelf: PackShelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line finds this device's packs."""
    assert shelf.installed is not None
    monkeypatch.setenv("OUTPOST_MODELS", str(shelf.folder))
    monkeypatch.setenv("OUTPOST_VAULT", str(shelf.installed.with_name("vault")))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)


def line_of(pack: str, text: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(f"{pack} "))


def test_updates_lists_and_goes_back(
    folder: Folder, publisher: Publisher, capsys: pytest.CaptureFixture[str]
) -> None:
    publisher.release("limb", "0.2.0")

    assert run(["packs", "update", folder.address, "--look"]) == 0
    assert "limb                   0.2.0    newer  here 0.0.1" in capsys.readouterr().out
    assert run(["packs", "update", folder.address]) == 0
    assert line_of("limb", capsys.readouterr().out).split()[:4] == ["limb", "0.2.0", "in", "use"]
    assert run(["packs", "list"]) == 0
    assert line_of("limb", capsys.readouterr().out).split()[1] == "0.2.0"
    assert run(["packs", "rollback", "limb"]) == 0
    assert line_of("limb", capsys.readouterr().out).split()[1] == "0.0.1"
    assert run(["packs", "update", folder.address]) == 0
    assert "nothing newer" in capsys.readouterr().err
    assert run(["packs", "show", "limb"]) == 0
    assert json.loads(capsys.readouterr().out)["version"] == "0.0.1"


def test_installs_a_file(publisher: Publisher, capsys: pytest.CaptureFixture[str]) -> None:
    publisher.release("limb", "0.2.0")

    assert run(["packs", "install", str(publisher.out / "limb-0.2.0.outpostpack")]) == 0
    assert "0.2.0" in line_of("limb", capsys.readouterr().out)


def test_a_pack_that_is_refused_makes_the_command_fail_and_says_why(
    folder: Folder, publisher: Publisher, capsys: pytest.CaptureFixture[str]
) -> None:
    publisher.release("limb", "0.2.0")
    folder.rewrite["limb/0.2.0/pack.sig"] = lambda _: b"{}"

    assert run(["packs", "update", folder.address]) == 1
    assert "[pack_unsigned]" in line_of("limb", capsys.readouterr().out)


def test_a_failure_ends_in_a_sentence_and_a_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["packs", "rollback", "limb"]) == 1
    assert "[no_previous_version]" in capsys.readouterr().err
    assert run(["packs", "update", "http://packs.example"]) == 1
    assert "[source_not_encrypted]" in capsys.readouterr().err
