"""Bodies of several DICOM files: multipart/related (RFC 2387, PS3.18 8.6.1.2)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Sequence

from core.imaging.limits import MAX_FILE_BYTES
from core.pacs.failures import PacsError, PacsFailure

#: Longest header of one part, in bytes; real ones have about 100.
_MAX_HEADER = 16_384
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)


def written(files: Sequence[bytes]) -> tuple[str, bytes]:
    """A content type and the body that holds the files."""
    boundary = secrets.token_hex(16)
    parts = [
        b"--" + boundary.encode() + b"\r\nContent-Type: application/dicom\r\n\r\n" + each + b"\r\n"
        for each in files
    ]
    kind = f'multipart/related; type="application/dicom"; boundary={boundary}'
    return kind, b"".join(parts) + b"--" + boundary.encode() + b"--\r\n"


def boundary_of(content_type: str) -> bytes:
    """The boundary that a content type states. Raises ``PacsError`` where it states none."""
    stated = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/related") or not stated:
        raise PacsError(PacsFailure.PACS_ANSWER_UNKNOWN)
    return stated[1].encode()


def parts(chunks: Iterable[bytes], boundary: bytes) -> Iterator[bytes]:
    """The content of each part, as it arrives. One part at most is held in memory.

    Raises ``PacsError``: ``pacs_answer_unknown`` for a body that ends too early or is no
    multipart, ``pacs_study_too_large`` for a part beyond ``MAX_FILE_BYTES``.
    """
    body = _Body(iter(chunks))
    mark = b"--" + boundary
    body.skip_past(mark)
    while not body.starts_with(b"--"):
        body.read_until(b"\r\n\r\n", _MAX_HEADER)
        yield body.read_until(b"\r\n" + mark, MAX_FILE_BYTES)


class _Body:
    """Bytes that arrive in pieces of any size."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._held = bytearray()

    def _more(self) -> None:
        chunk = next(self._chunks, None)
        if chunk is None:
            raise PacsError(PacsFailure.PACS_ANSWER_UNKNOWN)
        self._held += chunk

    def starts_with(self, mark: bytes) -> bool:
        while len(self._held) < len(mark):
            self._more()
        return self._held.startswith(mark)

    def skip_past(self, mark: bytes) -> None:
        self.read_until(mark, _MAX_HEADER)

    def read_until(self, mark: bytes, limit: int) -> bytes:
        """What comes before ``mark``, which is taken away too."""
        searched = 0
        while (at := self._held.find(mark, searched)) < 0:
            if len(self._held) > limit:
                raise PacsError(
                    PacsFailure.PACS_STUDY_TOO_LARGE, limit_megabytes=limit // 1_000_000
                )
            searched = max(0, len(self._held) - len(mark))
            self._more()
        found = bytes(self._held[:at])
        del self._held[: at + len(mark)]
        return found
