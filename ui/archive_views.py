"""What the screens show of the image archive, and of reports that a server has, in plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from core.pacs.access import SignIn
from core.reading.result import Verdict


class Work(Enum):
    """What is going on with the archive."""

    NOTHING = "nothing"
    TRYING = "trying"
    SEARCHING = "searching"
    FETCHING = "fetching"
    SENDING = "sending"


@dataclass(frozen=True)
class StudyLine:
    """A study that was found. It names nobody: who asked knows the number that they asked for."""

    uid: str = field(repr=False)
    title: str
    about: str
    instances: int | None


@dataclass(frozen=True)
class ArchiveView:
    """``address`` is empty where no archive is set up. ``found`` is None before a search.
    ``received`` counts the files of the study ``fetching``, of ``expected`` where the archive told
    how many."""

    address: str = ""
    sign_in: SignIn = SignIn.NONE
    user: str = field(default="", repr=False)
    authority: str = field(default="", repr=False)
    changing: bool = False
    work: Work = Work.NOTHING
    found: tuple[StudyLine, ...] | None = None
    received: int = 0
    expected: int | None = None


@dataclass(frozen=True)
class EarlierLine:
    """A report of a server: when it was read, what was found, what a clinician said of it."""

    verdict: Verdict
    title: str
    when: str
    standing: str


@dataclass(frozen=True)
class EarlierView:
    """What the clinic's server has on the patient of one case; ``lines`` None while it is asked."""

    case_id: str
    server: str
    lines: tuple[EarlierLine, ...] | None = None
