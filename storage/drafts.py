"""Unsaved work, sealed: a process that was killed returns to it after signing in.

One draft for each person: the images as they were chosen, written once, and a small note of what
was done with them, written anew with every change. Both are sealed under a key of the draft's own,
which stands in the table ``keys``, wrapped by the vault key: so a rotation rewraps it, and
discarding the draft destroys it. A draft is no case: the audit log does not know it, no backup
holds its files, and what it was made from is never written in clear.
"""

from __future__ import annotations

import io
import json
import os
import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storage.chunks import file_pieces, opened_chunks, sealed_chunks
from storage.durable import device_errors, flush_folder, write_durably
from storage.failures import StorageError, StorageFailure
from storage.originals import free_bytes
from storage.sealing import Key, fields, new_key, seal_bound, unseal_bound
from storage.session import Session
from storage.stretching import derive

FOLDER, FORMAT = "drafts", 1
#: What the names of drafts' keys begin with; the person's id and the draft's follow.
PREFIX = "draft-"
#: Stands for the id of whoever came with the recovery key.
_RECOVERED = "recovery"
#: Images of one draft, in bytes. A phone should not write more than that unasked.
LARGEST = 128_000_000
#: Left free on the device beside a draft.
_LEAST_FREE = 64_000_000
_MEGABYTE = 1_000_000
_IMAGES, _NOTE = ".images", ".note"
_NAME = re.compile(r"[0-9a-f]{32}\.(images|note)(\.new)?")

#: An image as it was chosen: where it is, or what is in it.
Image = Path | bytes


@dataclass(frozen=True)
class Draft:
    """``groups`` are the images, series by series. ``note`` is what ``Drafts.note`` was given
    last, and empty when that was cut short."""

    groups: tuple[tuple[bytes, ...], ...] = field(repr=False)
    note: Mapping[str, Any] = field(repr=False)


class Drafts:
    """The draft of whoever is signed in. Those who come with the recovery key share one."""

    def __init__(self, session: Session, vault_id: str) -> None:
        self._session, self._vault_id = session, vault_id
        self.folder = session.folder / FOLDER

    def begin(self, groups: Sequence[Sequence[Image]]) -> None:
        """Keep images, in the place of the person's former draft.

        When this returns they survive a power cut. Raises StorageError (LOW_SPACE for what is too
        large to be kept, LOCKED), and then the former draft stands.
        """
        with self._session.reading():
            user = self._user()
            self._check_space(groups)
            draft_id, key = os.urandom(16).hex(), new_key()
            try:
                self._seal(draft_id, key, groups)
                with self._session.changing():
                    name = f"{PREFIX}{user}-{draft_id}"
                    key_id, wrapped = self._session.keyring.wrap(key, ("keys", name))
                    self._forget(user)
                    change = "INSERT INTO keys VALUES (?, ?, ?)"
                    self._session.db.execute(change, [name, key_id, wrapped])
            except BaseException:
                self._path(draft_id, _IMAGES).unlink(missing_ok=True)
                raise
            self._session.forget_the_log()
            self.sweep()

    def note(self, what: Mapping[str, Any]) -> None:
        """Keep what was done with the images: anything that JSON can hold.

        Raises StorageError (NO_SUCH_CASE) where no draft was begun.
        """
        with self._session.reading():
            draft_id, key = self._opened()
            plain = json.dumps({"format": FORMAT, "note": dict(what)}, ensure_ascii=False).encode()
            sealed = seal_bound(derive(key, "draft note"), plain, self._bound(draft_id, _NOTE))
            write_durably(self._path(draft_id, _NOTE), sealed)

    def found(self) -> Draft | None:
        """The person's draft; None where there is none. Raises StorageError (ROW_DAMAGED)."""
        with self._session.reading():
            if not self._rows(self._user()):
                return None
            draft_id, key = self._opened()
            if not self._path(draft_id, _IMAGES).is_file():
                return None
            return Draft(self._read_images(draft_id, key), self._read_note(draft_id, key))

    def discard(self) -> None:
        """The work was saved, or is not wanted: its key goes first, then its files."""
        with self._session.reading():
            user = self._user()
            if not self._rows(user):
                return
            with self._session.changing():
                self._forget(user)
            self._session.forget_the_log()
            self.sweep()

    def sweep(self) -> None:
        """Remove keys of people who are gone, and files whose key is gone. Nothing but what a
        draft is called is touched."""
        with self._session.reading() as opened:
            people = {user.id for user in opened.users()} | {_RECOVERED}
            query = f"SELECT name FROM keys WHERE name GLOB '{PREFIX}*'"
            owned: dict[str, str] = {}
            for (name,) in self._session.db.execute(query).fetchall():
                owner, draft_id = str(name).removeprefix(PREFIX).rsplit("-", 1)
                owned[draft_id] = owner
            for owner in {*owned.values()} - people:
                with self._session.changing():
                    self._forget(owner)
            known = {draft_id for draft_id, owner in owned.items() if owner in people}
            with device_errors():
                for path in list(self.folder.iterdir()) if self.folder.is_dir() else []:
                    if _NAME.fullmatch(path.name) and path.name.split(".")[0] not in known:
                        path.unlink(missing_ok=True)

    # How it is done

    def _user(self) -> str:
        return self._session.user_id or _RECOVERED

    def _rows(self, user: str) -> list[tuple[str, str, bytes]]:
        query = "SELECT name, key_id, wrapped FROM keys WHERE name GLOB ?"
        return self._session.db.execute(query, [f"{PREFIX}{user}-*"]).fetchall()

    def _forget(self, user: str) -> None:
        """In the transaction that is open."""
        for name, _, _ in self._rows(user):
            self._session.db.execute("DELETE FROM keys WHERE name = ?", [name])

    def _opened(self) -> tuple[str, bytes]:
        """The id and the key of the person's draft."""
        rows = self._rows(self._user())
        if not rows:
            raise StorageError(StorageFailure.NO_SUCH_CASE)
        name, key_id, wrapped = rows[-1]
        key = self._session.keyring.unwrap(str(key_id), wrapped, ("keys", str(name)))
        return str(name).rsplit("-", 1)[-1], key

    def _check_space(self, groups: Sequence[Sequence[Image]]) -> None:
        with device_errors():
            size = sum(_size(image) for group in groups for image in group)
        if size > LARGEST or free_bytes(self._session.folder) < size + _LEAST_FREE:
            megabytes = (size + _LEAST_FREE) // _MEGABYTE + 1
            raise StorageError(StorageFailure.LOW_SPACE, megabytes=megabytes)

    def _seal(self, draft_id: str, key: Key, groups: Sequence[Sequence[Image]]) -> None:
        path = self._path(draft_id, _IMAGES)
        with device_errors():
            self.folder.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                bound = self._bound(draft_id, _IMAGES)
                for chunk in sealed_chunks(derive(key, "draft images"), _packed(groups), bound):
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            flush_folder(self.folder)

    def _read_images(self, draft_id: str, key: Key) -> tuple[tuple[bytes, ...], ...]:
        with device_errors(), self._path(draft_id, _IMAGES).open("rb") as file:
            bound = self._bound(draft_id, _IMAGES)
            plain = b"".join(opened_chunks(derive(key, "draft images"), file, bound))
        try:
            return _unpacked(plain)
        except (ValueError, KeyError, TypeError, struct.error):
            raise StorageError(StorageFailure.ROW_DAMAGED) from None

    def _read_note(self, draft_id: str, key: Key) -> Mapping[str, Any]:
        path = self._path(draft_id, _NOTE)
        with device_errors():
            if not path.is_file():
                return {}
            sealed = path.read_bytes()
        plain = unseal_bound(derive(key, "draft note"), sealed, self._bound(draft_id, _NOTE))
        with suppress(ValueError, KeyError, TypeError):
            document = json.loads(plain)
            if document["format"] == FORMAT:
                note: Mapping[str, Any] = document["note"]
                return note
        raise StorageError(StorageFailure.ROW_DAMAGED)

    def _path(self, draft_id: str, part: str) -> Path:
        return self.folder / f"{draft_id}{part}"

    def _bound(self, draft_id: str, part: str) -> bytes:
        return fields("outpost draft", self._vault_id, self._user(), draft_id, part)


def _size(image: Image) -> int:
    return image.stat().st_size if isinstance(image, Path) else len(image)


def _packed(groups: Sequence[Sequence[Image]]) -> Iterator[bytes]:
    """A head that says how many bytes each image has, series by series; then the images."""
    head = json.dumps([[_size(image) for image in group] for group in groups]).encode()
    yield struct.pack(">I", len(head)) + head
    for group in groups:
        for image in group:
            yield from _pieces(image)


def _pieces(image: Image) -> Iterable[bytes]:
    return file_pieces(image) if isinstance(image, Path) else (image,)


def _unpacked(plain: bytes) -> tuple[tuple[bytes, ...], ...]:
    """Raises ValueError for what ``_packed`` did not pack."""
    file = io.BytesIO(plain)
    (length,) = struct.unpack(">I", file.read(4))
    sizes = json.loads(file.read(length))
    groups = tuple(tuple(file.read(size) for size in group) for group in sizes)
    if [[len(image) for image in group] for group in groups] != sizes or file.read(1):
        raise ValueError("not what was packed")
    return groups
