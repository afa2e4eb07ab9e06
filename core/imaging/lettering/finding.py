"""Writing in a study: looked for in every frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from core.imaging.lettering.boxes import Box, merged
from core.imaging.lettering.detector import Detector, open_detector
from core.imaging.opening import open_study
from core.imaging.rendering import render, to_grey
from core.imaging.study import Frame


@cache
def detector_on_board() -> Detector:
    """The detector that came with this build, loaded once. Raises ``PackError``."""
    return open_detector()


def find_in_frame(frame: Frame, detector: Detector) -> list[Box]:
    """Boxes around all writing in a frame, in its pixels, as the screen shows it.

    Raises ``ReadingError``.
    """
    return detector.find(to_grey(render(frame)))


def find_in_picture(picture: bytes, detector: Detector) -> list[Box]:
    """The same in a picture file of our own making. Raises ``ImagingError``, ``ReadingError``."""
    return find_in_frame(open_study(picture).frames[0], detector)


def find_writing(
    frames: Sequence[Frame],
    detector: Detector,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[Box]:
    """Boxes around the writing of every frame, together: what is masked is masked in all, since
    machines write in the same place, and a name must not shine through in one.

    ``progress`` is told (frames looked at, frames in all). Raises ``ImagingError`` for a frame
    that cannot be decoded, ``ReadingError``.
    """
    found: set[Box] = set()
    for number in range(len(frames)):
        found.update(find_in_frame(frames[number], detector))
        progress(number + 1, len(frames))
    return merged(found)
