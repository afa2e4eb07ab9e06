"""Writing a small file so that a power cut leaves the old one or the new one, never half."""

from __future__ import annotations

import errno
import glob
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.failures import StorageError, StorageFailure

_FULL = {errno.ENOSPC, errno.EDQUOT}
#: For ``os.open``: refuse a link. Windows has no such flag, and lets few people make links.
NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
_NOT_ALLOWED = {errno.EACCES, errno.EPERM, errno.EROFS}


def write_durably(path: Path, content: bytes) -> None:
    """Replace a file of the vault. When this returns, the new content survives a power cut.

    Written beside the old file, flushed to the card, then renamed over it, and the folder is
    flushed too: without that, some file systems forget the new name. Only its owner may read
    the file. What stands beside under that name is left from a write that was cut short, or a
    link that someone planted: it goes, and what a link leads to stays. Raises StorageError, and
    then the old file stands as it was.
    """
    beside = path.with_name(path.name + ".new")
    with device_errors():
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        _write(descriptor, content)
        beside.replace(path)
        flush_folder(path.parent)


def export_durably(path: Path, content: bytes) -> None:
    """Like ``write_durably``, where a person chose the place: nothing else there is touched.

    Raises StorageError (IS_A_FOLDER, or that the device refuses), and then all is as it was.
    """
    refuse_folder(path)
    with device_errors():
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=_prefix(path), suffix=".new")
        beside = Path(name)
        try:
            _write(descriptor, content)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        flush_folder(path.parent)


def create_durably(path: Path, content: bytes) -> bool:
    """Like ``write_durably``, unless there is such a file: that stays. Whether it was made.

    Two at once make one file, whole from the start. A file system without hard links (FAT) cannot
    promise the former. Raises StorageError.
    """
    with device_errors():
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=_prefix(path), suffix=".new")
        beside = Path(name)
        try:
            _write(descriptor, content)
            _rename_unless_there(beside, path)
        except FileExistsError:
            return False
        finally:
            beside.unlink(missing_ok=True)
        flush_folder(path.parent)
    return True


def left_beside(path: Path) -> list[Path]:
    """What writing this file may have left beside it when it was cut short."""
    ours = f"{glob.escape(_prefix(path))}{'[a-z0-9_]' * 8}.new"  # As ``tempfile`` names them.
    return [path.with_name(path.name + ".new"), *path.parent.glob(ours)]


def _rename_unless_there(beside: Path, path: Path) -> None:
    try:
        path.hardlink_to(beside)
    except FileExistsError:
        raise
    except OSError:  # No hard links here.
        if path.exists():
            raise FileExistsError from None
        beside.replace(path)


def write_in_place(path: Path, content: bytes) -> None:
    """Write a file of the vault anew, without flushing. A link in its place goes, and what it
    leads to stays. Raises OSError."""
    if path.is_symlink():
        path.unlink()
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | NO_LINKS
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(content)


def refuse_folder(path: Path) -> None:
    """Raises StorageError (IS_A_FOLDER) where a file is to be written and a folder stands."""
    if path.is_dir():
        raise StorageError(StorageFailure.IS_A_FOLDER)


def take_place(beside: Path, folder: Path) -> None:
    """Let a folder that was made beside take the place of one that is empty or not there.

    Raises StorageError (FOLDER_NOT_EMPTY) when someone else was faster, or OSError.
    """
    try:
        if folder.exists():
            folder.rmdir()
        beside.replace(folder)
    except OSError:
        if folder.exists() and any(folder.iterdir()):
            raise StorageError(StorageFailure.FOLDER_NOT_EMPTY) from None
        raise
    flush_folder(folder.parent)


def folder_beside(folder: Path) -> Path:
    """A new, empty folder next to this one, of a name that nobody else has. Raises OSError."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Path(tempfile.mkdtemp(dir=folder.parent, prefix=_prefix(folder), suffix=".new"))


def _prefix(path: Path) -> str:
    """So that a person knows what it was, should the power go before it is renamed."""
    return f"{path.name[:40]}."


def _write(descriptor: int, content: bytes) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def flush_file(path: Path) -> None:
    """Flush a file that is closed already."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def overwrite(path: Path) -> None:
    """Random bytes over the old ones: of use on disks, of little on flash memory.

    What a link leads to is not ours.
    """
    if path.is_symlink() or not path.is_file():
        return
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Flush a folder's list of names. Windows does this by itself, and cannot be asked."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def device_errors() -> Iterator[None]:
    """Say in words what the operating system says in numbers.

    The system's error names the file, and a file may be named after a patient: a log or a crash
    report must not show it.
    """
    try:
        yield
    except OSError as error:
        nameless = OSError(error.errno, os.strerror(error.errno or 0))
        raise StorageError(_failure(error)) from nameless


def _failure(error: OSError) -> StorageFailure:
    if error.errno in _FULL:
        return StorageFailure.DEVICE_FULL
    if error.errno in _NOT_ALLOWED:
        return StorageFailure.READ_ONLY
    return StorageFailure.DEVICE_ERROR
