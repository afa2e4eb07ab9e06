"""A picture in, the same pixels out and nothing else.

Whatever a picture file may carry beside its pixels (EXIF with its place and its thumbnail, XMP,
IPTC, comments, colour profiles, layers, further pages, bytes after the end) is left behind by
decoding it to samples and writing those anew as PNG.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from core.errors import ImagingError
from core.imaging.boundary import translating
from core.imaging.deidentification.files import Deidentified
from core.imaging.deidentification.masking import Masking
from core.imaging.deidentification.sentences import DeidentificationFailure, DeidentificationNotice
from core.imaging.failures import ImagingFailure
from core.imaging.masking import mask
from core.imaging.opening import open_study
from core.imaging.pictures import PICTURES
from core.imaging.sniffing import HEAD_BYTES, sniff
from core.imaging.study import Samples
from core.sentences import Statement


def deidentify_picture(source: bytes | Path, masking: Masking | None = None) -> Deidentified:
    """The picture as PNG: upright, its first page, 8 or 16 bits, with no colour profile.

    The pixels are those that ``open_study`` gives, so that a very large JPEG comes out smaller;
    its notices say so, and that writing in the picture itself is still there unless ``masking``
    says where to put black over it.

    Raises ``ImagingError`` for what is no picture, or cannot be opened.
    """
    with translating(ImagingFailure.DAMAGED_PICTURE):
        head = source[:HEAD_BYTES] if isinstance(source, bytes) else _head(source)
        if head and sniff(head) not in PICTURES:
            raise ImagingError(DeidentificationFailure.NOT_A_PICTURE)
        study = open_study(source)
        samples = study.frames[0].samples
        if masking is None:
            told: tuple[Statement, ...] = (DeidentificationNotice.LOOK_AT_THE_PICTURE.say(),)
        else:
            samples, told = mask(samples, masking.boxes), masking.notices()
        content = _png(samples)
    return Deidentified(content, (*study.notices, *told))


def _head(path: Path) -> bytes:
    """The first bytes of a file; none where it cannot be read, so that opening it says why."""
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError:
        return b""


def _png(samples: Samples) -> bytes:
    if samples.dtype == np.int16:
        if int(samples.min()) < 0:
            raise ImagingError(ImagingFailure.PICTURE_DEPTH_UNSUPPORTED, mode="signed samples")
        samples = samples.astype(np.uint16)
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(samples)).save(stream, "PNG")
    return stream.getvalue()
