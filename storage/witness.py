"""A witness beside the database of how far the audit log had come.

SQLite drops what follows a damaged frame of its write-ahead log without a word, and with it the
newest entries of ours. The witness tells at the next unlock. It is written after every commit and
not flushed: after a power cut it may be older than the log, which is no fault, never newer. Who
can write to the folder can remove it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from storage.durable import write_in_place
from storage.failures import StorageError
from storage.sealing import Key, fields, seal_bound, unseal_bound


class Witness:
    """The log's head as it was last, sealed under the audit key."""

    def __init__(self, path: Path, vault_id: str, key: Callable[[], Key]) -> None:
        """``key`` gives the present audit key: it changes (``Keyring.renew``)."""
        self._path = path
        self._bound = fields("outpost witness", vault_id)
        self._key = key

    def write(self, number: int, head: str) -> None:
        """Remember the head. A device that refuses this has kept the commit all the same."""
        content = seal_bound(self._key(), f"{number} {head}".encode(), self._bound)
        with suppress(OSError):
            write_in_place(self._path, content)

    def read(self) -> tuple[int, str] | None:
        """The head last remembered; None when it is gone, torn or altered."""
        try:
            content = unseal_bound(self._key(), self._path.read_bytes(), self._bound)
        except (OSError, StorageError):
            return None
        number, head = content.decode().split()
        return int(number), head
