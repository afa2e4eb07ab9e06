"""The keys after signing in, and every change of who may sign in."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from storage import key_file, recovery, secret_policy, slots
from storage.attempts import Attempts
from storage.failures import StorageError, StorageFailure
from storage.key_file import KeyFile, Opener, Previous, Role, Slot
from storage.sealing import fields, new_key, new_key_id, seal_bound
from storage.slots import Device, VaultKey
from storage.stretching import Cost

LONGEST_NAME = 60

#: Told whom a change is about and the hash of the key file to come, once the change is sure to be
#: allowed and before it is written: so that the log knows of every change, also of one whose
#: process died just then.
Announce = Callable[[str, str], None]

#: Told whose wrong tries came before a right one, and how many they were.
TellTries = Callable[[str, int], None]


def _nobody(_: str, __: int | str = 0) -> None:
    """Where there is no log."""


@dataclass(frozen=True)
class User:
    """Someone who may sign in on this device."""

    id: str
    name: str
    role: Role


@dataclass
class HeldKeys:
    """The key file and the keys in it, held once for everyone who is signed in to one vault.

    ``previous`` is the vault key before a rotation that has to be finished.
    """

    path: Path
    file: KeyFile
    vault_key: VaultKey
    previous: VaultKey | None
    device: Device = field(repr=False)

    def forget(self) -> None:
        """Overwrite the vault key in memory, as far as Python allows."""
        for key in (self.vault_key, self.previous):
            if key is not None:
                key.forget()


class OpenKeys:
    """The key file after signing in, as one person has it. Every change is written durably before
    it returns, and is everyone's who shares ``held``.

    What is still wrapped by ``previous`` must be wrapped by ``vault_key``, then ``end_rotation``
    called. ``user_id`` is None for whoever came with the recovery key. ``came_by`` is the slot
    that was opened, and None where none was: for keys that were just made, or a backup's.
    """

    def __init__(self, held: HeldKeys, user_id: str | None, came_by: Slot | None) -> None:
        self.held = held
        self.user_id = user_id
        self._came_by = came_by

    def still_opens(self) -> bool:
        """Whether the slot that let this person in is still there, and opens by the same secret."""
        mine = self._came_by
        return mine is None or any(
            (slot.id, slot.public_key) == (mine.id, mine.public_key) for slot in self._file.slots
        )

    @property
    def _file(self) -> KeyFile:
        return self.held.file

    @property
    def _device(self) -> Device:
        return self.held.device

    @property
    def vault_key(self) -> VaultKey:
        return self.held.vault_key

    @property
    def previous(self) -> VaultKey | None:
        return self.held.previous

    @property
    def vault_id(self) -> str:
        return self._file.vault_id

    def file_bytes(self) -> bytes:
        """The key file as it stands on disk."""
        return self.held.path.read_bytes()

    def users(self) -> list[User]:
        """Everyone who may sign in on this device."""
        return [User(slot.id, name, slot.role) for slot, name in self._named()]

    def user(self) -> User | None:
        """Who is signed in; None for whoever came with the recovery key."""
        return next((user for user in self.users() if user.id == self.user_id), None)

    def add_user(
        self, name: str, role: Role, secret: str, cost: Cost, announce: Announce = _nobody
    ) -> User:
        """Let someone in. Raises StorageError (ONLY_SUPERVISORS, NAME_TAKEN, a weak secret)."""
        self.supervisors_only()
        slot = self.slot_for(name, role, secret, cost)
        self.write([*self._living(), slot], slot.id, announce)
        return User(slot.id, _tidy(name), role)

    def remove_user(self, user_id: str, announce: Announce = _nobody) -> None:
        """Let someone in no more, and begin the rotation to a key that this person never had.

        Raises StorageError (ONLY_SUPERVISORS, NO_SUCH_USER, LAST_SUPERVISOR).
        """
        self.supervisors_only()
        if user_id not in (user.id for user in self.users()):
            raise StorageError(StorageFailure.NO_SUCH_USER)
        staying = [user for user in self.users() if user.id != user_id]
        if not any(user.role is Role.SUPERVISOR for user in staying):
            raise StorageError(StorageFailure.LAST_SUPERVISOR)
        staying_slots = [slot for slot in self._living() if slot.id != user_id]
        self._rotate_to(staying_slots, user_id, announce)

    def change_secret(
        self,
        current: str,
        secret: str,
        cost: Cost,
        attempts: Attempts,
        announce: Announce = _nobody,
        tell_tries: TellTries = _nobody,
    ) -> None:
        """Give the one who is signed in, and still knows the current one, another secret, and
        begin the rotation to a key that the former secret never opened.

        Raises StorageError: WRONG_SECRET, WAIT_BEFORE_TRYING, or a weak new secret.
        """
        mine = self._checked(current, attempts, tell_tries)
        opener = self._opener(secret)
        spelled = secret_policy.spelled(secret)
        slot = slots.with_secret(mine, self.vault_id, spelled, opener, cost, self._device)
        people = [slot if old.id == slot.id else old for old in self._living()]
        self._rotate_to(people, slot.id, announce)
        self._came_by = slot

    def opening_key(
        self, current: str, attempts: Attempts, tell_tries: TellTries = _nobody
    ) -> bytes:
        """What opens this person's slot without their secret, until they change it.

        For a key store that asks for a fingerprint, and for nothing else. Raises StorageError:
        WRONG_SECRET, WAIT_BEFORE_TRYING.
        """
        mine = self._checked(current, attempts, tell_tries)
        return slots.opening_key(mine, secret_policy.spelled(current), self._device)

    def _checked(self, current: str, attempts: Attempts, tell_tries: TellTries) -> Slot:
        """The slot of the one who is signed in, who has just shown to know its secret."""
        if (user := self.user()) is None:
            raise StorageError(StorageFailure.NO_SUCH_USER)
        mine = next(slot for slot in self._file.slots if slot.id == user.id)
        attempts.begin(user.id)
        opening = slots.opening_key(mine, secret_policy.spelled(current), self._device)
        slots.private_key(mine, self.vault_id, opening)
        if wrong_tries := attempts.succeeded(user.id):
            tell_tries(user.id, wrong_tries)
        return mine

    def new_recovery_key(self, announce: Announce = _nobody) -> str:
        """A recovery key to print once. Begins the rotation to a key that the former one never
        opened, not even with an older key file put back."""
        self.supervisors_only()
        recovery_key = recovery.new_recovery_key()
        people = [slot for slot in self._living() if slot.opener is not Opener.RECOVERY]
        new = slots.recovery_slot(self.vault_id, recovery_key)
        self._rotate_to([*people, new], "", announce)
        if self.user_id is None:
            self._came_by = new
        return recovery.printed(recovery_key)

    def begin_rotation(self, announce: Announce = _nobody) -> None:
        """Make a new vault key and hand it to everyone; the old one becomes ``previous``."""
        self.supervisors_only()
        self._rotate_to(self._living(), "", announce)

    def digest(self) -> str:
        """The SHA-256 (hexadecimal) of the key file as it was read or written last."""
        return key_file.digest(self._file, self.vault_key.key)

    def digest_after_rotation(self) -> str:
        """The same, of what ``end_rotation`` writes."""
        return key_file.digest(replace(self._file, previous=None), self.vault_key.key)

    def end_rotation(self) -> None:
        """Forget the old vault key: nothing is wrapped by it any more."""
        file = replace(self._file, previous=None)
        key_file.write(self.held.path, file, self.vault_key.key)
        if self.previous is not None:
            self.previous.forget()
        self.held.file, self.held.previous = file, None

    def forget(self) -> None:
        """Overwrite the vault key in memory, for everyone who shares it."""
        self.held.forget()

    def recovery_slot(self) -> Slot:
        """The slot that the recovery key opens. Raises StorageError (KEY_FILE_DAMAGED)."""
        found = [slot for slot in self._file.slots if slot.opener is Opener.RECOVERY]
        if not found:
            raise StorageError(StorageFailure.KEY_FILE_DAMAGED)
        return found[0]

    def start_anew(self, name: str, role: Role, secret: str, cost: Cost) -> User:
        """On another device: let this person in, and nobody else but the recovery key."""
        self.write([self.recovery_slot()])
        slot = self.slot_for(name, role, secret, cost)
        self.write([slot, self.recovery_slot()])
        self.signed_in_by(slot)
        return User(slot.id, _tidy(name), role)

    def signed_in_by(self, slot: Slot) -> None:
        """From now on these are the keys of this slot's person."""
        self.user_id, self._came_by = slot.id, slot

    def slot_for(self, name: str, role: Role, secret: str, cost: Cost) -> Slot:
        """A slot for someone new, not written yet. Raises StorageError."""
        name = _tidy(name)
        if not 0 < len(name) <= LONGEST_NAME:
            raise StorageError(StorageFailure.NAME_MISSING, limit=LONGEST_NAME)
        if name.casefold() in (user.name.casefold() for user in self.users()):
            raise StorageError(StorageFailure.NAME_TAKEN)
        opener = self._opener(secret)
        spelled = secret_policy.spelled(secret)
        return slots.user_slot(self.vault_id, name, role, spelled, opener, cost, self._device)

    def write(self, people: Iterable[Slot], about: str = "", announce: Announce = _nobody) -> None:
        """Replace the slots, each given the vault key, once it was announced about whom."""
        given = tuple(slots.give(slot, self.vault_id, self.vault_key) for slot in people)
        file = replace(self._file, slots=given)
        announce(about, key_file.digest(file, self.vault_key.key))
        key_file.write(self.held.path, file, self.vault_key.key)
        self.held.file = file

    def _rotate_to(self, people: Iterable[Slot], about: str, announce: Announce) -> None:
        """One write that drops who is not among ``people`` and changes the key for the rest."""
        if self.previous is not None:
            raise ValueError("the former rotation is not finished")
        old, new = self.vault_key, VaultKey(new_key_id(), new_key())
        sealed = seal_bound(new.key, old.key, previous_bound(self.vault_id, old.id))
        file = replace(
            self._file,
            key_id=new.id,
            slots=tuple(slots.give(slot, self.vault_id, new) for slot in people),
            previous=Previous(old.id, sealed),
        )
        announce(about, key_file.digest(file, new.key))
        key_file.write(self.held.path, file, new.key)
        self.held.file, self.held.vault_key, self.held.previous = file, new, old

    def _named(self) -> list[tuple[Slot, str]]:
        named = (
            (slot, slots.name_of(slot, self.vault_id, self._device)) for slot in self._file.slots
        )
        return [(slot, name) for slot, name in named if name is not None]

    def _living(self) -> list[Slot]:
        """The slots that can still be opened on this device: its people's, and the recovery."""
        recovery_slots = [slot for slot in self._file.slots if slot.opener is Opener.RECOVERY]
        return [*(slot for slot, _ in self._named()), *recovery_slots]

    def _opener(self, secret: str) -> Opener:
        return Opener(secret_policy.kind_of(secret, key_store=self._device.key_store))

    def supervisors_only(self) -> None:
        """Raises StorageError (ONLY_SUPERVISORS); whoever has the recovery key is one of them."""
        user = self.user()
        recovered = self.user_id is None
        if not recovered and (user is None or user.role is not Role.SUPERVISOR):
            raise StorageError(StorageFailure.ONLY_SUPERVISORS)


def _tidy(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split())


def previous_bound(vault_id: str, key_id: str) -> bytes:
    return fields("outpost previous vault key", vault_id, key_id)
