"""One image that was read, and what the clinician says of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from core.reading.result import Reading
from core.sentences import Statement
from storage.vault import Case as KeptCase
from storage.vault import Opinion
from ui.case_views import CaseLine
from ui.result_views import ResultView
from ui.study_view import StudyView, StudyViewer
from ui.writing import Masks

#: What a clinician may say that an image shows, beside the classes that the model knows.
OTHER, CANNOT_SAY = "other", "cannot_say"


@dataclass(frozen=True, eq=False)
class Picture:
    """The image as the screen shows it, and the heat map to lay over it. JPEG and PNG bytes.

    ``adjustable``: whether there are other frames, or a window to set. ``tops``: the frames of a
    series that decided, by their index, as small pictures; None for a damaged one.
    """

    image: bytes
    width: int
    height: int
    heat: bytes | None = None
    heat_caption: str = ""
    frame_note: str = ""
    contour: bytes | None = None
    adjustable: bool = False
    tops: tuple[tuple[int, bytes | None], ...] = ()


@dataclass(frozen=True, eq=False)
class CloseUp:
    """The image of a case looked at closely, and the heat map of the frame that is shown.

    ``viewer`` holds the opened study: it goes with this.
    """

    case_id: str
    view: StudyView
    viewer: StudyViewer = field(repr=False)
    heat: bytes | None = None
    contour: bytes | None = None
    heat_caption: str = ""


@dataclass(eq=False, repr=False)
class Draft:
    """What the clinician says of a reading, as it is typed: no screen waits for it.

    ``own_impression``: what was seen before the reading was shown, if that was asked.
    ``code`` is the clinic's own code of the patient, until the vault makes a pseudonym of it.
    """

    opinion: Opinion | None = None
    right_label: str | None = None
    note: str = ""
    code: str = ""
    own_impression: str | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.opinion or self.note.strip() or self.code.strip())

    def differs_from(self, kept: KeptCase) -> bool:
        """Whether something was said that is not in the vault. A code that the clinic does not
        keep cannot be compared: it was kept as a pseudonym when the case was saved."""
        said = (self.opinion, self.right_label, self.note.strip(), self.own_impression)
        return said != (kept.opinion, kept.right_label, kept.note, kept.own_impression) or (
            kept.code is not None and self.code.strip() != kept.code
        )


@dataclass(frozen=True, eq=False)
class Case:
    """One image: waiting, or read, or one that could not be.

    Once it is read there is either ``result``, with the ``reading`` it shows, or ``failure``.
    ``kept`` is the case as it stands in the vault; None while it is not there. ``masks``: what the
    person had covered before it was read; None where they were not shown what was found.
    """

    number: int
    picture: Picture | None = None
    result: ResultView | None = None
    failure: Statement | None = None
    reading: Reading | None = field(default=None, repr=False)
    id: str = ""
    read_at: datetime | None = None
    kept: KeptCase | None = field(default=None, repr=False)
    draft: Draft = field(default_factory=Draft)
    masks: Masks | None = None

    @property
    def is_waiting(self) -> bool:
        return self.result is None and self.failure is None

    @property
    def is_unsaved(self) -> bool:
        """Whether leaving would lose something. A refusal nobody said anything of may go."""
        if self.result is None:
            return False
        if self.kept is not None:
            return self.draft.differs_from(self.kept)
        return bool(self.result.probabilities) or not self.draft.is_empty


@dataclass(frozen=True, eq=False)
class Others:
    """The other cases of the patient of one case, the newest first."""

    case_id: str
    lines: tuple[CaseLine, ...]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two cases of one patient side by side, the earlier one first."""

    earlier: Case
    later: Case

    def is_of(self, case: Case | None) -> bool:
        """Whether it began from this case, as it was opened then."""
        return case is not None and case in (self.earlier, self.later)
