"""A backup: one sealed file, that the recovery key or its own passphrase opens on any device.

What opens it never stands in it, and neither does the device secret: so people's PINs and
passphrases are of no use with it on another device. ``storage.backup_file`` is its layout.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from storage import backup_file, key_file, keys
from storage.audit import Action
from storage.backup_file import DATABASE, KEY_FILE, VAULT_KEY, Member
from storage.chunks import file_pieces
from storage.clock import Clock
from storage.database import database_errors, open_database, problems
from storage.door import LOCK, WITNESS
from storage.durable import (
    device_errors,
    flush_file,
    flush_folder,
    folder_beside,
    refuse_folder,
    take_place,
)
from storage.failures import StorageError, StorageFailure
from storage.ground import Ground
from storage.key_file import Role
from storage.keys import OpenKeys
from storage.originals import FOLDER, sealed_files
from storage.process_lock import ProcessLock
from storage.renewal import become_another_device
from storage.sealing import new_key
from storage.session import Session
from storage.slots import Device
from storage.store import OpenVault
from storage.stretching import LEAST, Cost


class Contents(StrEnum):
    """What goes into a backup: the original files are many times larger than all the rest."""

    CASES = "cases"
    CASES_AND_ORIGINALS = "cases and originals"


@dataclass(frozen=True)
class NewSupervisor:
    """Who signs in first on the device that a backup is restored on."""

    name: str
    device: Device
    cost: Cost
    secret: str = field(repr=False)


def write_backup(
    vault: OpenVault,
    path: Path,
    *,
    passphrase: str | None = None,
    contents: Contents = Contents.CASES,
    cost: Cost = LEAST,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Back the open vault up into a file, replacing one of the same name once all is checked.

    The recovery key printed last opens it, and so does ``passphrase``, stretched at ``cost``, if
    one is given. ``progress`` is told how much is written, 0..1; at 1 all of it is being read back.
    Raises StorageError (IS_A_FOLDER among others), and then leaves what stood there.
    """
    refuse_folder(path)
    with device_errors():
        work = folder_beside(path)
        beside = work / "backup"
        try:
            copied = vault.copy_to(work / KEY_FILE, work / DATABASE, contents.value)
            _check_snapshot(work / DATABASE)
            header, key = backup_file.make_header(
                copied.vault_id, copied.recovery_slot, passphrase, cost
            )
            originals = vault.folder / FOLDER if contents is Contents.CASES_AND_ORIGINALS else None
            with beside.open("wb") as file:
                members = _members(bytes(copied.vault_key.key), work, originals)
                if progress is not None:
                    members = _watched(members, _size(work, originals), progress)
                digest = backup_file.write(file, header, key, members)
            flush_file(beside)
            _read_back(beside, key, digest)
            if vault.was_put_out:  # Locking meanwhile spoils no backup, but this does.
                raise StorageError(StorageFailure.LOCKED)
            beside.replace(path)
            flush_folder(path.parent)
        finally:
            shutil.rmtree(work)


def restore(path: Path, folder: Path, secret: str, clock: Clock | None = None) -> None:
    """Make the vault of a backup in an empty folder; whole, or not at all.

    ``secret`` is the recovery key or the backup's passphrase. Whoever could sign in on this
    device when the backup was made can do so again; elsewhere, sign in with ``Door.recover``.
    Raises StorageError: ALREADY_A_VAULT, BACKUP_SECRET_WRONG, or that the backup is damaged.
    """
    _restore(path, folder, secret, None, clock or Clock())


def restore_for(
    path: Path, folder: Path, secret: str, person: NewSupervisor, clock: Clock | None = None
) -> None:
    """Like ``restore``, on another device: this person can sign in there, and nobody else.

    The recovery key stays what it was. Raises StorageError also for too weak a secret.
    """
    _restore(path, folder, secret, person, clock or Clock())


def unpacked(path: Path, secret: str, folder: Path) -> bytes:
    """Unpack a backup into an empty folder and check what can be. Returns its vault key.

    Raises StorageError: BACKUP_SECRET_WRONG, or that the backup is damaged.
    """
    with device_errors(), _damage_in_words():
        with path.open("rb") as file:
            header, head = backup_file.read_header(file)
            vault_key = backup_file.unpack(file, head, backup_file.key_of(header, secret), folder)
        key_file.read(folder / KEY_FILE)
        _check_snapshot(folder / DATABASE)
        flush_folder(folder)
    return vault_key


def _restore(
    path: Path, folder: Path, secret: str, person: NewSupervisor | None, clock: Clock
) -> None:
    with device_errors():
        left = {path.name for path in folder.iterdir()} if folder.exists() else set()
        if left - {LOCK}:  # Erasing leaves the lock.
            raise StorageError(StorageFailure.ALREADY_A_VAULT)
        beside = folder_beside(folder)
        try:
            vault_key = unpacked(path, secret, beside)
            device = person.device if person else Device(new_key(), key_store=False)
            opened = keys.open_with(beside / KEY_FILE, vault_key, device)
            if person is not None:
                opened.start_anew(person.name, Role.SUPERVISOR, person.secret, person.cost)
            _settle_in(beside, opened, clock)
            (folder / LOCK).unlink(missing_ok=True)
            take_place(beside, folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)


def _settle_in(folder: Path, opened: OpenKeys, clock: Clock) -> None:
    """Become another device, and log that files are gone which were not in the backup."""
    db = open_database(folder / DATABASE)
    try:
        ground = Ground(opened, db, clock, ProcessLock(folder / LOCK), folder / WITNESS)
        session = Session(ground, opened)
    except BaseException:
        db.close()
        raise
    try:
        with session.changing():
            become_another_device(session, key_file=opened.digest())
            rows = db.execute("SELECT id FROM originals").fetchall()
            gone = [str(row[0]) for row in rows if not (folder / FOLDER / str(row[0])).is_file()]
            for file_id in gone:
                session.note(Action.ORIGINAL_REMOVED, row=file_id)
            db.conn.executemany("DELETE FROM originals WHERE id = ?", [(one,) for one in gone])
    finally:
        session.close()


def _members(vault_key: bytes, work: Path, originals: Path | None) -> Iterator[Member]:
    yield Member(VAULT_KEY, len(vault_key), [vault_key])
    for name in (KEY_FILE, DATABASE):
        yield Member(name, (work / name).stat().st_size, file_pieces(work / name))
    if originals is not None:
        for path in sealed_files(originals):
            yield Member(f"{FOLDER}/{path.name}", path.stat().st_size, file_pieces(path))


def _size(work: Path, originals: Path | None) -> int:
    """What goes into the backup, in bytes, but for the vault key."""
    paths = [work / KEY_FILE, work / DATABASE]
    return sum(path.stat().st_size for path in [*paths, *sealed_files(originals or work / FOLDER)])


def _watched(
    members: Iterator[Member], total: int, progress: Callable[[float], None]
) -> Iterator[Member]:
    """The same members; whoever watches is told after every piece."""
    done = 0

    def counted(pieces: Iterable[bytes]) -> Iterator[bytes]:
        nonlocal done
        for piece in pieces:
            yield piece
            done += len(piece)
            progress(min(1.0, done / total))

    for member in members:
        yield Member(member.name, member.size, counted(member.pieces))
    progress(1.0)


def _read_back(path: Path, key: bytes, digest: str) -> None:
    """What cannot be read now will not be readable when it is needed."""
    with path.open("rb") as file, _damage_in_words():
        if backup_file.digest_of(file, key) != digest:
            raise StorageError(StorageFailure.BACKUP_DAMAGED)


def _check_snapshot(path: Path) -> None:
    db = open_database(path)
    try:
        with database_errors():
            if problems(db):
                raise StorageError(StorageFailure.DATABASE_DAMAGED)
    finally:
        db.close()


_KEPT = {
    StorageFailure.BACKUP_SECRET_WRONG,
    StorageFailure.BACKUP_NEWER,
    StorageFailure.KEY_FILE_NEWER,
    StorageFailure.DATABASE_NEWER,
    StorageFailure.DEVICE_FULL,
    StorageFailure.READ_ONLY,
}


@contextmanager
def _damage_in_words() -> Iterator[None]:
    try:
        yield
    except StorageError as error:
        if error.failure in _KEPT:
            raise
        raise StorageError(StorageFailure.BACKUP_DAMAGED) from error
