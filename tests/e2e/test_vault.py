"""The vault behind the app: first start, lock, saving, history, users, and two tabs at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import (
    AMINA,
    BEN,
    DESKTOP,
    PHONE,
    all_text,
    arrive,
    at_size,
    choose,
    go,
    listen,
    make_vault,
    put,
    sees,
    served,
    sync_api,
    tap,
    unlock,
    verdict,
)
from tests.e2e.test_app import TALL, too_small
from tests.packs import BRIGHT, FAINT, Kind, Place

Drawn = Callable[..., Path]
MIDDLE = Place.MIDDLE
CODE = "Patient code (may stay empty)"


@pytest.fixture(scope="module")
def clinic(
    repo: Path, models: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """The address of an app that Amina and Ben share, and its log."""
    folder = tmp_path_factory.mktemp("clinic")
    make_vault(folder / "vault", BEN)
    with served(repo, models, folder / "log.txt", folder / "vault") as at:
        yield at, folder / "log.txt"


@pytest.fixture
def tab(browser: Any, clinic: tuple[str, Path]) -> Iterator[Callable[..., Any]]:
    """``tab(size)``: a fresh tab at the lock."""
    pages = []

    def opened(size: tuple[int, int] = PHONE) -> Any:
        pages.append(arrive(browser, clinic[0], size, "light"))
        return pages[-1]

    yield opened
    for page in pages:
        page.context.close()


def read_a_hand(page: Any, drawn: Drawn, brightness: int = BRIGHT) -> None:
    choose(page, drawn("hand.png", Kind.HAND_FILM, {MIDDLE: brightness}))
    sees(page, "Which part of the body is it?")
    tap(page, "Hand")
    verdict(page)


def typed(page: Any, label: str) -> str:
    """What stands in a field: known to the browser only while it is in sight."""
    field = page.get_by_role("textbox", name=label, exact=True)
    field.focus()
    page.wait_for_timeout(1000)
    return str(field.input_value())


def to_more(page: Any, title: str) -> None:
    go(page, "More")
    page.get_by_role("button", name=re.compile(f"^{title}")).click()


def test_a_first_start_leads_straight_to_the_first_reading(
    browser: Any, repo: Path, models: Path, tmp_path: Path
) -> None:
    vault = tmp_path / "new" / "vault"
    with served(repo, models, tmp_path / "log.txt", vault) as address:
        page = arrive(browser, address, PHONE, "light")
        sees(page, "Welcome to Outpost")
        tap(page, "Next")
        sees(page, "No regulator has approved it.")
        tap(page, "Next")
        sees(page, "in a browser there is no protected key store")
        put(page, "Your name", "Amina")
        put(page, "Passphrase", "135790")
        put(page, "The same again", "135790")
        tap(page, "Make the vault")
        sees(page, "a PIN would be too easy to guess")
        put(page, "Passphrase", AMINA[1])
        put(page, "The same again", "something else")
        tap(page, "Make the vault")
        sees(page, "These two are not the same.")
        put(page, "The same again", AMINA[1])
        tap(page, "Make the vault")
        sees(page, "Write this recovery key down")
        printed = page.locator('[flt-semantics-identifier="recovery-key"]').inner_text()
        assert re.search(r"Recovery key: (\w{4}-){8}\w{4}", printed)
        sync_api.expect(page.get_by_role("button", name="Next")).to_be_disabled()
        tap(page, "I have written it down", role="checkbox")
        tap(page, "Next")
        put(page, "Clinic (may stay empty)", "Kasese")
        tap(page, "Start reading")
        sees(page, "Choose image")
        assert printed.split()[-1] not in page.content()
        page.context.close()
    assert (vault / "keys.json").is_file()


def test_a_reading_is_judged_saved_found_and_deleted(tab: Callable[..., Any], drawn: Drawn) -> None:
    page = tab()
    unlock(page, AMINA)
    sees(page, "Choose image")
    read_a_hand(page, drawn)
    tap(page, "Disagree")
    tap(page, "No fracture")
    put(page, "Note (may stay empty)", "An old break")
    put(page, CODE, "AB 12")
    tap(page, "Save case")
    sees(page, "Saved in the vault.")

    tap(page, "New reading")
    sees(page, "Recent cases")
    go(page, "History")
    put(page, "Search by patient code", "ab-13")
    tap(page, "Search")
    sees(page, "No case fits.")
    put(page, "Search by patient code", "ab-12")
    tap(page, "Search")
    page.get_by_role("button", name=re.compile("^Confident: fracture")).click()
    sees(page, "What happened")
    sees(page, "Case saved, Amina")
    assert page.get_by_role("img", name="Heat map over the image").count() == 1
    assert typed(page, "Note (may stay empty)") == "An old break"
    assert "AB 12" not in all_text(page), "the code itself was not kept"

    tap(page, "Delete case")
    tap(page, "It was a test")
    tap(page, "Delete for good")
    sees(page, "The case was deleted.")
    to_more(page, "Audit log")
    sees(page, "Case deleted, Amina, It was a test")
    tap(page, "Check log and vault")
    sees(page, "All is as it was left")


def test_after_the_lock_one_is_back_with_what_was_typed(
    tab: Callable[..., Any], drawn: Drawn
) -> None:
    page = tab()
    unlock(page, AMINA)
    sees(page, "Choose image")
    read_a_hand(page, drawn)
    put(page, CODE, "EF 56")
    tap(page, "Lock")

    sees(page, "Outpost is locked")
    sees(page, "An unsaved reading waits behind the lock, in this device's memory only")
    assert page.get_by_role("img").count() == 0
    unlock(page, ("Amina", "not the right five words"))
    sees(page, "do not belong together")
    unlock(page, AMINA)

    assert "Confident" in verdict(page)
    assert typed(page, CODE) == "EF 56"


def test_someone_else_finds_nothing_of_an_unsaved_reading(
    tab: Callable[..., Any], drawn: Drawn
) -> None:
    page = tab()
    unlock(page, AMINA)
    sees(page, "Choose image")
    read_a_hand(page, drawn)

    tap(page, "Signed in: Amina. Lock and switch user")
    unlock(page, BEN)
    sees(page, "Choose image")
    assert "fracture" not in all_text(page)
    tap(page, "Signed in: Ben. Lock and switch user")
    unlock(page, AMINA)

    assert "Confident" in verdict(page)


def test_a_reloaded_tab_is_where_it_was(tab: Callable[..., Any]) -> None:
    page = tab()
    unlock(page, AMINA)
    sees(page, "Choose image")
    to_more(page, "Users")
    sees(page, "Everyone signs in with their own name")

    page.reload()
    listen(page)

    sees(page, "Everyone signs in with their own name")


def test_the_browsers_back_button_goes_up_and_asks_before_it_forgets(
    tab: Callable[..., Any], drawn: Drawn
) -> None:
    page = tab()
    unlock(page, AMINA)
    sees(page, "Choose image")
    to_more(page, "Settings")
    sees(page, "What is kept")
    page.go_back()
    sees(page, "Audit log")
    go(page, "Read")
    sees(page, "Choose image")
    read_a_hand(page, drawn)
    page.wait_for_url("**/reading")

    page.go_back()

    sees(page, "Leave without saving?")
    tap(page, "Stay")
    assert "Confident" in verdict(page)
    tap(page, "Back")
    sees(page, "Leave without saving?")
    tap(page, "Leave, and forget it")
    sees(page, "Choose image")


def test_of_two_tabs_one_is_signed_in_and_neither_sees_the_others_work(
    tab: Callable[..., Any], drawn: Drawn
) -> None:
    first, second = tab(), tab(DESKTOP)
    unlock(first, AMINA)
    sees(first, "Choose image")
    read_a_hand(first, drawn)

    second.reload()
    listen(second)
    sees(second, "Outpost is locked")
    assert "fracture" not in all_text(second)
    unlock(second, BEN)
    sees(second, "Choose image")
    assert "fracture" not in all_text(second)

    sees(first, "Outpost is locked")
    sees(first, "Outpost is open in another tab or window")
    assert "fracture" not in all_text(first)
    unlock(first, AMINA)
    assert "Confident" in verdict(first)
    sees(second, "Outpost is locked")


def test_a_closed_tabs_vault_is_free_for_the_next(tab: Callable[..., Any]) -> None:
    page = tab()
    unlock(page, AMINA)
    sees(page, "Choose image")
    page.close()

    other = tab()
    unlock(other, BEN)
    sees(other, "Choose image")


def test_a_clinician_is_told_who_may_change_users_and_settings(tab: Callable[..., Any]) -> None:
    page = tab()
    unlock(page, BEN)
    sees(page, "Choose image")
    to_more(page, "Users")
    sees(page, "Only supervisors add and remove users.")
    assert page.get_by_role("button", name="Add a user").count() == 0
    tap(page, "Back")
    page.get_by_role("button", name=re.compile("^Settings")).click()
    sees(page, "only a supervisor changes them")
    assert page.get_by_role("textbox").count() == 0


def test_a_supervisor_adds_a_user_and_the_log_is_handed_out(tab: Callable[..., Any]) -> None:
    page = tab()
    unlock(page, AMINA)
    sees(page, "Choose image")
    to_more(page, "Users")
    tap(page, "Add a user")
    put(page, "Name", "Chi")
    put(page, "Passphrase", "too short")
    put(page, "The same again", "too short")
    tap(page, "Add")
    sees(page, "A passphrase needs at least")
    # What was typed is still there.
    name = page.get_by_role("textbox", name="Name", exact=True)
    sync_api.expect(name).to_have_value("Chi")
    put(page, "Passphrase", "eleven twelve five six ten")
    put(page, "The same again", "eleven twelve five six ten")
    tap(page, "Add")
    sees(page, "Chi can sign in now.")
    tap(page, "Remove Chi")
    tap(page, "Remove")
    sees(page, "Chi can no longer sign in.")
    tap(page, "Back")
    page.get_by_role("button", name=re.compile("^Audit log")).click()
    sees(page, "User removed, Amina, Chi")

    with page.expect_download() as download:
        tap(page, "Export the log")

    assert download.value.suggested_filename == "outpost-audit-log.jsonl"


def test_a_batch_shows_a_queue_and_is_saved_together(tab: Callable[..., Any], drawn: Drawn) -> None:
    page = tab()
    unlock(page, AMINA)
    sees(page, "Choose image")
    choose(
        page,
        drawn("b1.png", Kind.PHOTOGRAPH),
        drawn("b2.png", Kind.HAND_FILM, {MIDDLE: FAINT}),
    )
    sees(page, "Which part of the body is it?")
    tap(page, "Hand")
    sees(page, "0 confident, 1 uncertain, 1 refused, 0 not read")

    tap(page, "Save all that were read")

    sees(page, "Saved in the vault.")
    sees(page, "Image 2: Uncertain, saved")


def test_in_some_cases_the_clinician_is_asked_first(tab: Callable[..., Any], drawn: Drawn) -> None:
    page = tab()
    unlock(page, AMINA)
    sees(page, "Choose image")
    to_more(page, "Settings")
    tap(page, "Every case")
    go(page, "Read")
    choose(page, drawn("hand.png", Kind.HAND_FILM, {MIDDLE: BRIGHT}))
    sees(page, "Which part of the body is it?")
    tap(page, "Hand")
    sees(page, "What do you see?")
    assert "The model finds" not in all_text(page)
    assert "%" not in all_text(page)

    tap(page, "No fracture")

    assert "Confident" in verdict(page)
    sees(page, "Seen by you before the reading: no fracture")
    to_more(page, "Settings")
    tap(page, "Never")
    sees(page, "Saved.")


def test_whatever_can_be_tapped_in_the_vaults_screens_is_large_enough_and_has_a_name(
    tab: Callable[..., Any],
) -> None:
    page = tab(TALL[-1])
    small: dict[str, list[str]] = {}

    def look(screen: str) -> None:
        for size in TALL:
            small[f"{screen} at {size[0]}"] = at_size(page, size, too_small)

    sees(page, "Outpost is locked")
    look("lock")
    unlock(page, AMINA)
    sees(page, "Choose image")
    go(page, "History")
    tap(page, "Filters")
    sees(page, "Agreement")
    look("history")
    for title, seen in (
        ("Settings", "What is kept"),
        ("Users", "Add a user"),
        ("Audit log", "Check log and vault"),
    ):
        to_more(page, title)
        sees(page, seen)
        look(title)

    assert {where: names for where, names in small.items() if names} == {}


def test_the_server_wrote_no_traceback_no_name_and_no_code(clinic: tuple[str, Path]) -> None:
    """Runs last in this file: what all the tests above left behind."""
    log = clinic[1].read_text(encoding="utf-8", errors="replace")

    for word in ("Traceback", "Amina", "AB 12", "EF 56", "one two three"):
        assert word not in log


def test_after_a_restart_the_lock_comes_first_and_then_the_place(
    browser: Any, repo: Path, models: Path, tmp_path: Path
) -> None:
    make_vault(tmp_path / "vault")
    with served(repo, models, tmp_path / "log.txt", tmp_path / "vault") as address:
        page = arrive(browser, f"{address}/history", PHONE, "light")
        sees(page, "Outpost is locked")
        unlock(page, AMINA)
        sees(page, "No case is in the vault yet.")
        page.context.close()


def test_whoever_comes_back_to_a_tab_that_was_left_finds_the_lock_and_no_old_picture(
    browser: Any, repo: Path, models: Path, tmp_path: Path, drawn: Drawn
) -> None:
    """Flet keeps what it drew last for a tab that comes back: that must be the lock by then."""
    make_vault(tmp_path / "vault", lock_in_background=1)
    with served(repo, models, tmp_path / "log.txt", tmp_path / "vault") as address:
        page = arrive(browser, address, PHONE, "light")
        unlock(page, AMINA)
        sees(page, "Choose image")
        read_a_hand(page, drawn)
        page.goto("about:blank")
        page.wait_for_timeout(4000)
        frames: list[bytes] = []
        page.on(
            "websocket",
            lambda socket: socket.on("framereceived", lambda frame: frames.append(_bytes(frame))),
        )

        page.goto(address)
        listen(page)

        sees(page, "Outpost is locked")
        sent = b"".join(frames)
        assert b"Outpost is locked" in sent
        assert b"The model finds" not in sent
        unlock(page, AMINA)
        assert "Confident" in verdict(page)
        page.context.close()


def _bytes(frame: bytes | str) -> bytes:
    return frame if isinstance(frame, bytes) else frame.encode()


def test_without_a_touch_the_app_locks(
    browser: Any, repo: Path, models: Path, tmp_path: Path
) -> None:
    make_vault(tmp_path / "vault", lock_when_idle=4)
    with served(repo, models, tmp_path / "log.txt", tmp_path / "vault") as address:
        page = arrive(browser, address, PHONE, "light")
        unlock(page, AMINA)
        sees(page, "Choose image")
        sees(page, "Outpost is locked")
        page.context.close()


def test_the_recovery_key_opens_and_leads_to_becoming_someone_again(
    browser: Any, repo: Path, models: Path, tmp_path: Path
) -> None:
    key = make_vault(tmp_path / "vault")
    with served(repo, models, tmp_path / "log.txt", tmp_path / "vault") as address:
        page = arrive(browser, address, PHONE, "light")
        sees(page, "Outpost is locked")
        tap(page, "Use the recovery key")
        put(page, "Recovery key, as it was written down", "0000-" + key[5:])
        tap(page, "Open with the recovery key")
        sees(page, "This is not a whole recovery key")
        put(page, "Recovery key, as it was written down", key.lower())
        tap(page, "Open with the recovery key")
        sees(page, "You came in with the recovery key.")
        sees(page, "Add a user")
        page.context.close()


def test_a_vault_that_cannot_be_used_is_said_in_words_and_never_as_a_traceback(
    browser: Any, repo: Path, models: Path, tmp_path: Path
) -> None:
    vault = tmp_path / "vault"
    make_vault(vault)
    (vault / "keys.json").rename(tmp_path / "keys.json")
    with served(repo, models, tmp_path / "log.txt", vault) as address:
        page = arrive(browser, address, PHONE, "light")
        sees(page, "The vault cannot be opened")
        sees(page, "The file that holds this vault's keys is gone. Nothing was changed.")
        (tmp_path / "keys.json").rename(vault / "keys.json")
        tap(page, "Try again")
        sees(page, "Outpost is locked")

        for file in vault.glob("vault.db*"):
            file.write_bytes(b"\x00" * file.stat().st_size)
        unlock(page, AMINA)
        sees(page, "It was left as it is.")
        assert "Traceback" not in page.content()
        page.context.close()
    assert "Traceback" not in (tmp_path / "log.txt").read_text(encoding="utf-8")
