"""What ``main.py deidentify`` masks: proposed by the detector, shown, corrected by a person."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from core.errors import OutpostError
from core.imaging.deidentification.masking import Decided, Masking
from core.imaging.lettering.boxes import Box
from core.imaging.lettering.finding import detector_on_board, find_writing
from core.imaging.masking import preview
from core.imaging.opening import open_study
from core.imaging.rendering import render
from core.sentences import Sentence
from storage.durable import device_errors, export_durably

OK, SOME_FAILED = 0, 1
MASKS = "masks.json"


class MaskingError(OutpostError):
    """What is to be masked was not said, or not so that it can be followed."""


class MaskingFailure(Sentence):
    """Why a list of masks cannot be followed."""

    MASKS_UNREADABLE = (
        "This is no list of masks. Make one with deidentify --show, and correct its numbers only."
    )
    NOT_LOOKED_AT = (
        "The list of masks does not know this file, so nobody has looked at it. Make the list anew "
        "with deidentify --show."
    )


def proposed_masks(path: Path) -> Masking:
    """What the detector finds in a file, which nobody has looked at. Raises OutpostError."""
    return Masking(tuple(_found(path)), Decided.BY_DETECTOR)


def show_masks(paths: Sequence[Path], out: Path) -> int:
    """Write a preview of every file, with what would be masked outlined and numbered, and a
    ``masks.json`` to correct; the exit status. The previews show what the images show: names too.
    """
    images: list[dict[str, Any]] = []
    failed = False
    for number, path in enumerate(paths):
        try:
            boxes = _found(path)
            picture = preview(render(open_study(path).frames[0]), boxes)
        except OutpostError as error:
            failed = True
            print(f"{path}: not shown. {error.text} [{error.code}]", file=sys.stderr)
            continue
        name = f"{number:04d}.preview.png"
        export_durably(out / name, picture)
        images.append(
            {
                "preview": name,
                "sha256": _digest(path),
                "boxes": [[box.left, box.top, box.right, box.bottom] for box in boxes],
            }
        )
        print(f"{path} -> {out / name}: {len(boxes)} to mask")
    export_durably(out / MASKS, (json.dumps({"images": images}, indent=1) + "\n").encode())
    print(
        f"Look at every preview, correct {out / MASKS} (left, top, right, bottom in pixels), and "
        "run again with --masks. The previews may name patients: delete them afterwards.",
        file=sys.stderr,
    )
    return SOME_FAILED if failed else OK


def corrected_masks(listed: Path) -> Callable[[Path], Masking]:
    """The masks of a list that a person has corrected, by file.

    Raises ``MaskingError`` for a list that cannot be read; what is returned raises it for a file
    that the list does not know, which therefore nobody has looked at.
    """
    try:
        table = json.loads(listed.read_text(encoding="utf-8"))
        known = {
            str(each["sha256"]): tuple(Box(*map(int, box)) for box in each["boxes"])
            for each in table["images"]
        }
    except (OSError, ValueError, KeyError, TypeError):
        raise MaskingError(MaskingFailure.MASKS_UNREADABLE) from None

    def of(path: Path) -> Masking:
        boxes = known.get(_digest(path))
        if boxes is None:
            raise MaskingError(MaskingFailure.NOT_LOOKED_AT)
        return Masking(boxes, Decided.BY_A_PERSON)

    return of


def _found(path: Path) -> list[Box]:
    return find_writing(open_study(path).frames, detector_on_board())


def _digest(path: Path) -> str:
    with device_errors():
        return hashlib.sha256(path.read_bytes()).hexdigest()
