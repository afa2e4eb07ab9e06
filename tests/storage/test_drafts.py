"""Unsaved work, sealed: it comes back after a kill, to its owner and to nobody else."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from storage import drafts
from storage.door import Door
from storage.failures import StorageError
from storage.key_file import Role
from tests.storage.cases import CANARY, CHEAP, PHONE, WORDS, enter, make

IMAGES = ((b"first" * 1000, b"second"), (b"third",))
NOTE = {"stage": "RESULT", "note": f"{CANARY} note"}
BENS = "six seven eight nine ten"

PLANTER = """
import sys
from pathlib import Path
from tests.storage.cases import CANARY, enter, make

make(Path(sys.argv[1]))
vault = enter(Path(sys.argv[1]))
image = (CANARY * 50_000).encode()
vault.drafts.begin([[image], [Path(sys.argv[2])]])
vault.drafts.note({"note": CANARY * 100, "code": CANARY})
print("planted", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make(tmp_path / "vault")
    return tmp_path / "vault"


def names(folder: Path) -> set[str]:
    kept = folder / drafts.FOLDER
    return {path.suffix for path in kept.iterdir()} if kept.is_dir() else set()


def test_a_draft_comes_back_after_signing_in_again(folder: Path, tmp_path: Path) -> None:
    chosen = tmp_path / "chosen.dcm"
    chosen.write_bytes(IMAGES[1][0])
    vault = enter(folder)
    vault.drafts.begin([list(IMAGES[0]), [chosen]])
    vault.drafts.note({"stage": "ASKING"})
    vault.drafts.note(NOTE)
    vault.lock()

    found = enter(folder).drafts.found()

    assert found == drafts.Draft(IMAGES, NOTE)


def test_there_is_no_draft_where_none_was_kept(folder: Path) -> None:
    vault = enter(folder)

    assert vault.drafts.found() is None
    vault.drafts.discard()
    with pytest.raises(StorageError):
        vault.drafts.note(NOTE)


def test_a_draft_whose_note_was_never_written_still_has_its_images(folder: Path) -> None:
    vault = enter(folder)
    vault.drafts.begin(IMAGES)

    assert vault.drafts.found() == drafts.Draft(IMAGES, {})


def test_a_new_draft_takes_the_place_of_the_former_one(folder: Path) -> None:
    vault = enter(folder)
    vault.drafts.begin(IMAGES)
    vault.drafts.begin([[b"other"]])

    found = vault.drafts.found()

    assert found is not None
    assert found.groups == ((b"other",),)
    assert len(list((folder / drafts.FOLDER).iterdir())) == 1


def test_discarding_leaves_neither_key_nor_file(folder: Path) -> None:
    vault = enter(folder)
    vault.drafts.begin(IMAGES)
    vault.drafts.note(NOTE)
    assert names(folder) == {".images", ".note"}

    vault.drafts.discard()

    assert names(folder) == set()
    assert vault.drafts.found() is None
    assert vault.verify() == []


def test_a_vault_with_a_draft_passes_its_check(folder: Path) -> None:
    vault = enter(folder)
    vault.drafts.begin(IMAGES)

    assert vault.verify() == []


def test_everyone_has_a_draft_of_their_own(folder: Path) -> None:
    vault = enter(folder)
    vault.drafts.begin(IMAGES)
    ben = vault.add_user("Ben", Role.CLINICIAN, BENS, CHEAP)
    vault.lock()
    his = Door(folder, PHONE).unlock(ben.id, BENS)
    assert his.drafts.found() is None
    his.drafts.begin([[b"his"]])
    his.lock()

    found = enter(folder).drafts.found()

    assert found is not None
    assert found.groups == IMAGES


def test_a_draft_outlives_a_change_of_the_vault_key(folder: Path) -> None:
    vault = enter(folder)
    vault.drafts.begin(IMAGES)
    vault.drafts.note(NOTE)
    ben = vault.add_user("Ben", Role.CLINICIAN, BENS, CHEAP)
    vault.remove_user(ben.id)

    assert vault.drafts.found() == drafts.Draft(IMAGES, NOTE)


def test_the_draft_of_someone_who_was_removed_is_swept(folder: Path) -> None:
    vault = enter(folder)
    ben = vault.add_user("Ben", Role.CLINICIAN, BENS, CHEAP)
    vault.lock()
    his = Door(folder, PHONE).unlock(ben.id, BENS)
    his.drafts.begin(IMAGES)
    his.lock()
    vault = enter(folder)
    vault.remove_user(ben.id)

    vault.drafts.sweep()

    assert names(folder) == set()
    assert vault.verify() == []


@pytest.mark.parametrize("part", [".images", ".note"])
def test_an_altered_draft_is_refused(folder: Path, part: str) -> None:
    vault = enter(folder)
    vault.drafts.begin(IMAGES)
    vault.drafts.note(NOTE)
    path = next((folder / drafts.FOLDER).glob(f"*{part}"))
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)

    with pytest.raises(StorageError) as refused:
        vault.drafts.found()

    assert refused.value.code == "row_damaged"
    assert CANARY not in repr(refused.value)


def test_what_is_too_large_is_not_begun_and_the_former_draft_stands(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = enter(folder)
    vault.drafts.begin(IMAGES)
    monkeypatch.setattr(drafts, "LARGEST", 10)

    with pytest.raises(StorageError) as refused:
        vault.drafts.begin([[b"more than ten bytes"]])

    assert refused.value.code == "low_space"
    found = vault.drafts.found()
    assert found is not None
    assert found.groups == IMAGES


def test_a_file_that_is_no_draft_is_left_alone(folder: Path) -> None:
    vault = enter(folder)
    vault.drafts.begin(IMAGES)
    stranger = folder / drafts.FOLDER / "notes.txt"
    stranger.write_text("mine")

    vault.drafts.discard()

    assert stranger.read_text() == "mine"


def test_a_locked_vault_has_no_drafts(folder: Path) -> None:
    vault = enter(folder)
    vault.drafts.begin(IMAGES)
    vault.lock()

    with pytest.raises(StorageError):
        vault.drafts.found()


def test_nothing_of_a_draft_lies_in_clear_after_a_kill(tmp_path: Path) -> None:
    """Also in no file beside the vault: the whole folder that the process could write to."""
    root = tmp_path / "device"
    root.mkdir()
    chosen = tmp_path / "chosen.dcm"
    chosen.write_bytes((CANARY * 50_000).encode())
    process = subprocess.Popen(
        [sys.executable, "-c", PLANTER, str(root / "vault"), str(chosen)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(root), "HOME": str(root)},
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"planted\n"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    written = [path for path in root.rglob("*") if path.is_file()]

    found = enter(root / "vault", WORDS).drafts.found()

    assert found is not None
    assert found.groups[1][0].startswith(CANARY.encode())
    canaries = [CANARY.encode(), CANARY.encode("utf-16-le"), base64.b64encode(CANARY.encode())[:-2]]
    for path in written:
        content = path.read_bytes() if path.exists() else b""
        assert not any(canary in content for canary in canaries), path.name
