"""The vault from a terminal: a real process, real files, secrets never as an argument."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.terminal.vaults import OTHER_WORDS, ROOT, WORDS, Done, run

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no descriptors to hand on")


@dataclass(frozen=True)
class Place:
    """A vault's folder and its recovery key."""

    folder: Path
    recovery_key: str

    def vault(self, *arguments: str | Path, secrets: tuple[str, ...] = (WORDS,)) -> Done:
        return run("vault", *arguments, "--vault", self.folder, secrets=secrets)


def recovery_key_in(text: str) -> str:
    found = re.search(r"^ {4}((?:[0-9A-Z]{4}-){8}[0-9A-Z]{4})$", text, re.M)
    assert found
    return found[1]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("made") / "clinic" / "vault"
    done = run("vault", "init", "--name", "Amina", "--vault", folder, secrets=(WORDS,))
    assert (done.status, done.err) == (0, "")
    return Place(folder, recovery_key_in(done.out))


@pytest.fixture
def place(made: Place, tmp_path: Path) -> Place:
    """A copy of the vault and, beside it, of the device secret."""
    shutil.copytree(made.folder.parent, tmp_path / "clinic")
    return Place(tmp_path / "clinic" / "vault", made.recovery_key)


def test_a_vault_is_made_and_opened(place: Place) -> None:
    assert {path.name for path in place.folder.parent.iterdir()} == {"vault", "vault-device-secret"}
    done = place.vault("unlock")
    assert (done.status, done.err) == (0, "")
    assert "Amina, supervisor" in done.out


def test_no_secret_is_left_in_any_file_or_answer(made: Place, tmp_path: Path) -> None:
    done = made.vault("unlock")

    assert WORDS not in done.out + done.err
    found = [path for path in made.folder.parent.rglob("*") if path.is_file()]
    assert len(found) >= 4
    assert [path for path in found if WORDS.encode() in path.read_bytes()] == []


def test_there_is_no_option_for_a_secret(place: Place) -> None:
    for option in ("--secret", "--pin", "--passphrase", "--password"):
        done = place.vault("unlock", option, WORDS)
        assert done.status == 2
        assert WORDS not in done.out


@pytest.mark.parametrize(
    ("arguments", "secrets", "status", "code"),
    [
        (("unlock",), (OTHER_WORDS,), 1, "wrong_secret"),
        (("unlock",), (), 1, "no_terminal"),
        (("unlock", "--user", "Grace"), (WORDS,), 1, "no_such_user"),
        (("unlock", "--recovery-key"), (WORDS,), 1, "recovery_key_mistyped"),
        (("init", "--name", "Grace"), (WORDS,), 1, "already_a_vault"),
        (("users", "add", "Amina"), (WORDS, OTHER_WORDS), 1, "name_taken"),
        (("users", "add", "Grace"), (WORDS,), 1, "no_secret"),
        (("users", "add", "Grace"), (WORDS, "274915"), 1, "pin_needs_key_store"),
        (("users", "remove", "Amina"), (WORDS,), 1, "last_supervisor"),
        (("users", "remove", "Grace"), (WORDS,), 1, "no_such_user"),
        (("verify", "--head", "nowhere.json"), (WORDS,), 1, "cannot_read"),
        (("restore", "nowhere"), (WORDS,), 1, "already_a_vault"),
        (("log", "export", "/nowhere/at/all"), (WORDS,), 1, "device_error"),
        (("users", "add", "Grace", "--role", "king"), (WORDS,), 2, ""),
        (("users",), (WORDS,), 2, ""),
        (("unlock", "--secret-fd", "x"), (), 2, ""),
        ((), (), 2, ""),
    ],
)
def test_what_cannot_be_done_is_said_with_its_code(
    made: Place, arguments: tuple[str, ...], secrets: tuple[str, ...], status: int, code: str
) -> None:
    if not arguments:
        done = run("vault", secrets=secrets)
    else:
        done = made.vault(*arguments, secrets=secrets)
    assert done.status == status
    assert "Traceback" not in done.err
    assert f"[{code}]" in done.err if code else "usage:" in done.err


def test_a_place_without_a_vault_says_so_and_stays_empty(tmp_path: Path) -> None:
    for action in ("unlock", "verify", "rotate", "erase"):
        done = run("vault", action, "--vault", tmp_path / "none", secrets=(WORDS,))
        assert done.status == 1
        assert "[no_vault]" in done.err
    assert list(tmp_path.iterdir()) == []


def test_the_place_comes_from_the_environment_when_it_is_not_given(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTPOST_VAULT", str(place.folder))
    done = run("vault", "users", "list")

    assert done.out.split() == ["supervisor", "Amina"]


def test_without_the_device_secret_the_right_passphrase_does_not_open_it(
    place: Place, tmp_path: Path
) -> None:
    stolen = Path(shutil.copytree(place.folder, tmp_path / "stolen"))
    done = run("vault", "unlock", "--vault", stolen, secrets=(WORDS,))

    assert done.status == 1
    assert "[device_secret_not_here]" in done.err
    (tmp_path / "stolen-device-secret").write_bytes(bytes(32))
    done = run("vault", "unlock", "--user", "Amina", "--vault", stolen, secrets=(WORDS,))
    assert "[no_such_user]" in done.err


def test_people_are_added_renamed_in_secret_and_removed(place: Place) -> None:
    added = place.vault("users", "add", "Joseph", secrets=(WORDS, OTHER_WORDS))
    assert (added.status, added.err) == (0, "")
    assert place.vault("users", "list").out.split() == [
        "supervisor", "Amina", "clinician", "Joseph",
    ]  # fmt: skip
    assert "[which_user]" in place.vault("unlock").err
    forbidden = place.vault("rotate", "--user", "joseph", secrets=(OTHER_WORDS,))
    assert "[only_supervisors]" in forbidden.err
    newest = "amber ladder six pepper stone"
    changed = place.vault(
        "users", "change-secret", "--user", "Joseph", secrets=(OTHER_WORDS, OTHER_WORDS, newest)
    )
    assert changed.status == 0
    assert "[wrong_secret]" in place.vault("unlock", "--user", "Joseph", secrets=(OTHER_WORDS,)).err
    assert place.vault("unlock", "--user", "Joseph", secrets=(newest,)).status == 0
    assert place.vault("users", "remove", "Joseph", "--user", "Amina").status == 0
    assert place.vault("users", "list").out.split() == ["supervisor", "Amina"]


def test_a_new_recovery_key_ends_the_old_one(place: Place) -> None:
    key = recovery_key_in(place.vault("users", "recovery-key").out)

    assert place.vault("unlock", "--recovery-key", secrets=(key,)).status == 0
    done = place.vault("unlock", "--recovery-key", secrets=(place.recovery_key,))
    assert "[recovery_key_not_ours]" in done.err


def test_rotating_and_a_new_site_key_leave_all_as_it_was(place: Place) -> None:
    assert place.vault("rotate").status == 0
    assert "2-" in place.vault("new-site-key").out
    assert "clock is taken to be right" in place.vault("confirm-clock").out
    done = place.vault("verify")

    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("All is as it was left.")


def test_tampering_and_a_cut_tail_are_named_with_exit_status_1(
    place: Place, tmp_path: Path
) -> None:
    older = Path(shutil.copytree(place.folder, tmp_path / "older"))
    head = tmp_path / "head.json"
    assert place.vault("verify", "--write-head", head).status == 0
    assert place.vault("verify", "--head", head).status == 0
    shutil.copy(place.folder.with_name("vault-device-secret"), tmp_path / "older-device-secret")
    done = run("vault", "verify", "--vault", older, "--head", head, secrets=(WORDS,))
    assert done.status == 1
    assert done.out.startswith("cut ")
    with closing(sqlite3.connect(place.folder / "vault.db")) as db:
        db.execute("UPDATE keys SET wrapped = x'01' WHERE name = 'site-1'")
        db.commit()
    done = place.vault("verify")
    assert done.status == 1
    assert done.out.startswith("bad        keys           site-1\n")


def test_the_log_is_shown_exported_and_checked(place: Place, tmp_path: Path) -> None:
    place.vault("unlock")
    place.vault("unlock", secrets=(OTHER_WORDS,))
    shown = place.vault("log", "show").out.splitlines()
    assert [line.split()[2:4] for line in shown[:2]] == [
        ["created", "Amina"],
        ["unlocked", "Amina"],
    ]
    assert shown[-1].endswith(" 1")
    path = tmp_path / "log.jsonl"
    exported = place.vault("log", "export", path)
    key = exported.out.split()[-1]
    checked = run("vault", "log", "check", path, "--public-key", key)
    assert (checked.status, checked.err) == (0, "")
    path.write_bytes(path.read_bytes().replace(b"unlocked", b"exported", 1))
    assert "[log_not_genuine]" in run("vault", "log", "check", path).err
    assert "[log_not_genuine]" in run("vault", "log", "check", path, "--public-key", "zz").err


def test_a_backup_is_restored_elsewhere_for_someone_named_there(
    place: Place, tmp_path: Path
) -> None:
    backup, elsewhere = tmp_path / "backup", tmp_path / "elsewhere" / "vault"
    words = "amber ladder six pepper stone"
    assert place.vault("backup", backup, "--passphrase", secrets=(WORDS, words)).status == 0
    elsewhere.parent.mkdir()
    restore = ("vault", "restore", backup, "--vault", elsewhere)
    assert "[who_is_first]" in run(*restore, secrets=(words,)).err
    wrong = run(*restore, "--name", "Grace", secrets=(WORDS, OTHER_WORDS))
    assert (wrong.status, elsewhere.exists()) == (1, False)
    restored = run(*restore, "--name", "Grace", secrets=(words, OTHER_WORDS))
    assert (restored.status, restored.err) == (0, "")
    there = Place(elsewhere, place.recovery_key)

    assert there.vault("users", "list").out.split() == ["supervisor", "Grace"]
    assert there.vault("verify", secrets=(OTHER_WORDS,)).status == 0
    opened = there.vault("unlock", "--recovery-key", secrets=(place.recovery_key,))
    assert opened.status == 0


def test_a_backup_is_restored_on_the_same_device_for_the_same_people(place: Place) -> None:
    backup = place.folder.with_name("backup")
    assert place.vault("backup", backup, "--originals").status == 0
    shutil.rmtree(place.folder)
    restored = place.vault("restore", backup, secrets=(place.recovery_key,))

    assert (restored.status, restored.err) == (0, "")
    assert place.vault("unlock").status == 0


def test_a_backup_is_merged_without_doubles(
    place: Place, made: Place, picture: Path, tmp_path: Path
) -> None:
    read = ("analyze", "--save", "--vault", place.folder, "--pack", "fracture_xray")
    assert run(*read, picture, secrets=(WORDS,)).status == 0
    assert place.vault("backup", tmp_path / "backup").status == 0
    other = Path(shutil.copytree(made.folder.parent, tmp_path / "other")) / "vault"
    for added, known in ((1, 0), (0, 1)):
        merge = ("vault", "merge", tmp_path / "backup", "--vault", other)
        merged = run(*merge, secrets=(WORDS, place.recovery_key))
        assert merged.status == 0
        told = dict(line.rsplit(maxsplit=1) for line in merged.out.splitlines())
        assert (told["added"], told["known"]) == (str(added), str(known))


def test_with_the_recovery_key_a_lost_device_secret_is_replaced_only_when_asked(
    place: Place,
) -> None:
    secret = place.folder.with_name("vault-device-secret")
    secret.unlink()
    key = place.recovery_key
    assert place.vault("unlock", "--recovery-key", secrets=(key,)).status == 0
    add = ("users", "add", "Grace", "--role", "supervisor", "--recovery-key")
    assert "[new_device]" in place.vault(*add, secrets=(key, OTHER_WORDS)).err
    assert not secret.exists()
    assert place.vault(*add, "--new-device", secrets=(key, OTHER_WORDS)).status == 0

    assert place.vault("users", "list").out.split() == ["supervisor", "Grace"]
    assert place.vault("unlock", secrets=(OTHER_WORDS,)).status == 0


def test_erasing_asks_twice_and_leaves_a_receipt(place: Place, tmp_path: Path) -> None:
    erase = ("vault", "erase", "--vault", place.folder)
    for typed in ("", "ERASE\n", "ERASE\nno\n", "erase\nvault\n", "vault\nERASE\n"):
        done = run(*erase, typed=typed)
        assert done.status == 1
        assert "Nothing was erased." in done.err
    assert place.vault("unlock").status == 0

    receipt = tmp_path / "receipt.json"
    done = run(*erase, "--receipt", receipt, typed="ERASE\nvault\n")
    assert done.status == 0
    told = json.loads(receipt.read_text("utf-8"))
    assert json.dumps(told, indent=1) in done.out
    assert told["device_secret_destroyed"] is True
    assert "keys.json" in told["files"]
    assert [path.name for path in place.folder.iterdir()] == ["vault.lock"]
    assert not place.folder.with_name("vault-device-secret").exists()


def test_reading_without_keeping_does_not_load_the_vault() -> None:
    code = (
        "import sys; from ui.terminal.commands import parser; parser();"
        "print(*{name.split('.')[0] for name in sys.modules} & {'storage', 'sqlite3', 'argon2'})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == []


# Readings


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Grey stripes: only a person's word makes a pack read them."""
    path = tmp_path_factory.mktemp("pictures") / "stripes.png"
    rows = np.sin(np.linspace(0, 60, 320))[:, None] * np.linspace(20, 120, 280)[None, :]
    Image.fromarray((rows + 125).astype(np.uint8)).save(path)
    return path


def test_what_is_read_is_kept_and_what_is_refused_is_not(place: Place, picture: Path) -> None:
    text = picture.with_name("text.png")
    text.write_text("no picture")
    read = ("analyze", "--json", "--save", "--vault", place.folder)
    done = run(*read, "--pack", "fracture_xray", picture, text, secrets=(WORDS,))
    kept, failed = map(json.loads, done.out.splitlines())
    assert (done.status, done.err) == (1, "")
    assert (failed["status"], failed["case"]) == ("error", None)
    assert kept["route"]["overridden_to"] == "fracture_xray"
    done = run(*read, picture, secrets=(WORDS,))
    refused = json.loads(done.out)
    assert (refused["status"], refused["case"]) == ("rejected", None)

    log = place.vault("log", "show").out
    assert log.count(" saved ") == 1
    assert kept["case"] in log
    assert place.vault("verify").status == 0


def test_corrections_are_exported_into_a_new_folder(place: Place, tmp_path: Path) -> None:
    folder = tmp_path / "corrections"
    done = place.vault("export-corrections", folder)

    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("0 labelled cases, 0 with a picture")
    assert "Labels from second opinions: 0" in done.out
    assert (folder / "manifest.csv").read_text("utf-8").startswith("file,label,")
    assert "[folder_not_empty]" in place.vault("export-corrections", folder).err


def test_nothing_is_read_when_the_vault_does_not_open(place: Place, picture: Path) -> None:
    read = ("analyze", "--save", "--vault", place.folder)
    done = run(*read, picture, secrets=(OTHER_WORDS,))

    assert done.status == 1
    assert "[wrong_secret]" in done.err
    assert done.out == ""


def test_without_save_there_is_no_case_and_no_secret_is_asked(picture: Path) -> None:
    done = run("analyze", "--json", picture)

    assert done.status == 0
    assert "case" not in json.loads(done.out)
