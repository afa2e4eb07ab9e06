"""What a document shows: the frame that decided, and where the model looked."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.imaging.opening import open_study
from core.imaging.rendering import render, to_grey
from core.imaging.study import Study, Window
from core.reading.explanation import class_map, heat_map, overlay
from core.reading.manifest import Manifest, Role
from core.reading.result import Reading, Verdict
from core.reporting.report import AttachedPicture, PictureKind

#: Longest side of a picture in a document, in pixels.
LONGEST_SIDE = 1024
_JPEG_QUALITY = 88

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Illustration:
    """``image``: (h, w, 3) uint8, the frame as a screen shows it. ``heat``: the same with the
    heat map of the class ``heat_label`` over it, both None where no map may be shown: for a
    refused image, and where no place speaks for the class. ``frame`` counts from 0."""

    image: Picture
    heat: Picture | None
    heat_label: str | None
    frame: int
    frames: int


def illustrate(study: Study, reading: Reading, manifest: Manifest | None) -> Illustration:
    """The most telling frame, or the middle one where none was read.

    Raises ``ImagingError`` for a frame that does not decode.
    """
    total = len(study.frames)
    index = reading.frames[0].index if reading.frames else total // 2
    frame = study.frames[index]
    window: Window | None = manifest.input.window if manifest else None
    shown = render(frame, window if frame.rescale.is_hounsfield else None)
    return _laid_over(_scaled(shown), reading, manifest, index, total)


def _laid_over(
    image: Picture, reading: Reading, manifest: Manifest | None, index: int, total: int
) -> Illustration:
    label = heat_label(reading, manifest) if manifest else None
    if label is None or not class_map(reading.frames[0], label).any():
        return Illustration(_colour(image), None, None, index, total)
    grey = to_grey(image)
    heat = heat_map(reading.frames[0], label, (grey.shape[0], grey.shape[1]))
    return Illustration(_colour(image), np.asarray(overlay(grey, heat)), label, index, total)


def illustrate_copy(picture: bytes, reading: Reading, manifest: Manifest | None) -> Illustration:
    """The same from the small picture that is kept with a case, JPEG or PNG, of the frame that
    ``illustrate`` would show. Raises ``ImagingError`` for a picture that does not open."""
    image = render(open_study(picture).frames[0])
    index = reading.frames[0].index if reading.frames else 0
    return _laid_over(image, reading, manifest, index, max(1, reading.frame_count.total))


def heat_label(reading: Reading, manifest: Manifest) -> str | None:
    """The class whose map is shown: the finding, or for a normal one the likeliest abnormal
    class, for a normal finding has no place in the image."""
    if reading.verdict is Verdict.REJECTED or reading.finding is None or not reading.frames:
        return None
    if manifest.class_of(reading.finding).role is not Role.NORMAL:
        return reading.finding
    abnormal = [each.label for each in manifest.classes if each.role is Role.ABNORMAL]
    return max(abnormal, key=lambda label: reading.probabilities[label], default=None)


def _scaled(shown: Picture) -> Picture:
    picture = Image.fromarray(np.ascontiguousarray(shown))
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return np.asarray(picture)


def _colour(image: Picture) -> Picture:
    return np.asarray(Image.fromarray(image).convert("RGB"))


def attached(shown: Illustration) -> tuple[AttachedPicture, ...]:
    """The pictures as they may go with a report, where the clinic allows it."""
    kinds = ((PictureKind.IMAGE, shown.image), (PictureKind.HEAT_MAP, shown.heat))
    return tuple(
        AttachedPicture(kind, jpeg(picture), int(picture.shape[1]), int(picture.shape[0]))
        for kind, picture in kinds
        if picture is not None
    )


def jpeg(picture: Picture) -> bytes:
    """A picture (h, w, 3) as JPEG, with no header but the coding's own."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=_JPEG_QUALITY)
    return stream.getvalue()
