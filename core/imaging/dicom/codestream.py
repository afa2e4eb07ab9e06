"""What a compressed frame carries besides its pixels: the size it declares, and comments.

A forged frame may claim 65,000 x 65,000 pixels inside a file whose header says 10 x 10, so its
size is read before a C decoder sees it. And a frame may hold EXIF, comments or other text in
segments that decoding does not need, so these are taken out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Codestream:
    """What a JPEG, JPEG-LS or JPEG 2000 frame says of itself. ``precision`` in bits.

    ``scans`` counts the passes of a JPEG; ``transformed`` is False when the frame gives no sign
    of holding YCbCr (no JFIF or Adobe marker, no RGB component names): the header then decides.
    """

    width: int
    height: int
    precision: int
    components: int
    scans: int = 1
    says_colour_space: bool = False


#: Start-of-frame markers (ITU-T T.81 table B.1) and JPEG-LS's (T.87 C.2.2); not DHT, JPG, DAC.
_FRAME_MARKERS = frozenset({*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC})


def read_codestream(frame: bytes) -> Codestream | None:
    """The frame's own size; None when it is neither JPEG nor JPEG 2000, or has no header."""
    if frame[:2] == b"\xff\xd8":
        return _jpeg(frame)
    start = frame.find(b"\xff\x4f\xff\x51")  # after JP2 boxes, where a writer left them in
    return _jpeg2000(frame, start) if start >= 0 else None


def _jpeg(frame: bytes) -> Codestream | None:
    at, says_colour_space = 2, False
    while at + 4 <= len(frame):
        if frame[at] != 0xFF:
            return None
        marker = frame[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        length = int.from_bytes(frame[at + 2 : at + 4], "big")
        body = frame[at + 4 : at + 2 + length]
        if marker in _FRAME_MARKERS and len(body) >= 6:
            named_rgb = body[6::3][:3] in (b"RGB", b"rgb")
            return Codestream(
                width=int.from_bytes(body[3:5], "big"),
                height=int.from_bytes(body[1:3], "big"),
                precision=body[0],
                components=body[5],
                scans=frame.count(b"\xff\xda"),
                says_colour_space=says_colour_space or named_rgb,
            )
        says_colour_space |= marker == 0xE0 and body.startswith(b"JFIF")
        # libjpeg ignores an Adobe marker too short to hold its transform flag.
        says_colour_space |= marker == 0xEE and body.startswith(b"Adobe") and len(body) >= 12
        at += 2 + length
    return None


def _jpeg2000(frame: bytes, start: int) -> Codestream | None:
    """The SIZ segment (ISO/IEC 15444-1 A.5.1)."""
    siz = frame[start + 4 : start + 4 + 39]
    if len(siz) < 39:
        return None
    x, y, x_offset, y_offset = (int.from_bytes(siz[i : i + 4], "big") for i in (4, 8, 12, 16))
    return Codestream(
        width=x - x_offset,
        height=y - y_offset,
        precision=(siz[38] & 0x7F) + 1,
        components=int.from_bytes(siz[36:38], "big"),
    )


def without_comments(frame: bytes) -> bytes:
    """The frame without the segments that may hold text and that no decoder needs.

    A frame that cannot be followed comes back as it is: decoding it will say what is wrong.
    """
    if frame[:2] == b"\xff\xd8":
        end = frame.rfind(b"\xff\xd9")  # what follows the end of the image is no image
        return _kept(frame[: end + 2] if end > 0 else frame, 0, _jpeg_keeps, last=0xDA)
    start = frame.find(b"\xff\x4f\xff\x51")
    if start >= 0:
        end = frame.rfind(b"\xff\xd9")
        whole = frame[start : end + 2] if end > start else frame[start:]
        return _kept(whole, 0, lambda marker, body: marker != 0x64, last=0x90)
    return frame


def _jpeg_keeps(marker: int, body: bytes) -> bool:
    """Whether a JPEG decoder needs the segment: APPn only where it tells the colour space."""
    if marker == 0xE0:
        return body.startswith(b"JFIF\0") and len(body) == 14  # longer ones hold a thumbnail
    if marker == 0xE8:
        return body.startswith(b"mrfx")  # HP's colour transform of JPEG-LS
    if marker == 0xEE:
        return body.startswith(b"Adobe") and len(body) == 12
    return not (0xE0 <= marker <= 0xEF or marker == 0xFE)


def _kept(frame: bytes, at: int, keeps: Callable[[int, bytes], bool], last: int) -> bytes:
    """Copy the segments that ``keeps`` wants, up to the marker ``last``, and all that follows."""
    kept = [frame[at : at + 2]]
    at += 2
    while at + 4 <= len(frame) and frame[at] == 0xFF and frame[at + 1] != last:
        end = at + 2 + int.from_bytes(frame[at + 2 : at + 4], "big")
        if frame[at + 1] == 0xFF:  # fill byte
            end = at + 1
        elif keeps(frame[at + 1], frame[at + 4 : end]):
            kept.append(frame[at:end])
        at = end
    kept.append(frame[at:])
    return b"".join(kept)
