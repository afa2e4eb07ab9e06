"""A pack into the folder of installed packs: checked, tried, and only then put in use.

The order is what keeps a device reading: everything is checked in a folder of its own; the pack
answers its self-test; the folder is flushed and renamed into place; one small file is replaced.
A power cut at any point leaves the old version in use, or the new one, whole.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from core.errors import PackError
from core.pack_source.failures import PackSourceError, PackSourceFailure
from core.reading.installed import (
    Installed,
    Versions,
    as_numbers,
    flush_folder,
    read_installed,
    replace_durably,
    revocations_folder,
    version_folder,
    write_installed,
)
from core.reading.manifest import Manifest
from core.reading.pack import MANIFEST_FILE, PackShelf, bundled_version
from core.reading.revocations import REVOCATIONS_FILE, REVOCATIONS_SIGNATURE, Revocations
from core.reading.self_test import (
    SELF_TEST_DOMAIN,
    SELF_TEST_FILE,
    SELF_TEST_SIGNATURE,
    check_self_test,
)
from core.reading.sentences import PackFailure

SELF_TEST_LIMIT = 256 * 1024


class Installer:
    """Changes what is installed on a shelf, alone: made by ``installing``."""

    def __init__(self, shelf: PackShelf, folder: Path) -> None:
        self.shelf, self.folder = shelf, folder

    def incoming(self, pack: str, version: str) -> Path:
        """A folder for a version that is on its way, kept until it is installed. What is left of
        other versions goes."""
        wanted = self.folder / "incoming" / pack / version
        with _device_errors():
            wanted.mkdir(parents=True, exist_ok=True)
            for other in wanted.parent.iterdir():
                if other != wanted:
                    shutil.rmtree(other, ignore_errors=True)
        return wanted

    def take_revocations(self, content: bytes, signed: bytes) -> Revocations:
        """Keep a newer list of withdrawn packs: it counts from now on, also for the packs in use.

        Returns the list that counts. Raises ``PackSourceError`` for a list older than the known
        one, or one of the same serial that says something else; ``PackError`` for one that no
        trusted publisher signed.
        """
        offered = self.shelf.verified_revocations(content, signed)
        if offered.serial < self._known_serial():
            raise PackSourceError(PackSourceFailure.SOURCE_LIST_OUTDATED)
        known = self._known_revocations()
        if known and offered.serial == known.serial:
            if offered != known:
                raise PackSourceError(PackSourceFailure.SOURCE_LIST_CONTRADICTS)
            return known
        target = revocations_folder(self.folder, offered.serial)
        with _device_errors():
            target.mkdir(parents=True, exist_ok=True)
            replace_durably(target / REVOCATIONS_FILE, content)
            replace_durably(target / REVOCATIONS_SIGNATURE, signed)
            flush_folder(target.parent)
            state = read_installed(self.folder)
            write_installed(self.folder, replace(state, revocations=offered.serial))
            for other in target.parent.iterdir():
                if other != target:
                    shutil.rmtree(other, ignore_errors=True)
        return offered

    def _known_revocations(self) -> Revocations | None:
        """The list that counts; None when it is damaged, and is to be fetched again."""
        try:
            return self.shelf.revocations()
        except PackError:
            return None

    def _known_serial(self) -> int:
        own = PackShelf(self.shelf.folder, self.shelf.channel).revocations().serial
        return max(own, read_installed(self.folder).revocations)

    def present_version(self, pack: str) -> str | None:
        """The version that counts now, whether it can be used or not; None where there is none."""
        own = self.shelf.folder / pack
        if self.shelf.folder_of(pack) == own:
            return bundled_version(own)
        return read_installed(self.folder).versions[pack].active

    def check_newer(self, pack: str, offered: str) -> None:
        """Raises ``PackSourceError`` unless ``offered`` is newer than what is here."""
        present = self.present_version(pack)
        if present is None or as_numbers(offered) > as_numbers(present):
            return
        same = as_numbers(offered) == as_numbers(present)
        failure = (
            PackSourceFailure.SOURCE_PACK_PRESENT if same else PackSourceFailure.SOURCE_PACK_OLDER
        )
        raise PackSourceError(failure, pack=pack, offered=offered, present=present)

    def install(self, folder: Path, pack: str) -> Manifest:
        """Put the pack in ``folder`` in use, which is moved. Raises ``PackError``,
        ``PackSourceError``; then nothing has changed."""
        found = self.shelf.open_in(folder, pack)
        version = found.manifest.version
        self.check_newer(pack, version)
        check_self_test(found, self._self_test(folder, pack))
        target = version_folder(self.folder, pack, version)
        with _device_errors():
            _flush(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            flush_folder(target.parent.parent)
            # Not in use: it is a version that someone went back from, or what a power cut left.
            shutil.rmtree(target, ignore_errors=True)
            folder.replace(target)
            flush_folder(target.parent)
            flush_folder(self.folder)
            self._switch(pack, version)
        return found.manifest

    def _self_test(self, folder: Path, pack: str) -> bytes:
        try:
            content = (folder / SELF_TEST_FILE).read_bytes()
            signed = (folder / SELF_TEST_SIGNATURE).read_bytes()
        except OSError as error:
            raise PackError(PackFailure.SELF_TEST_MISSING, pack=pack) from error
        self.shelf.check_signature(content, signed, SELF_TEST_DOMAIN, pack)
        return content

    def _switch(self, pack: str, version: str) -> None:
        state = read_installed(self.folder)
        before = state.versions.get(pack, Versions(None)).active
        # The app may have come with a newer one since: that is what was in use.
        if before and self.shelf.folder_of(pack) != version_folder(self.folder, pack, before):
            before = None
        aside = tuple(each for each in state.set_aside.get(pack, ()) if each != version)
        changed = state.with_version(pack, Versions(version, before))
        set_aside = {**changed.set_aside, pack: aside}
        write_installed(self.folder, replace(changed, set_aside=set_aside))
        self._sweep(pack, {version, before})

    def put_back(self, pack: str) -> Manifest:
        """Go back to the version before, and set the one in use aside. Raises ``PackError``
        (``no_previous_version``; or why the one before cannot be used any more)."""
        state = read_installed(self.folder)
        found = state.versions.get(pack)
        own = self.shelf.folder / pack
        counts = self.shelf.folder_of(pack)
        if found is None or found.active is None or counts == own:
            raise PackError(PackFailure.NO_PREVIOUS_VERSION, pack=pack)
        before = version_folder(self.folder, pack, found.previous) if found.previous else own
        if not (before / MANIFEST_FILE).is_file():
            raise PackError(PackFailure.NO_PREVIOUS_VERSION, pack=pack)
        manifest = self.shelf.open_in(before, pack).manifest
        changed = state.with_version(pack, Versions(found.previous))
        with _device_errors():
            write_installed(self.folder, changed.with_set_aside(pack, found.active))
            self._sweep(pack, {found.previous})
        return manifest

    def _sweep(self, pack: str, kept: set[str | None]) -> None:
        """Packs are large, and phones small: what neither counts nor can be put back goes."""
        for folder in version_folder(self.folder, pack, "any").parent.iterdir():
            if folder.name not in kept:
                shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def installing(shelf: PackShelf) -> Iterator[Installer]:
    """The right to change what is installed, for one process and thread at a time.

    Raises ``PackError``: ``no_packs_folder`` for a shelf without one, ``installing_elsewhere``.
    """
    if shelf.installed is None:
        raise PackError(PackFailure.NO_PACKS_FOLDER)
    with _device_errors():
        shelf.installed.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(shelf.installed / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            _lock(descriptor)
        except OSError:
            raise PackError(PackFailure.INSTALLING_ELSEWHERE) from None
        _repair(shelf.installed)
        yield Installer(shelf, shelf.installed)
    finally:
        os.close(descriptor)


def _repair(folder: Path) -> None:
    """Make a damaged ``installed.json`` anew from what lies in the folder: the newest version of
    each pack, and the newest list. All of it is verified before use, as ever."""
    try:
        read_installed(folder)
    except PackError:
        versions = {pack.name: _newest_two(pack) for pack in folder.glob("packs/*")}
        serials = [int(path.name) for path in folder.glob("revocations/*") if path.name.isdecimal()]
        with _device_errors():
            write_installed(folder, Installed(versions, {}, max(serials, default=0)))


def _newest_two(pack: Path) -> Versions:
    found = sorted((path.name for path in pack.iterdir()), key=as_numbers, reverse=True)
    active, previous = [*found, None, None][:2]
    return Versions(active, previous)


def _flush(folder: Path) -> None:
    for path in folder.iterdir():
        with path.open("r+b") as file:
            os.fsync(file.fileno())
    flush_folder(folder)


@contextmanager
def _device_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PackError(PackFailure.PACKS_FOLDER_UNWRITABLE) from error


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
