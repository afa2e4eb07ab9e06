"""RLE Lossless (PS3.5 Annex G), bounded by the size the header states and by the clock."""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

from core.imaging.limits import Deadline

#: Runs decoded between two looks at the clock.
_RUNS_PER_CHECK = 1 << 16


def decode_rle(
    frame: bytes, rows: int, columns: int, channels: int, item_bytes: int, deadline: Deadline
) -> npt.NDArray[np.uint8]:
    """The frame's bytes as (channels, rows, columns, item_bytes) uint8, least significant first.

    Raises ValueError for a frame that does not hold what the header states.
    """
    count = struct.unpack_from("<L", frame)[0]
    if count != channels * item_bytes:
        raise ValueError("number of RLE segments")
    starts = [*struct.unpack_from(f"<{count}L", frame, 4), len(frame)]
    planes = np.empty((channels, rows * columns, item_bytes), dtype=np.uint8)
    for segment in range(count):
        channel, byte = divmod(segment, item_bytes)
        data = frame[starts[segment] : starts[segment + 1]]
        plane = _unpack(data, rows * columns, deadline)
        # The most significant byte's segment comes first.
        planes[channel, :, item_bytes - 1 - byte] = np.frombuffer(plane, dtype=np.uint8)
    return planes.reshape(channels, rows, columns, item_bytes)


def _unpack(data: bytes, size: int, deadline: Deadline) -> bytearray:
    """One segment of runs, exactly ``size`` bytes; what goes beyond is padding and left alone."""
    out = bytearray()
    at, end, runs = 0, len(data), 0
    while at < end and len(out) < size:
        head = data[at]
        if head < 128:
            out += data[at + 1 : at + 2 + head]
            at += 2 + head
        elif head > 128:
            out += data[at + 1 : at + 2] * (257 - head)
            at += 2
        else:
            at += 1
        runs += 1
        if runs % _RUNS_PER_CHECK == 0:
            deadline.check()
    if len(out) < size:
        raise ValueError("RLE segment too short")
    del out[size:]
    return out
