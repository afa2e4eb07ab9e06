"""The vault of a served Outpost, and everyone who is signed in to it. Slow: never on the event
loop.

Whoever has a secret comes in beside those who are in. Each person is in once: signing in in a
second tab locks the first one, and nobody else's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from storage.failures import StorageError, StorageFailure
from storage.store import OpenVault
from storage.stretching import Cost, calibrate
from ui.vault_room import Holder, VaultRoom


@dataclass(frozen=True)
class _Guest:
    holder: Holder
    vault: OpenVault


class SharedVaultRoom(VaultRoom):
    """Made once for a process that serves a clinic, and shared by its sessions."""

    def __init__(self, folder: Path, cost: Callable[[], Cost] = calibrate) -> None:
        super().__init__(folder, cost)
        #: By the person's id; "" is whoever came with the recovery key.
        self._guests: dict[str, _Guest] = {}

    def is_held_elsewhere(self, holder: Holder) -> bool:
        """Nobody has it for themselves."""
        return False

    def unlock(self, holder: Holder, user_id: str, secret: str) -> OpenVault:
        """Sign in beside the others. The person's own former tab is locked, once the secret has
        proved right. Raises StorageError."""
        door = self._the_door()
        return self._let_in(
            holder,
            user_id,
            lambda vault: door.join(vault, user_id, secret),
            lambda: door.unlock(user_id, secret),
        )

    def recover(self, holder: Holder, typed: str) -> OpenVault:
        """Open the vault with the recovery key, beside the others. Raises StorageError."""
        door = self._the_door()
        return self._let_in(
            holder,
            "",
            lambda vault: door.join_recovered(vault, typed),
            lambda: door.recover(typed),
        )

    def close(self, vault: OpenVault) -> None:
        """Lock this vault for its person, and nobody else's."""
        vault.lock()
        self._drop_who_left()

    def _let_in(
        self,
        holder: Holder,
        person: str,
        join: Callable[[OpenVault], OpenVault],
        unlock: Callable[[], OpenVault],
    ) -> OpenVault:
        with self._entering:
            vault = self._joined(join) or unlock()
            self._forget_outboxes()
            with self._mutex:
                former = self._guests.pop(person, None)
                self._guests[person] = _Guest(holder, vault)
            if former is not None:
                former.vault.lock()
                if former.holder is not holder:
                    former.holder.put_out(former.vault)
            return vault

    def _joined(self, join: Callable[[OpenVault], OpenVault]) -> OpenVault | None:
        """None when nobody is in, or the last one has just left."""
        self._drop_who_left()
        with self._mutex:
            others = list(self._guests.values())
        if not others:
            return None
        try:
            return join(others[-1].vault)
        except StorageError as error:
            if error.failure is not StorageFailure.LOCKED:
                raise
            return None

    def _drop_who_left(self) -> None:
        with self._mutex:
            for person, guest in list(self._guests.items()):
                if guest.vault.is_locked:
                    del self._guests[person]

    def _shut(self, but: Holder | None = None) -> None:
        with self._mutex:
            guests = list(self._guests.values())
            self._guests.clear()
        for guest in guests:
            guest.vault.lock()
            if guest.holder is not but:
                guest.holder.put_out(guest.vault)
