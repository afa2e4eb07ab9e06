"""What a person may ask for: look, update, install a file, go back. Both faces call these.

All of them are slow and talk to a disk or a network: never on the event loop. After one of them
has changed a pack, readers must be made anew.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.errors import OutpostError, PackError
from core.pack_source.failures import PackSourceError, PackSourceFailure
from core.pack_source.installing import SELF_TEST_LIMIT, Installer, installing
from core.pack_source.source import Listed, PackSource
from core.reading.installed import as_numbers, read_installed
from core.reading.manifest import Manifest, parse_manifest
from core.reading.pack import (
    MANIFEST_FILE,
    MANIFEST_LIMIT,
    MODEL_FILE,
    MODEL_LIMIT,
    SIGNATURE_FILE,
    PackShelf,
)
from core.reading.revocations import REVOCATIONS_FILE, REVOCATIONS_SIGNATURE, Revocations
from core.reading.self_test import SELF_TEST_FILE, SELF_TEST_SIGNATURE
from core.reading.sentences import PackFailure

#: What a pack's folder holds, and the most bytes that each may have.
SMALL_FILES = {
    MANIFEST_FILE: MANIFEST_LIMIT,
    SIGNATURE_FILE: 4096,
    SELF_TEST_FILE: SELF_TEST_LIMIT,
    SELF_TEST_SIGNATURE: 4096,
}
_LISTS = {REVOCATIONS_FILE: MANIFEST_LIMIT, REVOCATIONS_SIGNATURE: 4096}


class OfferKind(StrEnum):
    """What an offered version is to this device. Only the first two can be installed."""

    NEWER = "newer"
    NEW = "new"
    PRESENT = "present"
    OLDER = "older"
    SET_ASIDE = "set_aside"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Offer:
    """A version that a folder of packs offers, and the version here, None where there is none.
    ``model_bytes`` is what the server says."""

    pack: str
    version: str
    present: str | None
    kind: OfferKind
    model_bytes: int


@dataclass(frozen=True)
class Step:
    """How far a pack has come: ``bytes`` of about ``model_bytes``."""

    pack: str
    version: str
    bytes: int
    model_bytes: int


@dataclass(frozen=True)
class Update:
    """What became of an offer that was wanted: ``manifest`` when it is in use now, else why not."""

    offer: Offer
    manifest: Manifest | None = None
    failure: OutpostError | None = None


Told = Callable[[Step], None]


def _nobody(_: Step) -> None:
    """Nobody listens."""


def look(source: PackSource, shelf: PackShelf) -> list[Offer]:
    """What the folder offers, in its order. Its list of withdrawn packs is taken first, and counts
    from then on. Raises ``OutpostError``."""
    with installing(shelf) as installer:
        return [offer for _, offer in _offers(source, installer)]


def update(
    source: PackSource,
    shelf: PackShelf,
    wanted: Collection[str] | None = None,
    told: Told = _nobody,
) -> list[Update]:
    """Install what is newer: of the packs on board, or of the packs ``wanted``, new ones too.

    One pack that cannot be installed does not keep the next one from being. ``told`` hears of
    every piece; what it raises ends the update, and what has come stays for the next time.
    Raises ``OutpostError`` where nothing can be had: no network, no lawful list of withdrawn packs,
    or a pack that is wanted and not offered.
    """
    with installing(shelf) as installer:
        offers = _offers(source, installer)
        missing = set(wanted or ()) - {offer.pack for _, offer in offers}
        if missing:
            raise PackSourceError(PackSourceFailure.SOURCE_PACK_UNKNOWN, pack=min(missing))
        kinds = {OfferKind.NEWER} if wanted is None else {OfferKind.NEWER, OfferKind.NEW}
        chosen = [
            (listed, offer)
            for listed, offer in _newest(offers)
            if offer.kind in kinds and (wanted is None or offer.pack in wanted)
        ]
        return [_update(source, installer, listed, offer, told) for listed, offer in chosen]


def install_file(path: Path, shelf: PackShelf) -> Manifest:
    """Install a pack from a file that its publisher gave: a ZIP of the pack's files and the list of
    withdrawn packs. A list in it that is older than the known one is passed over. Raises
    ``OutpostError``."""
    files = _files_in(path)
    # Not verified yet: good enough for a folder's name.
    stated = parse_manifest(files[MANIFEST_FILE], path.stem)
    with installing(shelf) as installer:
        _take_list_of(files, installer)
        folder = installer.incoming(stated.id, stated.version)
        try:
            for name in (*SMALL_FILES, MODEL_FILE):
                (folder / name).write_bytes(files[name])
        except OSError as error:
            raise PackError(PackFailure.PACKS_FOLDER_UNWRITABLE) from error
        return installer.install(folder, stated.id)


def put_back(shelf: PackShelf, pack: str) -> Manifest:
    """Go back to the version before, by a person's wish: the one in use is set aside, and no server
    brings it again. Raises ``PackError``."""
    with installing(shelf) as installer:
        return installer.put_back(pack)


def can_put_back(shelf: PackShelf) -> frozenset[str]:
    """The packs of which an earlier version can be put back. Raises ``PackError``."""
    return frozenset(
        pack
        for pack, found in read_installed(shelf.installed).versions.items()
        if found.active
        and shelf.folder_of(pack) != shelf.folder / pack
        and (found.previous or (shelf.folder / pack / MANIFEST_FILE).is_file())
    )


def _offers(source: PackSource, installer: Installer) -> list[tuple[Listed, Offer]]:
    content, signed = (source.small_file(name, limit) for name, limit in _LISTS.items())
    withdrawn = installer.take_revocations(content, signed)
    return [(listed, _offer(listed, installer, withdrawn)) for listed in source.index()]


def _offer(listed: Listed, installer: Installer, withdrawn: Revocations) -> Offer:
    present = installer.present_version(listed.pack)
    kind = _kind(listed, present, installer, withdrawn)
    return Offer(listed.pack, listed.version, present, kind, listed.model_bytes)


def _kind(
    listed: Listed, present: str | None, installer: Installer, withdrawn: Revocations
) -> OfferKind:
    if withdrawn.of_version(listed.pack, listed.version):
        return OfferKind.WITHDRAWN
    if present is None:
        return OfferKind.NEW
    offered, here = as_numbers(listed.version), as_numbers(present)
    if offered == here:
        return OfferKind.PRESENT
    if offered < here:
        return OfferKind.OLDER
    aside = read_installed(installer.folder).is_set_aside(listed.pack, listed.version)
    return OfferKind.SET_ASIDE if aside else OfferKind.NEWER


def _newest(offers: list[tuple[Listed, Offer]]) -> list[tuple[Listed, Offer]]:
    """Of each pack the newest version that can be installed."""
    can = [pair for pair in offers if pair[1].kind in (OfferKind.NEWER, OfferKind.NEW)]
    newest: dict[str, tuple[Listed, Offer]] = {}
    for pair in can:
        had = newest.get(pair[1].pack)
        if had is None or as_numbers(pair[1].version) > as_numbers(had[1].version):
            newest[pair[1].pack] = pair
    return list(newest.values())


def _update(
    source: PackSource, installer: Installer, listed: Listed, offer: Offer, told: Told
) -> Update:
    try:
        return Update(offer, _fetch(source, installer, listed, told))
    except OutpostError as error:
        return Update(offer, failure=error)


def _fetch(source: PackSource, installer: Installer, listed: Listed, told: Told) -> Manifest:
    """The small files first: the signed manifest says which model is the right one."""
    folder = installer.incoming(listed.pack, listed.version)
    try:
        for name, limit in SMALL_FILES.items():
            (folder / name).write_bytes(source.small_file(f"{listed.folder}/{name}", limit))
        manifest = installer.shelf.manifest_in(folder, listed.pack)
        if manifest.version != listed.version:
            raise PackSourceError(
                PackSourceFailure.SOURCE_PACK_MISNAMED, pack=listed.pack, offered=listed.version
            )
        installer.check_newer(manifest.id, manifest.version)
        installer.shelf.check_runtime(manifest)
        source.large_file(
            f"{listed.folder}/{MODEL_FILE}",
            folder / MODEL_FILE,
            sha256=manifest.model_sha256,
            limit=MODEL_LIMIT,
            told=lambda have: told(Step(manifest.id, manifest.version, have, listed.model_bytes)),
        )
    except OSError as error:
        raise PackError(PackFailure.PACKS_FOLDER_UNWRITABLE) from error
    return installer.install(folder, manifest.id)


def _files_in(path: Path) -> dict[str, bytes]:
    """What a pack's file holds. Every name is asked for by itself, so that no path in the file
    leads anywhere. Raises ``PackSourceError``."""
    wanted = SMALL_FILES | {MODEL_FILE: MODEL_LIMIT}
    try:
        with zipfile.ZipFile(path) as archive:
            if REVOCATIONS_FILE in archive.namelist():
                wanted |= _LISTS
            return {name: _member(archive, name, limit) for name, limit in wanted.items()}
    # Encrypted, or packed in a way that this Python does not know, besides what is said below.
    except (zipfile.BadZipFile, KeyError, ValueError, RuntimeError, OSError, zlib.error) as error:
        raise PackSourceError(PackSourceFailure.PACK_FILE_UNREADABLE) from error


def _member(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """One file of a ZIP. Raises KeyError where it is not there, ValueError if it is too large."""
    with archive.open(name) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise ValueError("a file that is too large")
    return content


def _take_list_of(files: Mapping[str, bytes], installer: Installer) -> None:
    if REVOCATIONS_FILE not in files:
        return
    try:
        installer.take_revocations(files[REVOCATIONS_FILE], files[REVOCATIONS_SIGNATURE])
    except PackSourceError as error:
        # A file may have lain in a drawer for a year.
        if error.failure is not PackSourceFailure.SOURCE_LIST_OUTDATED:
            raise
