"""Two people at a served Outpost at the same moment: the real command, two real sessions, one
vault."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("websockets.sync.client")
pytest.importorskip("flet_web", reason="only computers serve browsers")

from benchmarks import hands
from benchmarks.hands import Hands
from storage import device_file, device_secret, door
from storage.audit import Action
from storage.key_file import Role
from storage.slots import Device
from tests.packs import Kind, Place, build_shelf
from tests.ui.conftest import png
from tests.ui.test_serving import START_S, free_port
from tests.ui.vaults import AMINA, BEN, BENS_SECRET, CHEAP, SECRET
from ui import vault_words


@contextmanager
def served(repo: Path, vault: Path, models: Path) -> Iterator[str]:
    """The host and port that the clinic's browsers reach, while it runs."""
    port = free_port()
    command = [sys.executable, "main.py", "serve", "--vault", str(vault), "--port", str(port)]
    process = subprocess.Popen(
        command,
        cwd=repo,
        env={**os.environ, "OUTPOST_MODELS": str(models)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert "answers" in process.stdout.readline()
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=START_S)


def clinic(vault: Path) -> tuple[Device, dict[str, str]]:
    """A vault of two. Who they are, by their ids."""
    device = device_file.make_device(device_secret.secret_file(vault))
    door.create(vault, AMINA, SECRET, device, CHEAP)
    entrance = door.Door(vault, device)
    opened = entrance.unlock(entrance.users()[0].id, SECRET)
    opened.add_user(BEN, Role.CLINICIAN, BENS_SECRET, CHEAP)
    opened.change_settings(replace(opened.settings(), ask_first_impression=0))
    names = {user.id: user.name for user in opened.users()}
    opened.lock()
    return device, names


def sign_in(person: Hands, name: str, secret: str) -> None:
    person.sees(vault_words.WHO)
    person.tap(name)
    person.sees("Passphrase")
    person.type_secret(secret)
    person.tap("Unlock")
    person.sees("Choose image")


def read(person: Hands, picture: bytes) -> None:
    person.choose("Choose image", picture)
    person.sees("Read this image")
    person.tap("Read this image")
    person.sees("Which part of the body is it?")
    person.tap("Hand")
    person.sees("Confident")


def save(person: Hands) -> None:
    person.tap("Save case")
    person.sees("Saved in the vault.")


def test_two_people_read_and_save_at_once_until_one_removes_the_other(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hands, "PATIENCE_S", START_S)
    device, names = clinic(tmp_path / "vault")
    picture = png(Kind.HAND_FILM, {Place.LEFT: 250})
    models = build_shelf(tmp_path / "models").folder
    with (
        served(repo, tmp_path / "vault", models) as server,
        Hands(server) as amina,
        Hands(server) as ben,
    ):
        sign_in(amina, f"{AMINA} (supervisor)", SECRET)
        sign_in(ben, BEN, BENS_SECRET)
        read(ben, picture)
        read(amina, picture)
        save(amina)
        save(ben)
        amina.go("/users")
        amina.sees(f"Remove {BEN}")
        amina.tap(f"Remove {BEN}")
        amina.sees("They can no longer sign in here")
        amina.tap("Remove")
        ben.sees(vault_words.UNLOCK_TITLE)
        amina.sees(f"{BEN} can no longer sign in.")

    opened = door.Door(tmp_path / "vault", device)
    vault = opened.unlock(next(one for one in names if names[one] == AMINA), SECRET)
    said = [
        (names[entry.user], entry.action)
        for entry in vault.log()
        if entry.action in (Action.SAVED, Action.USER_REMOVED)
    ]
    kept = {names[case.saved_by or ""] for case in vault.cases().cases}
    assert said == [
        (AMINA, Action.SAVED),
        (BEN, Action.SAVED),
        (AMINA, Action.USER_REMOVED),
    ]
    assert kept == {AMINA, BEN}
    assert vault.verify() == []
    vault.lock()
