"""The ways to the vault's keys: making them, signing in, and the printed key."""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from storage import key_file, recovery, secret_policy, slots
from storage.attempts import Attempts
from storage.failures import StorageError, StorageFailure
from storage.key_file import KeyFile, Opener, Role, Slot
from storage.open_keys import Announce, HeldKeys, OpenKeys, TellTries, User, previous_bound
from storage.sealing import new_key, new_key_id, unseal_bound
from storage.slots import Device, VaultKey
from storage.stretching import Cost

__all__ = ["Announce", "OpenKeys", "TellTries", "User", "create", "open_with", "recover"]
__all__ += ["Proof", "beside", "prove", "prove_recovery", "unlock", "unlock_with_key", "users"]


def users(path: Path, device: Device) -> list[User]:
    """Who may sign in here, to choose from before signing in. Raises StorageError."""
    file = key_file.read(path)
    named = ((slot, slots.name_of(slot, file.vault_id, device)) for slot in file.slots)
    return [User(slot.id, name, slot.role) for slot, name in named if name is not None]


def create(path: Path, name: str, secret: str, device: Device, cost: Cost) -> tuple[OpenKeys, str]:
    """Keys for a new vault, with its first supervisor. Also the recovery key, to print once.

    Raises StorageError when there is a key file already or the secret is too weak.
    """
    if path.exists():
        raise StorageError(StorageFailure.ALREADY_A_VAULT)
    file = KeyFile(vault_id=os.urandom(8).hex(), key_id=new_key_id(), slots=())
    held = HeldKeys(path, file, VaultKey(file.key_id, new_key()), None, device)
    keys = OpenKeys(held, None, None)
    first = keys.slot_for(name, Role.SUPERVISOR, secret, cost)
    recovery_key = recovery.new_recovery_key()
    keys.write([first, slots.recovery_slot(file.vault_id, recovery_key)])
    keys.signed_in_by(first)
    return keys, recovery.printed(recovery_key)


def unlock(
    path: Path, user_id: str, secret: str, device: Device, attempts: Attempts
) -> tuple[OpenKeys, int]:
    """Sign in. Also how many wrong tries there were since this person was last here.

    Raises StorageError: WRONG_SECRET, WAIT_BEFORE_TRYING, or that the file is damaged.
    """
    file = key_file.read(path)
    slot = _slot(file, user_id)
    attempts.begin(user_id)
    opening = slots.opening_key(slot, secret_policy.spelled(secret), device)
    opened = _signed_in(path, file, slot, opening, device)
    return opened, attempts.succeeded(user_id)


def unlock_with_key(
    path: Path, user_id: str, opening: bytes, device: Device, attempts: Attempts
) -> tuple[OpenKeys, int]:
    """Sign in with what ``OpenKeys.opening_key`` gave: a key store kept it behind a fingerprint.

    Such a key cannot be guessed, so there is no wait. Raises StorageError (WRONG_SECRET) once
    the secret has been changed.
    """
    file = key_file.read(path)
    slot = _slot(file, user_id)
    wrong_tries = attempts.failures(user_id)
    opened = _signed_in(path, file, slot, opening, device)
    attempts.forget(user_id)
    return opened, wrong_tries


def _slot(file: KeyFile, user_id: str) -> Slot:
    slot = next((slot for slot in file.slots if slot.id == user_id), None)
    if slot is None or slot.opener is Opener.RECOVERY:
        raise StorageError(StorageFailure.NO_SUCH_USER)
    return slot


def _signed_in(path: Path, file: KeyFile, slot: Slot, opening: bytes, device: Device) -> OpenKeys:
    private = slots.private_key(slot, file.vault_id, opening)
    vault_key = slots.take(slot, file.vault_id, file.key_id, private)
    return OpenKeys(_held(path, file, vault_key, device), slot.id, slot)


def recover(path: Path, typed: str, device: Device) -> OpenKeys:
    """Open the vault with the printed key, as a supervisor without a name.

    It works on a device that lost its secret. People whose slots were made under that secret
    cannot sign in any more; they are dropped when the first new one is added.
    """
    file = key_file.read(path)
    slot = _recovery_slot(file)
    private = slots.recovered_private_key(slot, file.vault_id, typed)
    vault_key = slots.take(slot, file.vault_id, file.key_id, private)
    return OpenKeys(_held(path, file, vault_key, device), None, slot)


def _recovery_slot(file: KeyFile) -> Slot:
    slot = next((slot for slot in file.slots if slot.opener is Opener.RECOVERY), None)
    if slot is None:
        raise StorageError(StorageFailure.KEY_FILE_DAMAGED)
    return slot


@dataclass(frozen=True)
class Proof:
    """A slot of keys that are open already, and what its secret opened."""

    slot: Slot
    private: X25519PrivateKey = field(repr=False)


def prove(held: HeldKeys, user_id: str, secret: str, attempts: Attempts) -> tuple[Proof, int]:
    """Like ``unlock``, for keys that somebody else has opened: by the key file as it was when they
    did or changed it since, whatever stands on the disk. Slow, and others may work meanwhile."""
    file = held.file
    slot = _slot(file, user_id)
    attempts.begin(user_id)
    opening = slots.opening_key(slot, secret_policy.spelled(secret), held.device)
    private = slots.private_key(slot, file.vault_id, opening)
    return Proof(slot, private), attempts.succeeded(user_id)


def prove_recovery(held: HeldKeys, typed: str) -> Proof:
    """Like ``recover``, for keys that somebody else has opened."""
    file = held.file
    slot = _recovery_slot(file)
    return Proof(slot, slots.recovered_private_key(slot, file.vault_id, typed))


def beside(held: HeldKeys, proof: Proof) -> OpenKeys:
    """The open keys for whoever has proved theirs; nobody may change them meanwhile.

    Raises StorageError: WRONG_SECRET for a secret that was changed since, or for somebody who was
    removed; LOCKED once the keys were forgotten.
    """
    known = proof.slot
    slot = next((one for one in held.file.slots if one.id == known.id), None)
    if slot is None or not hmac.compare_digest(slot.public_key, known.public_key):
        raise StorageError(StorageFailure.WRONG_SECRET)
    theirs = slots.take(slot, held.file.vault_id, held.file.key_id, proof.private)
    try:
        if theirs != held.vault_key:
            raise StorageError(StorageFailure.KEY_FILE_DAMAGED)
    finally:
        theirs.forget()
    return OpenKeys(held, None if slot.opener is Opener.RECOVERY else slot.id, slot)


def open_with(path: Path, vault_key: bytes, device: Device) -> OpenKeys:
    """The keys of a backup that was opened. Raises StorageError (KEY_FILE_DAMAGED)."""
    file = key_file.read(path)
    return OpenKeys(_held(path, file, VaultKey(file.key_id, vault_key), device), None, None)


def _held(path: Path, file: KeyFile, vault_key: VaultKey, device: Device) -> HeldKeys:
    if not hmac.compare_digest(file.seal, file.sealed_with(vault_key.key)):
        raise StorageError(StorageFailure.KEY_FILE_DAMAGED)
    previous = None
    if file.previous:
        bound = previous_bound(file.vault_id, file.previous.key_id)
        key = unseal_bound(vault_key.key, file.previous.sealed, bound)
        previous = VaultKey(file.previous.key_id, key)
    return HeldKeys(path, file, vault_key, previous, device)
