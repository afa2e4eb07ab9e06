"""Places that a person may name by mistake: a sentence, never a traceback, and nothing is lost."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.audit import Action, Entry
from storage.clock import Clock
from storage.log_export import write_log
from storage.log_head import LogHead, sign
from tests.terminal.vaults import ROOT, WORDS, Done, run

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no descriptors to hand on")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "vault"
    done = run("vault", "init", "--name", "Amina", "--vault", folder, secrets=(WORDS,))
    assert (done.status, done.err) == (0, "")
    return folder


def vault(folder: Path | str, *arguments: Path | str, within: Path = ROOT) -> Done:
    done = run("vault", *arguments, "--vault", folder, secrets=(WORDS,), within=within)
    assert "Traceback" not in done.err
    return done


def test_a_vault_may_be_named_from_within(made: Path) -> None:
    (made / "originals").mkdir()

    assert vault(".", "unlock", within=made).status == 0
    assert vault("..", "unlock", within=made / "originals").status == 0


def test_the_root_of_a_disk_is_no_vault() -> None:
    assert "[no_vault]" in vault("/", "unlock").err
    assert "[no_vault]" in vault("/", "init", "--name", "Amina").err


@pytest.mark.parametrize("place", ["/", ".", ".."])
def test_a_file_is_not_written_in_a_folders_place(made: Path, tmp_path: Path, place: str) -> None:
    (tmp_path / "mine").touch()
    for arguments in (
        ("backup", place),
        ("verify", "--write-head", place),
        ("log", "export", place),
    ):
        done = vault(made, *arguments, within=tmp_path)
        assert done.status == 1
        assert "[is_a_folder]" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_corrections_can_be_exported_into_the_folder_one_is_in(made: Path, tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()

    assert vault(made, "export-corrections", ".", within=tmp_path / "labels").status == 0
    assert (tmp_path / "labels" / "manifest.csv").is_file()
    assert "[folder_not_empty]" in vault(made, "export-corrections", "..", within=tmp_path).err


def test_a_head_that_is_none_is_refused(made: Path, tmp_path: Path) -> None:
    (tmp_path / "head.json").write_text('{"format": 1, "vault": "a", "number": 1e999}', "utf-8")

    assert "[log_not_genuine]" in vault(made, "verify", "--head", tmp_path / "head.json").err


def test_a_folder_that_never_was_a_vault_is_not_erased(tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "photo.jpg").touch()
    erase = ("vault", "erase", "--vault", tmp_path / "holiday")
    done = run(*erase, typed="ERASE\nholiday\n")

    assert done.status == 1
    assert "[not_a_vault]" in done.err
    assert (tmp_path / "holiday" / "photo.jpg").exists()


def test_of_two_who_make_a_vault_at_once_one_does_and_it_opens(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    with ThreadPoolExecutor() as both:
        done = list(both.map(lambda name: vault(folder, "init", "--name", name), ("Ann", "Bo")))
    made, refused = sorted(done, key=lambda one: one.status)

    assert (made.status, refused.status) == (0, 1)
    assert "[already_a_vault]" in refused.err
    assert vault(folder, "unlock").status == 0
    names = ["vault", "vault-device-secret"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_only_the_devices_key_makes_a_log_genuine(made: Path, tmp_path: Path) -> None:
    """Anyone can write a log, and sign it with a key of their own."""
    seed = bytes(range(32))
    chain = LogHead(vault="x", number=1, hash="ab", known_time=datetime.now(UTC))
    head = sign(seed, chain)
    forged = Entry(number=1, action=Action.CREATED, user="", moment=Clock().now())
    write_log(tmp_path / "forged.jsonl", [(1, forged, "ab")], head, seed)
    vault(made, "log", "export", tmp_path / "real.jsonl")
    key = vault(made, "verify").out.rsplit(maxsplit=1)[1]
    check = ("vault", "log", "check")

    for name in ("forged.jsonl", "real.jsonl"):
        done = run(*check, tmp_path / name)
        assert (done.status, done.err) == (0, "")
        assert done.out.startswith("Consistent in itself: ")
        assert "Compare this key with the device's." in done.out
        assert "Genuine" not in done.out
    known = run(*check, tmp_path / "real.jsonl", "--public-key", key)
    assert known.out.startswith("Genuine: ")
    assert "[log_not_genuine]" in run(*check, tmp_path / "forged.jsonl", "--public-key", key).err
