"""How a file is spoilt: the same each time for one number."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

#: Lengths, counts and signs that parsers trip over, little and big endian.
_NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
#: Tags of DICOM whose values decide how much is read: Rows, Columns, Number of Frames, Bits
#: Allocated, Bits Stored, Samples per Pixel, Planar Configuration, Pixel Representation, Pixel
#: Data, item, sequence end, Transfer Syntax, palette descriptor.
_TAGS = (
    b"\x28\x00\x10\x00", b"\x28\x00\x11\x00", b"\x28\x00\x08\x00", b"\x28\x00\x00\x01",
    b"\x28\x00\x01\x01", b"\x28\x00\x02\x00", b"\x28\x00\x06\x00", b"\x28\x00\x03\x01",
    b"\xe0\x7f\x10\x00", b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0", b"\x02\x00\x10\x00",
    b"\x28\x00\x01\x11",
)  # fmt: skip


def mutated(files: Sequence[bytes], seed: int, number: int) -> bytes:
    """One spoilt file: case ``number`` of a run with ``seed``."""
    chance = random.Random(f"{seed} {number}")
    content = bytearray(chance.choice(files))
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6, 12))):
        if not content:
            break
        spoil = chance.choice(_WAYS)
        if spoil is _splice:
            other = chance.choice(files)
            start = chance.randrange(len(other))
            at = chance.randrange(len(content))
            content[at : at + chance.randrange(2000)] = other[
                start : start + chance.randrange(2000)
            ]
        else:
            spoil(content, chance)
    return bytes(content)


def _flip(content: bytearray, chance: random.Random) -> None:
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def _set(content: bytearray, chance: random.Random) -> None:
    content[chance.randrange(len(content))] = chance.randrange(256)


def _number(content: bytearray, chance: random.Random) -> None:
    width = chance.choice((1, 2, 4))
    order = chance.choice(("little", "big"))
    value = chance.choice(_NUMBERS) & ((1 << 8 * width) - 1)
    at = chance.randrange(len(content))
    content[at : at + width] = value.to_bytes(width, order)  # type: ignore[arg-type]


def _near_a_tag(content: bytearray, chance: random.Random) -> None:
    at = content.find(chance.choice(_TAGS))
    if at >= 0:
        place = at + 4 + chance.randrange(10)
        width = chance.choice((1, 2, 4))
        value = chance.choice(_NUMBERS) & ((1 << 8 * width) - 1)
        content[place : place + width] = value.to_bytes(width, "little")


def _head(content: bytearray, chance: random.Random) -> None:
    """Where headers are, which a long file's pixels would otherwise hide."""
    content[chance.randrange(min(len(content), 600))] = chance.randrange(256)


def _cut(content: bytearray, chance: random.Random) -> None:
    del content[chance.randrange(len(content)) :]


def _take_out(content: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(content))
    del content[at : at + chance.randrange(1, 200)]


def _repeat(content: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(content))
    piece = content[at : at + chance.randrange(1, 200)]
    content[at:at] = piece * chance.choice((1, 2, 50))


def _insert(content: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(content))
    content[at:at] = chance.randbytes(chance.randrange(1, 64))


def _splice(content: bytearray, chance: random.Random) -> None:
    """A piece of another file: done in ``mutated``, which has the others."""


_WAYS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip, _set, _number, _number, _near_a_tag, _near_a_tag, _head, _cut, _take_out, _repeat,
    _insert, _splice,
)  # fmt: skip
