"""The one vault of this process, and which session holds it. Slow: never on the event loop.

On a phone and on a desk one person is signed in at a time. Where several tabs of a browser share
this process, signing in in another one, with the right secret, locks the vault in the first; what
was not saved there stays in that tab. Where a clinic is served, several people are
(``ui.shared_room``). Another process, such as a second Outpost started on the same computer, is
refused by the vault's own lock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from storage import door
from storage.backup import NewSupervisor, restore_for
from storage.clock import Clock
from storage.erasing import Receipt, erase
from storage.failures import StorageError, StorageFailure
from storage.keys import User
from storage.locked_outbox import LockedOutbox
from storage.slots import Device
from storage.store import OpenVault
from storage.stretching import Cost, calibrate


class Holder(Protocol):
    """A session that may hold the vault."""

    def is_here(self) -> bool:
        """Whether someone still looks at it."""

    def put_out(self, vault: OpenVault) -> None:
        """This vault was opened elsewhere, or closed. Called in any thread."""


class VaultRoom:
    """Made once for a process and shared by its sessions."""

    def __init__(self, folder: Path, cost: Callable[[], Cost] = calibrate) -> None:
        self.folder = folder
        self._measure = cost
        self._cost: Cost | None = None
        self._mutex = threading.RLock()
        #: Held while somebody signs in, which takes its time: only others who do wait for that.
        self._entering = threading.RLock()
        self._clock = Clock()
        self._device: Device | None = None
        self._door: door.Door | None = None
        self._holder: Holder | None = None
        self._vault: OpenVault | None = None
        #: What may be sent while the vault is locked, by sessions that have locked it.
        self._outboxes: list[LockedOutbox] = []

    def settle(self, device: Device) -> None:
        """Take the device's part of the keys, once."""
        with self._mutex:
            if self._device is None:
                self._device = device

    @property
    def has_device(self) -> bool:
        """Whether the device's part of the keys is known."""
        return self._device is not None

    @property
    def takes_pins(self) -> bool:
        """Whether a key store makes a PIN good enough here."""
        return self._device is not None and self._device.key_store

    def has_vault(self) -> bool:
        """Whether there is something at the vault's place. Whatever it is, it is never replaced."""
        with self._mutex:
            folder = self.folder
            return folder.is_dir() and any(
                path.name not in {door.LOCK, door.ATTEMPTS} for path in folder.iterdir()
            )

    def cost(self) -> Cost:
        """What one try costs on this device: measured once."""
        with self._mutex:
            if self._cost is None:
                self._cost = self._measure()
            return self._cost

    def create(self, name: str, secret: str) -> str:
        """Make the vault with its first supervisor. Returns the recovery key."""
        with self._mutex:
            return door.create(
                self.folder, name, secret, self._known_device(), self.cost(), self._clock
            )

    def users(self) -> list[User]:
        """Who may sign in. Raises StorageError."""
        return self._the_door().users()

    def seconds_to_wait(self, user_id: str) -> int:
        return self._the_door().seconds_to_wait(user_id)

    def is_held_elsewhere(self, holder: Holder) -> bool:
        """Whether another session that someone looks at has the vault open, once it is known who
        of those who sign in just now has it."""
        with self._entering:
            other = self._holder
            return other not in (None, holder) and other is not None and other.is_here()

    def unlock(self, holder: Holder, user_id: str, secret: str) -> OpenVault:
        """Sign in. Another session that holds the vault is locked, once the secret has proved
        right: nobody is put out by a slip of the finger elsewhere. Raises StorageError."""
        with self._entering:
            if self.is_held_elsewhere(holder):
                self._the_door().check(user_id, secret)
            return self._open(holder, lambda: self._the_door().unlock(user_id, secret))

    def recover(self, holder: Holder, typed: str) -> OpenVault:
        """Open the vault with the recovery key; it puts out nobody before it has proved right.
        Raises StorageError."""
        with self._entering:
            if self.is_held_elsewhere(holder):
                self._the_door().check_recovery(typed)
            return self._open(holder, lambda: self._the_door().recover(typed))

    def check(self, user_id: str, secret: str) -> None:
        """Whether this is that person's secret; for nobody's id, whether it is the recovery key.
        Raises StorageError like unlocking, and counts the try like it."""
        with self._entering:
            if user_id:
                self._the_door().check(user_id, secret)
            else:
                self._the_door().check_recovery(secret)

    def restore(self, backup: Path, opener: str, name: str, secret: str) -> None:
        """Make the vault from a backup, with this person to sign in first. Raises StorageError."""
        with self._mutex:
            person = NewSupervisor(name, self._known_device(), self.cost(), secret)
            restore_for(backup, self.folder, opener, person, self._clock)
            self._door = None

    def erase(self, holder: Holder, destroy_device: Callable[[], bool]) -> Receipt:
        """Destroy the vault, the device's part of the keys first, and put out everyone but the one
        who does. Raises StorageError."""
        with self._entering, self._mutex:
            self._shut(holder)
            self._forget_outboxes()
            receipt = erase(self.folder, destroy_device, self._clock)
            self._door = self._device = None
            return receipt

    def locked_outbox(self, vault: OpenVault) -> LockedOutbox:
        """What may be sent after this vault is locked. Raises StorageError
        (SYNC_WHILE_LOCKED_OFF)."""
        outbox = self._the_door().locked_outbox(vault)
        with self._mutex:
            self._outboxes.append(outbox)
        return outbox

    def _forget_outboxes(self) -> None:
        """Somebody is in, in whichever tab: nothing is sent behind the lock any more."""
        with self._mutex:
            given, self._outboxes = self._outboxes, []
        for outbox in given:
            outbox.forget()

    def close(self, vault: OpenVault) -> None:
        """Lock this vault, and nothing that was opened since."""
        vault.lock()
        with self._mutex:
            if self._vault is vault:
                self._vault = self._holder = None

    def _open(self, holder: Holder, sign_in: Callable[[], OpenVault]) -> OpenVault:
        with self._entering:
            self._shut(holder)
            vault = sign_in()
            self._forget_outboxes()
            with self._mutex:
                self._vault, self._holder = vault, holder
            return vault

    def _shut(self, but: Holder | None = None) -> None:
        """Lock the vault, and tell whoever had it, unless it is this one."""
        with self._mutex:
            vault, holder = self._vault, self._holder
            self._vault = self._holder = None
        if vault is None:
            return
        vault.lock()
        if holder is not None and holder is not but:
            holder.put_out(vault)

    def _known_device(self) -> Device:
        if self._device is None:
            raise StorageError(StorageFailure.DEVICE_SECRET_LOST)
        return self._device

    def _the_door(self) -> door.Door:
        """Kept for as long as the process lives: it measures the waits."""
        with self._mutex:
            if self._door is None:
                self._door = door.Door(self.folder, self._known_device(), self._clock)
            return self._door
