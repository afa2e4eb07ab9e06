"""A stream is whole, in order and unaltered, or it is refused."""

from __future__ import annotations

import io
import random
from itertools import pairwise

import pytest

from storage.chunks import CHUNK_BYTES, opened_chunks, sealed_chunks
from storage.failures import StorageError

KEY, BOUND = bytes(range(32)), b"bound to this"
HEAD, SEALED = 8, CHUNK_BYTES + 16


def sealed(plain: bytes, pieces: int = 1000) -> bytes:
    cuts = [*range(0, len(plain), pieces), len(plain)]
    return b"".join(sealed_chunks(KEY, (plain[a:b] for a, b in pairwise(cuts)), BOUND))


def opened(content: bytes, key: bytes = KEY, bound: bytes = BOUND) -> bytes:
    return b"".join(opened_chunks(key, io.BytesIO(content), bound))


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 300_000])
@pytest.mark.parametrize("pieces", [1000, CHUNK_BYTES, 1 << 20])
def test_what_was_sealed_is_what_opens(size: int, pieces: int) -> None:
    plain = random.Random(1).randbytes(size)
    content = sealed(plain, pieces)

    assert opened(content) == plain
    assert len(content) == HEAD + size + 16 * max(1, -(-size // CHUNK_BYTES))
    assert plain[:20] not in content or size < 20


def test_any_altered_bit_is_refused() -> None:
    content = sealed(bytes(150_000))
    draw = random.Random(2)
    for at in [0, 1, 7, *(draw.randrange(len(content)) for _ in range(50))]:
        altered = bytearray(content)
        altered[at] ^= 1 << draw.randrange(8)
        with pytest.raises(StorageError, match="row_damaged"):
            opened(bytes(altered))


@pytest.mark.parametrize("left", [0, 5, HEAD, HEAD + 10, HEAD + SEALED, HEAD + 2 * SEALED, -1])
def test_a_stream_cut_short_is_refused_also_between_chunks(left: int) -> None:
    content = sealed(bytes(2 * CHUNK_BYTES + 5))
    with pytest.raises(StorageError, match="row_damaged"):
        opened(content[:left])


def test_chunks_moved_dropped_doubled_or_of_another_stream_are_refused() -> None:
    one, other = sealed(bytes(200_000)), sealed(bytes(200_000))
    head, a, b = one[:HEAD], one[HEAD : HEAD + SEALED], one[HEAD + SEALED : HEAD + 2 * SEALED]
    rest = one[HEAD + 2 * SEALED :]
    for wrong in (
        head + b + a + rest,
        head + a + rest,
        head + a + a + b + rest,
        head + a + other[HEAD + SEALED :],
        one + b"more",
    ):
        with pytest.raises(StorageError, match="row_damaged"):
            opened(wrong)
    assert opened(head + a + b + rest) == bytes(200_000)


def test_another_key_and_another_place_are_refused() -> None:
    content = sealed(b"plain")
    for key, bound in ((bytes(32), BOUND), (KEY, b"elsewhere")):
        with pytest.raises(StorageError, match="row_damaged"):
            opened(content, key, bound)
