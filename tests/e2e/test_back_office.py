"""Copies of a case, backups, erasing, insights, help and the self-test, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from storage import device_file, device_secret, door
from tests.e2e.conftest import (
    AMINA,
    DESKTOP,
    PHONE,
    choose,
    enter,
    go,
    make_vault,
    put,
    sees,
    served,
    sync_api,
    tap,
    unlock,
    verdict,
)
from tests.e2e.test_app import sticking_out, too_small
from tests.packs import BRIGHT, Kind, Place
from tests.storage.test_insights import case

Drawn = Callable[..., Path]
SCREENS = {
    "Help": "Tap a question",
    "Insights": "How often clinicians agreed",
    "Vault and backups": "Erase this vault",
    "Self-test": "Try again",
    "Settings": "Size of text",
}
NEW_HOME = ("Chi", "river lamp seven maize drum")


@pytest.fixture(scope="module")
def at(repo: Path, models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app with a vault that nobody else's tests see."""
    folder = tmp_path_factory.mktemp("office")
    make_vault(folder / "vault")
    device = device_file.read_device(device_secret.secret_file(folder / "vault"))
    entrance = door.Door(folder / "vault", device)
    vault = entrance.unlock(entrance.users()[0].id, AMINA[1])
    vault.save(case(date.today()))
    vault.lock()
    with served(repo, models, folder / "log.txt", folder / "vault") as address:
        yield address
    log = (folder / "log.txt").read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in log
    assert AMINA[0] not in log


def to_more(page: Any, title: str) -> None:
    go(page, "More")
    sees(page, "Audit log")
    page.get_by_role("button", name=re.compile(f"^{title}")).click()


def keep_a_case(page: Any, drawn: Drawn) -> None:
    choose(page, drawn("office.png", Kind.HAND_FILM, {Place.MIDDLE: BRIGHT}))
    sees(page, re.compile("Which part of the body|Confident"))
    hand = page.get_by_role("button", name="Hand", exact=True)
    if hand.count():
        hand.first.click()
    verdict(page)
    put(page, "Patient code (may stay empty)", "AB 12")
    tap(page, "Save case")
    sees(page, "Saved in the vault.")


def handed_out(page: Any, button: str, folder: Path) -> Path:
    with page.expect_download() as download:
        tap(page, button)
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_copy_of_a_case_is_taken_and_it_is_said_what_leaves(
    browser: Any, at: str, drawn: Drawn, tmp_path: Path
) -> None:
    page = enter(browser, at, PHONE, "light")
    keep_a_case(page, drawn)
    tap(page, "Plain text")
    sees(page, "The patient is named by the pseudonym only.")
    sees(page, "The patient's own code and your note stay here.")
    taken = handed_out(page, "Save the file", tmp_path)
    sees(page, "The log keeps that a copy was taken.")

    assert taken.suffix == ".txt"
    assert taken.read_text(encoding="utf-8").startswith("Computer reading of an image")
    assert "AB 12" not in taken.read_text(encoding="utf-8")
    to_more(page, "Audit log")
    sees(page, "report: text")
    page.context.close()


def test_the_device_is_tested_and_a_problem_told_without_a_name(
    browser: Any, at: str, tmp_path: Path
) -> None:
    page = enter(browser, at, DESKTOP, "dark")
    to_more(page, "Self-test")
    sees(page, "Everything that was tried works.")
    tap(page, "Report a problem")
    sees(page, "packs: fine (packs_fine)")
    report = handed_out(page, "Save the report", tmp_path).read_text(encoding="utf-8")

    assert "packs: fine (packs_fine)" in report
    assert AMINA[0] not in report
    to_more(page, "Help")
    page.wait_for_timeout(500)
    page.get_by_role("button", name=re.compile("three verdicts")).click()
    sees(page, "It can still be wrong.")
    to_more(page, "Insights")
    chart = page.get_by_role("img", name=re.compile("^In the last 12 weeks"))
    sync_api.expect(chart).to_be_attached()
    page.context.close()


def test_the_new_screens_can_be_tapped_and_hold_text_of_twice_the_size(
    browser: Any, at: str
) -> None:
    page = enter(browser, at, (360, 4000), "light")
    found: dict[str, list[str]] = {}
    for title, seen in SCREENS.items():
        to_more(page, title)
        sees(page, seen)
        found[title] = [*too_small(page), *sticking_out(page)]
    hint = page.get_by_text("For this device or browser only, on top").first
    before = hint.bounding_box()
    tap(page, "Largest")
    page.wait_for_timeout(1000)
    after = hint.bounding_box()
    assert after["height"] > 2 * before["height"]
    for title in ("Vault and backups", "Insights"):
        to_more(page, title)
        sees(page, SCREENS[title])
        found[f"{title}, large"] = sticking_out(page)
    go(page, "Models")
    sees(page, "Look for newer ones")
    found["Models"] = [*too_small(page), *sticking_out(page)]

    assert {where: names for where, names in found.items() if names} == {}
    page.context.close()


def test_a_backup_outlives_the_vault(
    browser: Any, repo: Path, models: Path, drawn: Drawn, tmp_path: Path
) -> None:
    """Backed up, erased with a receipt, restored with the recovery key on what is now a new
    device, and the case is there."""
    recovery_key = make_vault(tmp_path / "clinic" / "vault")
    with served(repo, models, tmp_path / "log.txt", tmp_path / "clinic" / "vault") as address:
        page = enter(browser, address, PHONE, "light")
        keep_a_case(page, drawn)
        to_more(page, "Vault and backups")
        tap(page, "Make the backup")
        sees(page, "A passphrase of its own may open it too")
        backup = handed_out(page, "Make the backup", tmp_path)
        sees(page, "read again to the last byte")

        tap(page, "Erase the vault")
        put(page, "Type ERASE to go on", "ERASE")
        tap(page, "Erase the vault")
        sees(page, "This cannot be undone.")
        put(page, "Your PIN or passphrase, once more", "not hers")
        tap(page, "Destroy everything here for good")
        sees(page, NOT_RIGHT)
        put(page, "Your PIN or passphrase, once more", AMINA[1])
        tap(page, "Destroy everything here for good")
        sees(page, "This is the receipt.")
        receipt = handed_out(page, "Save the receipt", tmp_path).read_text(encoding="utf-8")
        assert '"device_secret_destroyed": true' in receipt
        assert not list((tmp_path / "clinic" / "vault").glob("*.db"))
        tap(page, "Start anew")
        restore(page, backup, recovery_key)

        sees(page, "The backup was restored")
        go(page, "History")
        sees(page, "Patient known by pseudonym")
        tap(page, "Lock")
        unlock(page, NEW_HOME)
        page.context.close()


NOT_RIGHT = re.compile("do not belong together|does not open this backup")


def restore(page: Any, backup: Path, recovery_key: str) -> None:
    tap(page, "Next")
    tap(page, "Restore from a backup instead")
    with page.expect_file_chooser() as chooser:
        tap(page, "Choose the backup file")
    chooser.value.set_files(str(backup))
    sees(page, "was chosen")
    name, secret = NEW_HOME
    put(page, "Recovery key, or the backup's passphrase", "not the key")
    put(page, "Your name", name)
    put(page, "Passphrase", secret)
    put(page, "The same again", secret)
    # The button lies below the fold, and a click may come before the page has scrolled to it.
    page.keyboard.press("Enter")
    sees(page, NOT_RIGHT)
    # Only what was wrong is typed again.
    put(page, "Recovery key, or the backup's passphrase", recovery_key)
    page.get_by_role("textbox", name="The same again", exact=True).focus()
    page.wait_for_timeout(500)
    page.keyboard.press("Enter")
