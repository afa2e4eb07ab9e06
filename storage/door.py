"""The door of the vault: where it is made, and where people sign in."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from storage import keys, ticks
from storage.attempts import Attempts
from storage.audit import Action, Audit, Entry
from storage.clock import Clock
from storage.database import create_database, database_errors, open_database
from storage.durable import device_errors, flush_folder, folder_beside, take_place
from storage.failures import StorageError, StorageFailure
from storage.ground import Ground
from storage.keyring import AUDIT, Keyring
from storage.keys import OpenKeys, User
from storage.locked_outbox import LockedOutbox
from storage.process_lock import ProcessLock
from storage.session import Session
from storage.slots import Device
from storage.store import OpenVault
from storage.stretching import Cost

KEY_FILE, ATTEMPTS, LOCK, DATABASE = "keys.json", "attempts.json", "vault.lock", "vault.db"
WITNESS = "log-head"


def create(
    folder: Path, name: str, secret: str, device: Device, cost: Cost, clock: Clock | None = None
) -> str:
    """Make a vault with its first supervisor. Returns the recovery key, to print once.

    The vault is made beside the folder and then renamed, so that it is there whole or not at
    all. Raises StorageError when the folder is not empty or the secret is too weak.
    """
    with device_errors():
        _expect_nothing(folder)
        beside = folder_beside(folder)
        try:
            opened, recovery_key = keys.create(beside / KEY_FILE, name, secret, device, cost)
            _make_database(beside / DATABASE, opened, clock or Clock())
            flush_folder(beside)
            _move_in(beside, folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return recovery_key


def _expect_nothing(folder: Path) -> None:
    left = {path.name for path in folder.iterdir()} if folder.exists() else set()
    if left - {LOCK}:  # Erasing leaves the lock.
        raise StorageError(StorageFailure.ALREADY_A_VAULT)


def _move_in(beside: Path, folder: Path) -> None:
    """Another may have made a vault meanwhile: theirs stays, and is told of."""
    _expect_nothing(folder)
    (folder / LOCK).unlink(missing_ok=True)
    try:
        take_place(beside, folder)
    except StorageError as error:
        raise StorageError(StorageFailure.ALREADY_A_VAULT) from error


def _make_database(path: Path, opened: OpenKeys, clock: Clock) -> None:
    create_database(path)
    db = open_database(path)
    try:
        with database_errors(), db.atomic():
            keyring = Keyring(db, opened)
            keyring.make()
            user = opened.user()
            first = Entry(
                number=1,
                action=Action.CREATED,
                user=opened.user_id or "",
                moment=clock.now(),
                detail=user.name if user else "",
                key_file=opened.digest(),
            )
            Audit(db, opened.vault_id, lambda _: keyring.key(AUDIT)).append(first)
    finally:
        db.close()


class Door:
    """One vault's door. Make one when the app starts and keep it: it measures the waits.

    ``monotonic`` (seconds) can be replaced in tests.
    """

    def __init__(
        self,
        folder: Path,
        device: Device,
        clock: Clock | None = None,
        monotonic: Callable[[], float] = ticks.seconds,
    ) -> None:
        self._folder = folder
        self._device = device
        self._clock = clock or Clock()
        self._attempts = Attempts(folder / ATTEMPTS, monotonic)
        #: Wrong tries that were forgiven and no log tells of yet.
        self._untold: dict[str, int] = {}
        #: One at a time: the log tells of every try that is not known to be right.
        self._mutex = threading.RLock()

    def users(self) -> list[User]:
        """Who may sign in, to choose from."""
        return keys.users(self._folder / KEY_FILE, self._device)

    def seconds_to_wait(self, user_id: str) -> int:
        """How long this person has to wait before the next try."""
        return self._attempts.seconds_left(user_id)

    def unlock(self, user_id: str, secret: str) -> OpenVault:
        """Sign in and open the vault, finishing a rotation that was cut short.

        Raises StorageError: WRONG_SECRET, WAIT_BEFORE_TRYING, OPEN_ELSEWHERE, or what is wrong
        with the files, which are left as they are.
        """
        path = self._folder / KEY_FILE

        def sign_in() -> tuple[OpenKeys, int]:
            opened, tries = keys.unlock(path, user_id, secret, self._device, self._attempts)
            return opened, tries + self._untold.get(user_id, 0)

        with self._mutex:
            vault = self._open(sign_in)
            self._untold.pop(user_id, None)
            return vault

    def join(self, vault: OpenVault, user_id: str, secret: str) -> OpenVault:
        """Sign in beside whoever has this vault open in this process.

        Theirs and what is returned are one vault for two people: each is logged under the own
        name, and each is locked by itself. Raises StorageError: WRONG_SECRET, WAIT_BEFORE_TRYING,
        or LOCKED when the last one has left meanwhile, and ``unlock`` is to be called.
        """
        ground = vault.parts.session.ground
        with self._mutex:
            proof, tries = keys.prove(ground.keys, user_id, secret, self._attempts)
            self._untold[user_id] = self._untold.get(user_id, 0) + tries
            joined = self._beside(vault, proof, self._untold[user_id])
            del self._untold[user_id]
            return joined

    def join_recovered(self, vault: OpenVault, typed: str) -> OpenVault:
        """The same with the printed recovery key. Raises StorageError."""
        with self._mutex:
            proof = keys.prove_recovery(vault.parts.session.ground.keys, typed)
            return self._beside(vault, proof, 0)

    def check(self, user_id: str, secret: str) -> None:
        """Whether ``unlock`` would take this secret, asked while someone has the vault open.

        Counts the try; what it forgives, the next unlock tells. Raises StorageError like it.
        """
        path = self._folder / KEY_FILE
        with self._mutex:
            opened, tries = keys.unlock(path, user_id, secret, self._device, self._attempts)
            opened.forget()
            self._untold[user_id] = self._untold.get(user_id, 0) + tries

    def unlock_with_key(self, user_id: str, opening_key: bytes) -> OpenVault:
        """Sign in with what ``storage.biometrics.recall`` gave. Raises StorageError."""
        path, device = self._folder / KEY_FILE, self._device
        return self._open(
            lambda: keys.unlock_with_key(path, user_id, opening_key, device, self._attempts)
        )

    def locked_outbox(self, vault: OpenVault) -> LockedOutbox:
        """What may be sent after this vault is locked: ask for it before, and ``forget`` it when
        someone signs in. Raises StorageError (SYNC_WHILE_LOCKED_OFF).
        """
        return LockedOutbox(self._folder / DATABASE, self._folder / LOCK, vault.sync_key())

    def recover(self, typed: str) -> OpenVault:
        """Open the vault with the printed recovery key. Raises StorageError."""
        path = self._folder / KEY_FILE
        return self._open(lambda: (keys.recover(path, typed, self._device), 0))

    def check_recovery(self, typed: str) -> None:
        """Whether ``recover`` would take this key. Raises StorageError."""
        keys.recover(self._folder / KEY_FILE, typed, self._device).forget()

    def _beside(self, vault: OpenVault, proof: keys.Proof, wrong_tries: int) -> OpenVault:
        ground = vault.parts.session.ground
        with ground.mutex:  # Nobody is removed, and nothing changed, between these.
            session = Session(ground, keys.beside(ground.keys, proof))
            try:
                joined = OpenVault(session, self._attempts, vault)
                joined.arrive_beside(wrong_tries)
            except BaseException:
                session.close()
                raise
            return joined

    def _open(self, sign_in: Callable[[], tuple[OpenKeys, int]]) -> OpenVault:
        if not self._folder.is_dir():
            raise StorageError(StorageFailure.KEY_FILE_MISSING)
        lock = ProcessLock(self._folder / LOCK, patience=1.0)
        try:
            opened, wrong_tries = sign_in()
            return self._opened(opened, lock, wrong_tries)
        except BaseException:
            lock.release()
            raise

    def _opened(self, opened: OpenKeys, lock: ProcessLock, wrong_tries: int) -> OpenVault:
        db = open_database(self._folder / DATABASE)
        witness = self._folder / WITNESS
        try:
            session = Session(Ground(opened, db, self._clock, lock, witness), opened)
        except BaseException:
            db.close()
            raise
        try:
            vault = OpenVault(session, self._attempts)
            vault.arrive(wrong_tries)
        except BaseException:
            session.close()
            raise
        return vault
