"""``main.py sync``, as a person at a terminal or a script uses it."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from core.sync.pacing import Pace
from storage import device_file
from storage.device_secret import secret_file
from storage.door import Door, create
from storage.store import OpenVault
from tests.storage.cases import CHEAP, WORDS
from tests.sync.small_server import SmallServer, Wishes, serving
from tests.sync.vaults import fresh
from ui.terminal.commands import run

CLIENT = "phone-7"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A vault with two cases that wait, its device secret in a file."""
    place = tmp_path / "vault"
    create(place, "Amina", WORDS, device_file.make_device(secret_file(place)), CHEAP)
    vault = opened(place)
    for number in range(2):
        vault.save(fresh(number))
    vault.lock()
    return place


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with serving(Wishes()) as made:
        yield made


def opened(folder: Path) -> OpenVault:
    door = Door(folder, device_file.read_device(secret_file(folder)))
    return door.unlock(door.users()[0].id, WORDS)


def sync(folder: Path, *arguments: str) -> int:
    """Run an action with the passphrase given by a descriptor."""
    reading, writing = os.pipe()
    os.write(writing, f"{WORDS}\n".encode())
    os.close(writing)
    return run(["sync", *arguments, "--vault", str(folder), "--secret-fd", str(reading)])


def code(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["sync", "code", *arguments]) == 0
    return capsys.readouterr().out.strip()


def test_from_a_key_to_a_code_to_a_receipt(
    folder: Path, server: SmallServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sync(folder, "key") == 0
    (key,) = json.loads(capsys.readouterr().out)["keys"]
    server.wishes.keys[CLIENT] = key
    pasted = code(capsys, server.address, "--client-id", CLIENT)

    assert sync(folder, "enrol", pasted) == 0
    assert sync(folder, "once") == 0
    assert "2 sent, 0 waiting" in capsys.readouterr().out
    assert server.count("DiagnosticReport") == 2
    assert sync(folder, "status") == 0
    said = capsys.readouterr().out
    assert "waiting      0" in said
    assert "received     2" in said


def test_what_was_refused_is_listed_sent_again_and_dropped(
    folder: Path, server: SmallServer, capsys: pytest.CaptureFixture[str]
) -> None:
    sync(folder, "enrol", code(capsys, server.address))
    server.wishes.poison = lambda each: "not today"
    assert sync(folder, "once") == 1
    capsys.readouterr()
    assert sync(folder, "quarantine", "list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert all("400" in line and "not today" in line for line in lines)

    server.wishes.poison = lambda each: ""
    assert sync(folder, "quarantine", "retry", lines[0].split()[0]) == 0
    assert sync(folder, "quarantine", "drop", lines[1].split()[0], "--reason", "test_case") == 0
    assert sync(folder, "once") == 0
    assert server.count("DiagnosticReport") == 1
    assert sync(folder, "quarantine", "drop", "999", "--reason", "test_case") == 1


def test_a_server_that_is_away_is_said_and_the_exit_status_tells(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.sync_pass.Pace", partial(Pace, first_wait_s=0.01))
    with serving() as server:
        sync(folder, "enrol", code(capsys, server.address))
    assert sync(folder, "once") == 1
    assert "sync_unreachable" in capsys.readouterr().out
    assert len(opened(folder).outbox()) == 2


def test_nothing_is_sent_without_an_enrolment(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sync(folder, "once") == 1
    assert "sync_not_enrolled" in capsys.readouterr().err


def test_a_table_of_codes_gets_its_pseudonyms_of_every_epoch(folder: Path, tmp_path: Path) -> None:
    vault = opened(folder)
    former = vault.pseudonym("AB 12")
    vault.replace_site_key()
    known = vault.pseudonyms("ab-12")
    vault.lock()
    (tmp_path / "codes.csv").write_text("chart,code\n7,AB-12\n8,---\n", encoding="utf-8")
    linked = tmp_path / "linked.csv"

    assert sync(folder, "link", str(tmp_path / "codes.csv"), "--output", str(linked)) == 0
    rows = list(csv.DictReader(linked.read_text(encoding="utf-8").splitlines()))
    assert [(row["chart"], row["pseudonym"]) for row in rows] == [("7", each) for each in known]
    assert rows[1]["pseudonym"] == former
    assert opened(folder).log()[-2].detail == "pseudonyms of codes"


def test_a_table_without_codes_is_refused_in_words(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "codes.csv").write_text("chart\n7\n", encoding="utf-8")

    assert sync(folder, "link", str(tmp_path / "codes.csv"), "--output", str(tmp_path / "o")) == 1
    assert "no_codes" in capsys.readouterr().err


def test_two_syncs_of_one_vault_do_not_run_at_once(
    folder: Path, server: SmallServer, capsys: pytest.CaptureFixture[str], repo: Path
) -> None:
    sync(folder, "enrol", code(capsys, server.address))
    held = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from storage.sync_lock import sole_sync\n"
            "with sole_sync(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()",
            str(folder),
        ],
        cwd=repo,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with held:
        assert held.stdout
        assert held.stdout.readline() == b"held\n"
        assert sync(folder, "once") == 1
        assert "sync_under_way" in capsys.readouterr().err
        held.kill()
    assert sync(folder, "once") == 0
