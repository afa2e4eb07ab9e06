"""A slot: how one secret leads to the vault key.

The secret opens the slot's X25519 private key; the vault key is sealed for the matching public
key. So a new vault key can be handed to everyone without anyone's secret, and nobody who knows
an old vault key learns from it what opens the new one.
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from storage import recovery, sealing
from storage.failures import StorageError, StorageFailure
from storage.key_file import Opener, Role, Slot
from storage.sealing import Key
from storage.stretching import SALT_BYTES, Cost, derive, wrapping_key
from storage.wiping import wipe

_PUBLIC_BYTES = 32
#: What a recovery key costs to try is of no matter: it cannot be guessed.
_NO_COST = Cost(8, 1)


@dataclass(frozen=True)
class Device:
    """What this device adds to every secret: 256 random bits, and whether a key store has them."""

    secret: bytes = field(repr=False)
    key_store: bool

    def __post_init__(self) -> None:
        if len(self.secret) != sealing.KEY_BYTES:
            raise ValueError("a device secret has 256 bits")


class VaultKey:
    """The key over all others, and which one it is. After ``forget``, it raises LOCKED."""

    def __init__(self, key_id: str, key: Key) -> None:
        self.id = key_id
        self._key = bytearray(key)

    @property
    def key(self) -> Key:
        if not self._key:
            raise StorageError(StorageFailure.LOCKED)
        return self._key

    def forget(self) -> None:
        """Overwrite it: whoever still holds it holds nothing."""
        wipe(self._key)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, VaultKey):
            return NotImplemented
        return self.id == other.id and hmac.compare_digest(self.key, other.key)

    def __hash__(self) -> int:
        return hash(self.id)


def user_slot(
    vault_id: str, name: str, role: Role, secret: str, opener: Opener, cost: Cost, device: Device
) -> Slot:
    """A slot for someone new, that holds no vault key yet."""
    slot = _blank(opener, role, cost)
    name_bound = sealing.fields("outpost name", vault_id, slot.id)
    sealed_name = sealing.seal_bound(derive(device.secret, "names"), name.encode(), name_bound)
    key = wrapping_key(secret, slot.salt, cost, device.secret)
    return _with_key_pair(replace(slot, name=sealed_name), vault_id, key)


def recovery_slot(vault_id: str, recovery_key: bytes) -> Slot:
    """A slot for the printed key, that holds no vault key yet. No device secret takes part."""
    slot = _blank(Opener.RECOVERY, Role.SUPERVISOR, _NO_COST)
    return _with_key_pair(slot, vault_id, derive(recovery_key, "recovery slot", slot.salt))


def name_of(slot: Slot, vault_id: str, device: Device) -> str | None:
    """The name in a slot; None when it was sealed on another device, or altered."""
    bound = sealing.fields("outpost name", vault_id, slot.id)
    try:
        return sealing.unseal_bound(derive(device.secret, "names"), slot.name, bound).decode()
    except StorageError:
        return None


def with_secret(
    slot: Slot, vault_id: str, secret: str, opener: Opener, cost: Cost, device: Device
) -> Slot:
    """The same person's slot under another secret: the log goes on knowing them by its id."""
    fresh = replace(slot, opener=opener, cost=cost, salt=os.urandom(SALT_BYTES))
    return _with_key_pair(fresh, vault_id, opening_key(fresh, secret, device))


def opening_key(slot: Slot, secret: str, device: Device) -> bytes:
    """The key from a person's secret that opens their slot, here and until the secret changes."""
    return wrapping_key(secret, slot.salt, slot.cost, device.secret)


def private_key(slot: Slot, vault_id: str, opening: bytes) -> X25519PrivateKey:
    """Open a person's slot. Raises StorageError (WRONG_SECRET), also for an altered slot."""
    return _opened(slot, vault_id, opening, StorageFailure.WRONG_SECRET)


def recovered_private_key(slot: Slot, vault_id: str, typed: str) -> X25519PrivateKey:
    """Open the recovery slot. Raises StorageError for a mistyped or foreign key."""
    key = derive(recovery.typed(typed), "recovery slot", slot.salt)
    return _opened(slot, vault_id, key, StorageFailure.RECOVERY_KEY_NOT_OURS)


def give(slot: Slot, vault_id: str, vault_key: VaultKey) -> Slot:
    """The slot with the vault key sealed for it, by a key pair used this once."""
    once = X25519PrivateKey.generate()
    shared = once.exchange(X25519PublicKey.from_public_bytes(slot.public_key))
    public = once.public_key().public_bytes_raw()
    wrapped = sealing.seal_bound(
        derive(shared, "vault key", public + slot.public_key),
        vault_key.key,
        _vault_key_bound(slot, vault_id, vault_key.id),
    )
    return replace(slot, vault_key=public + wrapped)


def take(slot: Slot, vault_id: str, key_id: str, private: X25519PrivateKey) -> VaultKey:
    """The vault key in a slot. Raises StorageError (KEY_FILE_DAMAGED) when it was altered."""
    public, wrapped = slot.vault_key[:_PUBLIC_BYTES], slot.vault_key[_PUBLIC_BYTES:]
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(public))
        key = derive(shared, "vault key", public + slot.public_key)
        bound = _vault_key_bound(slot, vault_id, key_id)
        return VaultKey(key_id, sealing.unseal_bound(key, wrapped, bound))
    except (ValueError, StorageError) as error:
        raise StorageError(StorageFailure.KEY_FILE_DAMAGED) from error


def _blank(opener: Opener, role: Role, cost: Cost) -> Slot:
    return Slot(
        id=os.urandom(8).hex(),
        opener=opener,
        role=role,
        name=b"",
        salt=os.urandom(SALT_BYTES),
        cost=cost,
        public_key=b"",
        private_key=b"",
        vault_key=b"",
    )


def _with_key_pair(slot: Slot, vault_id: str, key: bytes) -> Slot:
    private = X25519PrivateKey.generate()
    slot = replace(slot, public_key=private.public_key().public_bytes_raw())
    bound = _private_key_bound(slot, vault_id)
    return replace(slot, private_key=sealing.seal_bound(key, private.private_bytes_raw(), bound))


def _opened(slot: Slot, vault_id: str, key: bytes, failure: StorageFailure) -> X25519PrivateKey:
    try:
        bound = _private_key_bound(slot, vault_id)
        return X25519PrivateKey.from_private_bytes(
            sealing.unseal_bound(key, slot.private_key, bound)
        )
    except StorageError as error:
        raise StorageError(failure) from error


def _private_key_bound(slot: Slot, vault_id: str) -> bytes:
    return sealing.fields(
        "outpost slot", vault_id, slot.id, slot.opener, slot.role, slot.public_key.hex()
    )


def _vault_key_bound(slot: Slot, vault_id: str, key_id: str) -> bytes:
    return sealing.fields("outpost vault key", vault_id, slot.id, key_id)
