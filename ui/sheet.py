"""What lies on the light box: an image, what is being done to it, and what was found about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from core.imaging.film_corners import suggest_corners
from core.imaging.framing import PLAIN, Framing, Quad, area
from core.imaging.opening import Origin
from core.imaging.patches import Patch, as_shown
from core.imaging.quality import judge_quality
from core.imaging.removed_identity import Removed, removed_identity
from core.imaging.rendering import render, to_grey
from core.imaging.study import Source, Study
from core.sentences import Statement
from ui.study_view import Shown, StudyView, StudyViewer
from ui.writing import Masks, Search, Writing

#: A film that takes up less of the photo than this is worth straightening.
_FILLS = 0.93


class Tool(Enum):
    """What is being done to the image."""

    NONE = auto()
    CROP = auto()
    STRAIGHTEN = auto()
    MASK = auto()


@dataclass(frozen=True, eq=False)
class Sheet:
    """What lies on the light box.

    ``bare``: the image under the corners of a tool: not yet straightened, or not yet cropped, but
    turned as it will be. ``suggested``: a film's corners, as a detector sees them. ``askew``:
    whether it is worth telling of them.
    """

    view: StudyView
    framing: Framing = PLAIN
    tool: Tool = Tool.NONE
    bare: Shown | None = None
    suggested: Quad | None = None
    askew: bool = False
    can_straighten: bool = False
    files: int = 1
    problems: tuple[Statement, ...] = ()
    notices: tuple[Statement, ...] = ()
    removed: Removed = field(default_factory=Removed)
    writing: Writing = field(default_factory=Writing)
    trouble: Statement | None = None

    @property
    def patches(self) -> tuple[Patch, ...]:
        """What will be black, as it lies on the picture that is shown."""
        return as_shown(self.writing.patches, self.framing)

    @property
    def masks(self) -> Masks | None:
        """What the person decided by going on: None while the search for writing is under way, for
        then they have not seen what it finds."""
        if self.writing.search is Search.UNDER_WAY and not self.writing.corrected:
            return None
        return Masks(self.writing.patches, self.view.frame)


@dataclass(frozen=True)
class Laid:
    """How the person sent an image on to be read."""

    framing: Framing = PLAIN
    masks: Masks | None = None


def laid_out(study: Study, origins: Sequence[Origin]) -> Sheet:
    """The study as it comes. Slow. Raises ImagingError."""
    view = StudyViewer(study).begin()
    frame = study.frames[view.frame]
    grey = to_grey(render(frame))
    # A scan has no perspective; a photo of a film comes as a picture.
    is_picture = study.source is Source.PICTURE
    suggested = suggest_corners(grey) if is_picture else None
    return Sheet(
        view,
        suggested=suggested,
        askew=suggested is not None and frame.is_colour and area(suggested.points) < _FILLS,
        can_straighten=is_picture,
        files=study.file_count,
        problems=judge_quality(grey),
        notices=study.notices,
        removed=removed_identity(origins[0]) if origins else Removed(),
    )
