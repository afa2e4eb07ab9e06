"""First start, signing in and locking, with a real vault and no screen."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from storage import device_secret
from storage.attempts import FREE_TRIES
from storage.failures import StorageError, StorageFailure
from storage.key_file import Role
from tests.ui.vaults import (
    AMINA,
    BEN,
    BENS_SECRET,
    CHEAP,
    SECRET,
    first_start,
    front_of,
    room_at,
)
from ui.front_desk import FrontDesk
from ui.state import Gate, LockedBy, WelcomeStep
from ui.vault_room import VaultRoom


@pytest.fixture
def room(tmp_path: Path) -> VaultRoom:
    return room_at(tmp_path)


@pytest.fixture
def front(room: VaultRoom) -> FrontDesk:
    return front_of(room)


async def two_people(front: FrontDesk) -> None:
    await first_start(front)
    front.vault.add_user(BEN, Role.CLINICIAN, BENS_SECRET, CHEAP)


def failure(front: FrontDesk) -> str:
    said = front.state.entrance.failure
    return said.code if said else ""


def test_the_first_start_ends_with_a_supervisor_signed_in(front: FrontDesk) -> None:
    async def through() -> None:
        await front.look()
        assert front.state.gate is Gate.WELCOME
        await front.begin(AMINA, SECRET)
        assert front.state.entrance.step is WelcomeStep.RECOVERY_KEY
        assert len(front.state.entrance.recovery_key.split("-")) == 9
        await front.start()

    asyncio.run(through())

    assert front.state.gate is Gate.OPEN
    assert front.state.person
    assert (front.state.person.name, front.state.person.supervisor) == (AMINA, True)
    assert front.state.entrance.recovery_key == "", "it is shown once"


def test_nothing_secret_and_no_name_is_in_what_the_state_tells_of_itself(front: FrontDesk) -> None:
    async def begun() -> str:
        await front.look()
        await front.begin(AMINA, SECRET)
        return front.state.entrance.recovery_key

    key = asyncio.run(begun())

    told = repr(front.state.entrance) + repr(front.state.person)
    assert key not in told
    assert AMINA not in told


@pytest.mark.parametrize(
    ("secret", "code"),
    [("135790", "pin_needs_key_store"), ("too few words", "passphrase_too_short")],
)
def test_a_weak_secret_is_refused_in_words_and_no_vault_is_made(
    front: FrontDesk, room: VaultRoom, secret: str, code: str
) -> None:
    async def begun() -> None:
        await front.look()
        front.step(WelcomeStep.USER)
        await front.begin(AMINA, secret)

    asyncio.run(begun())

    assert failure(front) == code
    assert front.state.entrance.step is WelcomeStep.USER
    assert not room.has_vault()


def test_a_vault_that_is_there_is_asked_for_and_never_made_anew(
    front: FrontDesk, room: VaultRoom
) -> None:
    async def twice() -> FrontDesk:
        await first_start(front)
        front.lock()
        other = front_of(room)
        await other.look()
        return other

    other = asyncio.run(twice())

    assert other.state.gate is Gate.LOCKED
    assert [person.name for person in other.state.entrance.people] == [AMINA]


def test_locking_covers_everything_and_the_vault_answers_nothing(front: FrontDesk) -> None:
    async def locked() -> None:
        await first_start(front)
        vault = front.vault
        front.lock()
        assert front.state.gate is Gate.LOCKED
        assert front.state.person is None
        assert front.state.entrance.locked_by is None, "whoever locks by hand knows why"
        await front.closing
        with pytest.raises(StorageError, match="locked"):
            vault.cases()
        with pytest.raises(StorageError, match="locked"):
            _ = front.vault

    asyncio.run(locked())


def test_a_vault_that_is_out_of_reach_at_the_lock_is_no_first_start(
    front: FrontDesk, room: VaultRoom
) -> None:
    async def pulled_out() -> None:
        await first_start(front)
        front.lock_unused()
        room.folder.rename(room.folder.with_name("elsewhere"))
        await front._looking
        assert failure(front)
        assert front.state.gate is Gate.LOCKED
        assert front.state.entrance.locked_by is LockedBy.TIME

    asyncio.run(pulled_out())


def test_locking_does_not_wait_for_what_works_in_the_vault(front: FrontDesk) -> None:
    async def busy() -> None:
        await first_start(front)
        vault, done = front.vault, threading.Event()

        def work() -> None:
            with vault._session.reading():
                done.wait(10)

        working = asyncio.ensure_future(asyncio.to_thread(work))
        await asyncio.sleep(0.1)
        front.lock()
        await asyncio.sleep(0.1)
        assert front.state.gate is Gate.LOCKED, "covered at once"
        assert not front.closing.done()
        done.set()
        await working
        await front.closing
        with pytest.raises(StorageError, match="locked"):
            vault.cases()

    asyncio.run(busy())


def test_a_late_close_leaves_what_was_opened_since_alone(front: FrontDesk, room: VaultRoom) -> None:
    async def reopened() -> None:
        await first_start(front)
        former = front.vault
        front.lock()
        await front.unlock(SECRET)
        room.close(former)
        assert front.vault.user()
        assert room.is_held_elsewhere(front_of(room)), "and it is known who has it"

    asyncio.run(reopened())


def test_a_wrong_secret_is_said_and_the_right_one_opens(front: FrontDesk) -> None:
    async def tried() -> None:
        await first_start(front)
        front.lock()
        await front.unlock("six words that are not it")
        assert failure(front) == "wrong_secret"
        assert front.state.gate is Gate.LOCKED
        await front.unlock(SECRET)

    asyncio.run(tried())

    assert front.state.gate is Gate.OPEN


def test_after_several_wrong_tries_the_wait_counts_down(front: FrontDesk) -> None:
    async def tried() -> list[int]:
        await first_start(front)
        front.lock()
        for _ in range(FREE_TRIES + 1):
            await front.unlock("six words that are not it")
        seen = []
        for _ in range(24):
            await asyncio.sleep(0.1)
            seen.append(front.state.entrance.wait)
        await front.unlock(SECRET)
        return seen

    seen = asyncio.run(tried())

    assert max(seen) > min(seen) > 0, "it goes down"
    assert front.state.gate is Gate.LOCKED, "not even the right secret is tried meanwhile"
    assert failure(front) == "wait_before_trying"


def test_the_printed_key_opens_the_vault_as_nobody_in_particular(front: FrontDesk) -> None:
    async def recovered() -> None:
        key = await first_start(front)
        front.lock()
        await front.recover(key.lower().replace("-", " "))

    asyncio.run(recovered())

    assert front.state.gate is Gate.OPEN
    assert front.state.person
    assert (front.state.person.id, front.state.person.supervisor) == ("", True)


def test_a_device_that_lost_its_secret_asks_for_the_printed_key(
    front: FrontDesk, room: VaultRoom, tmp_path: Path
) -> None:
    async def lost() -> FrontDesk:
        key = await first_start(front)
        front.lock()
        device_secret.secret_file(room.folder).unlink()
        later = front_of(room_at(tmp_path))
        await later.look()
        assert later.state.gate is Gate.LOCKED
        assert later.state.entrance.recovering
        assert failure(later) == StorageFailure.DEVICE_SECRET_LOST.code
        await later.recover("no recovery key at all")
        assert failure(later) == StorageFailure.RECOVERY_KEY_MISTYPED.code
        assert not device_secret.secret_file(room.folder).exists(), "the old one may come back"
        await later.recover(key)
        later.vault.add_user(AMINA, Role.SUPERVISOR, SECRET, CHEAP)
        later.lock()
        await later.look()
        return later

    later = asyncio.run(lost())

    assert [person.name for person in later.state.entrance.people] == [AMINA]


def test_a_vault_without_its_keys_is_barred_in_words(front: FrontDesk, room: VaultRoom) -> None:
    async def broken() -> None:
        await first_start(front)
        front.lock()
        await front.closing
        (room.folder / "keys.json").unlink()
        await front.look()

    asyncio.run(broken())

    assert front.state.gate is Gate.BARRED
    assert failure(front) == "key_file_missing"
    assert (room.folder / "vault.db").exists()


def test_what_a_person_should_know_after_signing_in_is_shown(
    front: FrontDesk, room: VaultRoom
) -> None:
    async def damaged() -> None:
        await first_start(front)
        assert front.state.notices == ()
        front.lock()
        await front.closing
        db = sqlite3.connect(room.folder / "vault.db")
        with db:
            db.execute("UPDATE settings SET body = x'00'")
        db.close()
        await front.unlock(SECRET)

    asyncio.run(damaged())

    assert front.state.gate is Gate.OPEN
    assert [one.code for one in front.state.notices] == ["settings_damaged"]


def test_switching_users_locks_and_asks_who_comes(front: FrontDesk) -> None:
    async def switched() -> None:
        await two_people(front)
        front.switch_user()
        await asyncio.sleep(0.3)
        assert front.state.gate is Gate.LOCKED
        assert front.state.entrance.chosen == ""
        ben = next(one for one in front.state.entrance.people if one.name == BEN)
        front.choose(ben.id)
        await front.unlock(BENS_SECRET)

    asyncio.run(switched())

    assert front.state.person
    assert front.state.person.name == BEN


# Two tabs of one server


def test_a_vault_made_in_another_tab_meanwhile_is_asked_for(
    front: FrontDesk, room: VaultRoom
) -> None:
    async def both() -> FrontDesk:
        second = front_of(room)
        await second.look()
        assert second.state.gate is Gate.WELCOME
        await first_start(front)
        await second.begin("Someone", SECRET)
        return second

    second = asyncio.run(both())

    assert second.state.gate is Gate.LOCKED
    assert [person.name for person in second.state.entrance.people] == [AMINA]


def test_a_second_tab_sees_the_lock_and_nothing_of_the_first(
    front: FrontDesk, room: VaultRoom
) -> None:
    async def both() -> FrontDesk:
        await first_start(front)
        second = front_of(room)
        await second.look()
        return second

    second = asyncio.run(both())

    assert second.state.gate is Gate.LOCKED
    assert second.state.entrance.held, "it is said that the vault is open elsewhere"
    assert front.state.gate is Gate.OPEN


def test_signing_in_in_a_second_tab_locks_the_first(front: FrontDesk, room: VaultRoom) -> None:
    async def both() -> FrontDesk:
        await two_people(front)
        second = front_of(room)
        await second.look()
        ben = next(one for one in second.state.entrance.people if one.name == BEN)
        second.choose(ben.id)
        await second.unlock(BENS_SECRET)
        await asyncio.sleep(0.3)
        return second

    second = asyncio.run(both())

    assert second.state.gate is Gate.OPEN
    assert front.state.gate is Gate.LOCKED
    user = second.vault.user()
    assert user
    assert user.name == BEN
    assert front.state.entrance.held
    assert front.state.entrance.locked_by is LockedBy.ELSEWHERE, "the lock says why"


def test_a_wrong_secret_in_a_second_tab_locks_nobody_out(front: FrontDesk, room: VaultRoom) -> None:
    async def both() -> FrontDesk:
        await first_start(front)
        second = front_of(room)
        await second.look()
        for _ in range(FREE_TRIES + 2):
            await second.unlock("six words that are not it")
        await asyncio.sleep(0.3)
        return second

    second = asyncio.run(both())

    assert failure(second) == "wait_before_trying", "and the tries are counted"
    assert front.state.gate is Gate.OPEN
    assert front.vault.user()


def test_locking_in_one_tab_leaves_the_other_tabs_vault_open(
    front: FrontDesk, room: VaultRoom
) -> None:
    async def both() -> FrontDesk:
        await first_start(front)
        second = front_of(room)
        await second.look()
        second.lock()
        return second

    asyncio.run(both())

    assert front.vault.user()


def test_a_second_process_is_refused_by_the_vaults_own_lock(
    front: FrontDesk, tmp_path: Path
) -> None:
    async def both() -> FrontDesk:
        await first_start(front)
        elsewhere = front_of(room_at(tmp_path))
        await elsewhere.look()
        await elsewhere.unlock(SECRET)
        return elsewhere

    elsewhere = asyncio.run(both())

    assert failure(elsewhere) == "open_elsewhere"
    assert front.vault.user()
