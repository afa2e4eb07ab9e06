"""What is known of writing in a picture, and what of it is to become black."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

from core.imaging.framing import Framing
from core.imaging.lettering.boxes import Box, merged
from core.imaging.patches import Patch, as_laid, patch_of
from core.imaging.study import Study
from ui.troubles import statement_of

#: Frames of one series may differ in size: boxes are joined on a grid of so many steps a side.
_GRID = 2000


class Search(Enum):
    """How the search for writing went. After ``FAILED`` only a person can tell."""

    UNDER_WAY = auto()
    DONE = auto()
    FAILED = auto()


@dataclass(frozen=True)
class Writing:
    """``patches``: what will be black, as ``core.imaging.patches`` has it: what was found, or once
    ``corrected`` what a person made of that. ``found``: how many places the detector named."""

    search: Search = Search.UNDER_WAY
    patches: tuple[Patch, ...] = ()
    found: int = 0
    corrected: bool = False

    def corrected_to(self, patches: Sequence[Patch]) -> Writing:
        return replace(self, patches=tuple(patches), corrected=True)


@dataclass(frozen=True)
class Masks:
    """What a person decided about one image before it was read: its patches, and the frame that
    they looked at."""

    patches: tuple[Patch, ...]
    frame: int

    def fit(self, frame: int) -> bool:
        """Whether it is this frame that was looked at."""
        return frame == self.frame


@dataclass(frozen=True, eq=False)
class KeptPicture:
    """The picture of one case of the vault, and the writing in it. ``is_open``: its covers are on
    the screen."""

    case_id: str
    image: bytes
    width: int
    height: int
    writing: Writing = Writing()
    is_open: bool = False

    def is_of(self, case_id: str) -> bool:
        """Whether it is this case's, and on the screen."""
        return self.is_open and self.case_id == case_id


def masks_document(masks: Masks | None) -> dict[str, Any] | None:
    """As JSON can hold it."""
    if masks is None:
        return None
    patches = [[each.left, each.top, each.right, each.bottom] for each in masks.patches]
    return {"patches": patches, "frame": masks.frame}


def masks_from_document(written: Mapping[str, Any] | None) -> Masks | None:
    """What ``masks_document`` wrote. Raises ValueError, KeyError or TypeError."""
    if not written:
        return None
    patches = tuple(Patch(*map(float, each)) for each in written["patches"])
    return Masks(patches, int(written["frame"]))


def writing_in_study(study: Study, framing: Framing, frame: int) -> Writing:
    """Writing in a framed study, looked for in the frame on the screen, and in the first, the
    middle and the last of a series: machines write in the same place. Slow. Whatever goes wrong in
    the detector, the search has failed, and a person can still look."""
    from core.imaging.lettering.finding import detector_on_board, find_in_frame

    total = len(study.frames)
    found: set[Box] = set()
    try:
        detector = detector_on_board()
        for number in sorted({frame, 0, total // 2, total - 1}):
            one = study.frames[number]
            boxes = find_in_frame(one, detector)
            found.update(patch_of(box, one.width, one.height).box(_GRID, _GRID) for box in boxes)
    except Exception as error:  # noqa: BLE001 - ONNX Runtime and Pillow raise what they like
        return _failed(error)
    shown = [patch_of(box, _GRID, _GRID) for box in merged(found)]
    return Writing(Search.DONE, as_laid(shown, framing), len(shown))


def writing_in_picture(picture: bytes, width: int, height: int) -> Writing:
    """Writing in a picture of our own making. Slow. Whatever goes wrong in the detector, the search
    has failed, and a person can still look."""
    from core.imaging.lettering.finding import detector_on_board, find_in_picture

    try:
        found = find_in_picture(picture, detector_on_board())
    except Exception as error:  # noqa: BLE001 - ONNX Runtime and Pillow raise what they like
        return _failed(error)
    patches = tuple(patch_of(box, width, height) for box in found)
    return Writing(Search.DONE, patches, len(patches))


def _failed(error: Exception) -> Writing:
    statement_of(error)  # For the log and a report about a problem; the screen says what to do.
    return Writing(Search.FAILED)
