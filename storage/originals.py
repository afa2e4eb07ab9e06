"""Original files, kept only where a clinic wants them: sealed, each under a key of its own.

A file is on the card before the case that it belongs to is committed. What a crash leaves behind
has no row, and so no key; it is swept at the next unlock.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storage.chunks import file_pieces, opened_chunks, sealed_chunks
from storage.database import database_errors
from storage.durable import device_errors, flush_folder
from storage.failures import StorageError, StorageFailure
from storage.rows import CASES, OWN_KEY, attached_to, opened_row, row_key, sealed_row
from storage.sealing import fields, new_key
from storage.session import Session
from storage.stretching import derive

FOLDER = "originals"
FORMAT = 1
TABLE = "originals"
#: Endings that say how to open a file. Any other may be part of a patient's name.
_SUFFIXES = frozenset(
    {
        *{".avif", ".bmp", ".gif", ".heic", ".jp2", ".jpeg", ".jpg", ".png", ".tif", ".tiff"},
        *{".dcm", ".dic", ".dicom", ".webp", ".zip"},
    }
)
#: What files of ours are called: nothing else is ever removed, whatever a row says.
_NAME = re.compile("[0-9a-f]{32}")
ROWS = f"SELECT id, case_id, {OWN_KEY} FROM originals"


@dataclass(frozen=True)
class SealedFile:
    """A file that is sealed and on the card, and has no row yet. ``size`` in bytes and ``sha256``
    (hexadecimal) are of the sealed file; of its name only ``suffix`` is kept."""

    id: str
    suffix: str
    size: int
    sha256: str
    key: bytes = field(repr=False, default=b"")


class Originals:
    """The folder of original files and the rows that hold their keys."""

    def __init__(self, session: Session, vault_id: str) -> None:
        self._session = session
        self._vault_id = vault_id
        self.folder = session.folder / FOLDER

    def seal_files(self, paths: Sequence[Path]) -> list[SealedFile]:
        """Seal files and flush them. Raises StorageError, and then leaves none behind."""
        return self.seal_pieces([(_suffix(path), file_pieces(path)) for path in paths])

    def seal_pieces(self, files: Sequence[tuple[str, Iterable[bytes]]]) -> list[SealedFile]:
        """Like ``seal_files``, for files given as their suffix and their bytes in pieces."""
        done: list[SealedFile] = []
        try:
            with device_errors():
                self.folder.mkdir(mode=0o700, exist_ok=True)
                if self.folder.is_symlink():
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
                for suffix, pieces in files:
                    done.append(self._seal_file(suffix, pieces))
                flush_folder(self.folder)
                flush_folder(self.folder.parent)
        except BaseException:
            self.sweep_files({one.id for one in done})
            self.settle(done)
            raise
        return done

    def _seal_file(self, suffix: str, pieces: Iterable[bytes]) -> SealedFile:
        file_id, key, digest, size = os.urandom(16).hex(), new_key(), hashlib.sha256(), 0
        target = self.folder / file_id
        self._session.ground.being_sealed.add(file_id)
        try:
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as sealed:
                for chunk in sealed_chunks(_file_key(key), pieces, self._bound(file_id)):
                    sealed.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
                sealed.flush()
                os.fsync(sealed.fileno())
        except BaseException:
            target.unlink(missing_ok=True)
            self._session.ground.being_sealed.discard(file_id)
            raise
        return SealedFile(file_id, suffix, size, digest.hexdigest(), key)

    def insert(self, case_id: str, files: Iterable[SealedFile]) -> dict[str, str]:
        """Give files their rows, in the transaction of their case. Row hashes by row id."""
        hashes = {}
        for file in files:
            document = {
                "format": FORMAT,
                "suffix": file.suffix,
                "bytes": file.size,
                "sha256": file.sha256,
            }
            plain = json.dumps(document, sort_keys=True).encode()
            sealed = sealed_row(self._session.keyring, (TABLE, file.id), 1, plain, file.key)
            change = "INSERT INTO originals VALUES (?, ?, ?, ?, ?, ?)"
            self._session.db.execute(change, [file.id, case_id, *sealed])
            hashes[file.id] = hashlib.sha256(sealed[-1]).hexdigest()
        return hashes

    def settle(self, files: Iterable[SealedFile]) -> None:
        """The case of these files is saved, or will not be: they are as others from now on."""
        self._session.ground.being_sealed.difference_update([one.id for one in files])

    def of(self, case_id: str) -> list[tuple[Any, ...]]:
        """The rows of the files that a case names. Raises StorageError (ROW_DAMAGED).

        No seal binds the column ``case_id``: whoever writes to the file may exchange it.
        """
        case = self._session.db.execute(f"{CASES} WHERE id = ?", [case_id]).fetchone()
        named = list(attached_to(self._session.keyring, case).originals) if case else []
        query = f"{ROWS} WHERE id IN (SELECT value FROM json_each(?)) ORDER BY rowid"
        return self._session.db.execute(query, [json.dumps(named)]).fetchall()

    def said_of(self, case_id: str) -> list[tuple[Any, ...]]:
        """The rows that say they are of a case that is damaged, without those that others name."""
        query = f"{ROWS} WHERE case_id = ? ORDER BY rowid"
        rows = {str(row[0]): row for row in self._session.db.execute(query, [case_id])}
        if rows:
            for case in self._session.db.execute(f"{CASES} WHERE id != ?", [case_id]):
                with suppress(StorageError):
                    for named in attached_to(self._session.keyring, case).originals:
                        rows.pop(named, None)
        return list(rows.values())

    def opened(self, row: tuple[Any, ...]) -> SealedFile:
        """What a row says of its file. Raises StorageError (ROW_DAMAGED)."""
        file_id, _, *columns = row
        place = (TABLE, file_id)
        try:
            document = json.loads(opened_row(self._session.keyring, place, tuple(columns)))
            if document["format"] != FORMAT:
                raise ValueError("a file of another format")
            key = row_key(self._session.keyring, place, tuple(columns))
            name, size, digest = document["suffix"], document["bytes"], document["sha256"]
            return SealedFile(file_id, name, size, digest, key)
        except (ValueError, KeyError, TypeError):
            raise StorageError(StorageFailure.ROW_DAMAGED) from None  # The cause may quote the row.

    def plain(self, file: SealedFile) -> Iterator[bytes]:
        """The file's bytes, piece by piece. Raises StorageError (ROW_DAMAGED) at the latest after
        the last: until then, do not use them."""
        path = self.folder / file.id
        if not path.is_file():
            raise StorageError(StorageFailure.ROW_DAMAGED)
        with device_errors(), path.open("rb") as sealed:
            yield from opened_chunks(_file_key(file.key), sealed, self._bound(file.id))

    def is_whole(self, file: SealedFile) -> bool:
        """Whether the sealed file is as it was written."""
        digest = hashlib.sha256()
        try:
            with (self.folder / file.id).open("rb") as sealed:
                for piece in iter(lambda: sealed.read(1 << 20), b""):
                    digest.update(piece)
        except OSError:
            return False
        return digest.hexdigest() == file.sha256

    def used_bytes(self) -> int:
        """What the files take."""
        if not is_own_folder(self.folder):
            return 0
        with device_errors(), os.scandir(self.folder) as found:
            return sum(entry.stat().st_size for entry in found)

    def sweep(self) -> int:
        """Remove files without a row, of a save or a removal that was cut short. Their number.

        What a person laid there stays, and the vault check names it.
        """
        with self._session.reading():
            kept = {row[0] for row in self._session.db.execute("SELECT id FROM originals")}
        return self.sweep_files(self.files() - kept)

    def files(self) -> set[str]:
        """The names of what is there, a person's own files too."""
        if not is_own_folder(self.folder):
            return set()
        with device_errors():
            return {path.name for path in self.folder.iterdir()}

    def discard(self, files: Iterable[SealedFile]) -> None:
        """Remove files whose case was not saved after all: those that have no row."""
        ids = {one.id for one in files}
        # By the ground and not by the session: whoever was locked in the middle of a save has left,
        # while others stay in. When all have left, the next unlock sweeps.
        ground = self._session.ground
        with ground.mutex, suppress(StorageError), database_errors():
            if not ground.is_over:
                kept = {row[0] for row in ground.db.execute("SELECT id FROM originals")}
                self.sweep_files(ids - kept)

    def sweep_files(self, ids: Iterable[str]) -> int:
        """Remove files by the ids of their former rows. Returns how many there were.

        An id that we never gave was planted, and a folder that is a link leads elsewhere.
        """
        if not is_own_folder(self.folder):
            return 0
        named = (self.folder / file_id for file_id in ids if _NAME.fullmatch(file_id))
        swept = [path for path in named if path.is_file()]
        with device_errors():
            for path in swept:
                path.unlink()
        return len(swept)

    def _bound(self, file_id: str) -> bytes:
        return fields("outpost original", self._vault_id, file_id)


def is_own_folder(folder: Path) -> bool:
    """Whether there is a folder that is no link to a person's own."""
    return folder.is_dir() and not folder.is_symlink()


def sealed_files(folder: Path) -> list[Path]:
    """The original files in a vault's folder of them, by name. Raises OSError."""
    if not is_own_folder(folder):
        return []
    found = (path for path in folder.iterdir() if _NAME.fullmatch(path.name))
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def free_bytes(folder: Path) -> int:
    """What the device has left."""
    with device_errors():
        return shutil.disk_usage(folder).free


def _file_key(key: bytes) -> bytes:
    """The row's key seals the row; one that is derived from it seals the file."""
    return derive(key, "original file")


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    return suffix if suffix in _SUFFIXES else ""
