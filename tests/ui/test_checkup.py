"""The self-test and the report about a problem: what is broken is said, and nobody is named."""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import OutpostError
from core.reading.pack import PackShelf
from core.reading.reader import Reader
from core.sentences import Sentence
from storage.settings import Settings
from tests.ui.test_vault_care import Desk
from tests.ui.vaults import first_start
from ui import checkup
from ui.case_documents import DocumentTrouble
from ui.checkup import Check, Checked, Device, Outcome, run_check
from ui.checkup_desk import CheckupDesk
from ui.pack_desk import list_packs
from ui.problem_report import problem_report
from ui.state import Place
from ui.troubles import statement_of

CANARY = "ZZCANARY"


def device(folder: Path, reader: Reader, **environment: str) -> Device:
    return Device(lambda: reader, folder / "vault", environment)


def codes(checked: Checked) -> list[str]:
    return [one.code for one in checked.said]


def test_a_sound_device_passes_every_check(tmp_path: Path, reader: Reader) -> None:
    found = [run_check(check, device(tmp_path, reader)) for check in Check]

    assert [one.check for one in found] == list(Check)
    assert {one.outcome for one in found} <= {Outcome.FINE, Outcome.NOT_TRIED}
    assert list(tmp_path.iterdir()) == []


def test_an_altered_pack_fails_with_its_own_sentence(tmp_path: Path, models: Path) -> None:
    copied = tmp_path / "models"
    shutil.copytree(models, copied)
    model = copied / "limb" / "model.onnx"
    model.write_bytes(model.read_bytes() + b" ")
    altered = Reader(PackShelf(copied), threads=1)
    found = run_check(Check.PACKS, device(tmp_path, altered))

    assert found.outcome is Outcome.FAILED
    assert codes(found) == ["pack_model_altered"]
    assert run_check(Check.READING, device(tmp_path, altered)).outcome is Outcome.FAILED


def test_no_models_at_all_fails(tmp_path: Path, models: Path) -> None:
    copied = tmp_path / "models"
    shutil.copytree(models, copied)
    for pack in PackShelf(copied).names():
        if pack != "router":
            shutil.rmtree(copied / pack)
    found = run_check(Check.PACKS, device(tmp_path, Reader(PackShelf(copied), threads=1)))

    assert codes(found) == ["packs_missing"]


def test_space_is_judged_by_what_a_reading_needs(
    tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = []
    for megabytes in (10, 100, 10_000):
        monkeypatch.setattr(checkup, "free_bytes", lambda _, m=megabytes: m * 1_000_000)
        outcomes.append(run_check(Check.SPACE, device(tmp_path, reader)).outcome)

    assert outcomes == [Outcome.FAILED, Outcome.LOOK, Outcome.FINE]


def test_a_place_that_cannot_be_written_fails_in_words(tmp_path: Path, reader: Reader) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    found = run_check(Check.VAULT, device(blocked, reader))

    assert found.outcome is Outcome.FAILED
    assert found.said[0].text.endswith(".")


def test_left_copies_are_removed_unless_a_reading_needs_them(
    tmp_path: Path, reader: Reader
) -> None:
    cache = tmp_path / "cache"
    (cache / "file_picker").mkdir(parents=True)
    (cache / "file_picker" / "film.png").write_bytes(b"a patient")
    phone = {"FLET_PLATFORM": "android", "FLET_APP_STORAGE_CACHE": str(cache)}
    here = Device(lambda: reader, tmp_path / "vault", phone, reading_is_open=True)

    assert codes(run_check(Check.LEFTOVERS, here)) == ["left_in_use"]
    assert codes(run_check(Check.LEFTOVERS, replace(here, reading_is_open=False))) == [
        "left_removed"
    ]
    assert codes(run_check(Check.LEFTOVERS, here)) == ["left_nothing"]


def test_a_check_that_breaks_is_a_finding(tmp_path: Path) -> None:
    def broken() -> Reader:
        raise ZeroDivisionError(CANARY)

    found = run_check(Check.PACKS, Device(broken, tmp_path / "vault", os.environ))

    assert (found.outcome, codes(found)) == (Outcome.FAILED, ["check_broke"])


class _Trouble(Sentence):
    BAD_FILE = "The file {name} is bad. Choose another."


def test_the_report_about_a_problem_names_no_one(
    tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Canaries in everything that a person can type, in paths, and in messages of errors."""
    folder = tmp_path / f"{CANARY}-folder"
    folder.mkdir()
    monkeypatch.setenv("OUTPOST_VAULT", str(folder))
    desk = Desk(folder, reader)
    given: dict[str, bytes] = {}

    async def save(name: str, content: bytes) -> bool:
        given[name] = content
        return True

    async def camera() -> bool | None:
        return None

    async def load_packs() -> None:
        desk.state.packs = tuple(list_packs(reader))

    async def work() -> None:
        await first_start(desk.front)
        vault = desk.front.vault
        named = replace(vault.settings(), clinic_name=f"{CANARY} clinic", device_name=CANARY)
        vault.change_settings(replace(named, packs_address=f"https://{CANARY}.example/"))
        desk.state.settings = vault.settings()
        await desk.clinic.read()
        draft = desk.state.case.draft
        draft.note, draft.code = f"{CANARY} note", f"{CANARY}-77"
        await desk.clinic.book.save()
        statement_of(ValueError(f"{CANARY}.dcm"))
        statement_of(OutpostError(_Trouble.BAD_FILE, name=CANARY))
        statement_of(OutpostError(DocumentTrouble.NO_PICTURE_KEPT))
        desk.state.place = Place.PROBLEM
        checks = CheckupDesk(
            desk.state,
            lambda: reader,
            desk.room.folder,
            camera,
            load_packs,
            save,
            save,
            "linux",
        )
        await checks.gather()
        await checks.save_report()

    asyncio.run(work())
    report = desk.state.problem
    assert given == {next(iter(given)): report.encode()}
    assert CANARY not in report
    assert "Amina" not in report
    assert str(tmp_path) not in report
    for told in ("no_picture_kept", "bad_file", "not_done ValueError", "limb: 0.0.1, released"):
        assert told in report
    for check in Check:
        assert f"{check.value}: " in report


def test_the_report_says_what_could_not_be_known() -> None:
    assert "could not be listed" in problem_report("linux", None, (), Settings())
