"""What is sealed opens only whole, with its key, in its place."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.failures import StorageError
from storage.sealing import Address, fields, new_key, seal, unseal

KEY = bytes(range(32))
HERE = Address(table="cases", row="7", column="body", row_version=2, key_id="00112233aabbccdd")


def test_what_is_sealed_comes_back_whole() -> None:
    assert unseal(KEY, seal(KEY, b"a reading", HERE), HERE) == b"a reading"


def test_the_same_bytes_never_look_the_same_twice() -> None:
    assert seal(KEY, b"a reading", HERE) != seal(KEY, b"a reading", HERE)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(StorageError, match="row_damaged"):
        unseal(new_key(), seal(KEY, b"a reading", HERE), HERE)


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(HERE, table="outbox"),
        replace(HERE, row="8"),
        replace(HERE, column="note"),
        replace(HERE, row_version=1),
        replace(HERE, schema_version=2),
        replace(HERE, key_id="00112233aabbccde"),
    ],
)
def test_sealed_bytes_moved_elsewhere_do_not_open(elsewhere: Address) -> None:
    with pytest.raises(StorageError, match="row_damaged"):
        unseal(KEY, seal(KEY, b"a reading", HERE), elsewhere)


def test_every_flipped_bit_is_found() -> None:
    sealed = seal(KEY, b"a reading", HERE)
    for bit in range(8 * len(sealed)):
        altered = bytearray(sealed)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(StorageError, match="row_damaged"):
            unseal(KEY, bytes(altered), HERE)


def test_every_cut_is_found() -> None:
    sealed = seal(KEY, b"a reading", HERE)
    for length in range(len(sealed)):
        with pytest.raises(StorageError, match="row_damaged"):
            unseal(KEY, sealed[:length], HERE)


def test_no_two_addresses_read_the_same() -> None:
    assert fields("ab", "c") != fields("a", "bc") != fields("a", "b", "c")


def test_the_published_vector_holds() -> None:
    data = HERE.associated_data()
    nonce = bytes(range(12))

    assert data.hex() == (
        "0000000c6f7574706f73742d7365616c00000005636173657300000001370000000462"
        "6f6479000000013200000001310000001030303131323233336161626263636464"
    )
    sealed = b"\x01" + nonce + AESGCM(KEY).encrypt(nonce, b"reading", data)
    assert sealed.hex() == (
        "01000102030405060708090a0b3567b77fac8ba5eb454ef18bcf83bde00a8f91cac5bc06"
    )
    assert unseal(KEY, sealed, HERE) == b"reading"
