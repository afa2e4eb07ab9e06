"""What the app shows at any moment. Screens are functions of this, and of nothing else.

Nothing here names a patient or a file: it may be logged by a framework that we do not control.
Users' names and what is shown once are left out of what ``repr`` tells.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

import flet as ft

from core.sentences import Statement
from storage.clock import Moment
from storage.insights import Insights
from storage.settings import Settings
from ui.archive_views import ArchiveView, EarlierView
from ui.care_views import CareView
from ui.case_views import CaseLine, Choices, Event
from ui.checkup import Checked
from ui.language import Language
from ui.pack_views import PackView, PackWork
from ui.question_views import QuestionView
from ui.read_case import Case, CloseUp, Comparison, Others
from ui.review_views import ReviewView, SecondView
from ui.sheet import Sheet
from ui.sync_views import SyncView
from ui.writing import KeptPicture


class Gate(Enum):
    """What stands between a person and the app."""

    LOOKING = auto()
    WELCOME = auto()
    LOCKED = auto()
    RESTORE = auto()
    ERASED = auto()
    OPEN = auto()
    BARRED = auto()


class Place(Enum):
    """Where a person is in the app. The value is its address."""

    READ = "/"
    HISTORY = "/history"
    PACKS = "/models"
    MORE = "/more"
    SETTINGS = "/settings"
    REVIEW = "/review"
    USERS = "/users"
    AUDIT = "/audit"
    CLOCK = "/clock"
    SYNC = "/sync"
    ARCHIVE = "/archive"
    VAULT = "/vault"
    INSIGHTS = "/insights"
    HELP = "/help"
    CHECKUP = "/checkup"
    PROBLEM = "/problem"
    ABOUT = "/about"


#: What the navigation bar shows, in its order.
TABS = (Place.READ, Place.HISTORY, Place.PACKS, Place.MORE)


def tab_of(place: Place) -> Place:
    """The tab that a place belongs to."""
    return place if place in TABS else Place.MORE


class Stage(Enum):
    """How far a reading has come."""

    HOME = auto()
    CAMERA = auto()
    OPENING = auto()
    CHECKING = auto()
    ASKING = auto()
    READING = auto()
    IMPRESSION = auto()
    RESULT = auto()
    LIST = auto()
    LEAVING = auto()
    FAILED = auto()


@dataclass(frozen=True)
class Progress:
    """Frames read, of how many; which image, of how many."""

    read: int = 0
    total: int = 0
    image: int = 1
    images: int = 1


class WelcomeStep(Enum):
    """The first start, in its order."""

    LANGUAGE = auto()
    WHAT_IT_IS = auto()
    USER = auto()
    RECOVERY_KEY = auto()
    CLINIC = auto()


@dataclass(frozen=True)
class Person:
    """Someone who may sign in. Whoever came with the recovery key has no id."""

    id: str
    name: str = field(repr=False)
    supervisor: bool
    reviewer: bool = False

    @property
    def may_review(self) -> bool:
        """Whether they may answer those who ask for a second opinion: by name only."""
        return bool(self.id) and (self.supervisor or self.reviewer)


class LockedBy(Enum):
    """What locked the vault, when it was not the person who had it open."""

    TIME = auto()
    ELSEWHERE = auto()
    ACCESS = auto()


@dataclass(frozen=True)
class Entrance:
    """What is shown before the vault is open.

    ``wait``: seconds until the chosen person may try again. ``held``: it is open in another tab.
    ``keeps_work``: something unsaved waits behind the lock. ``recovery_key`` is shown once.
    ``locked_by``: why it is locked; None: it was locked by hand, or never open.
    """

    people: tuple[Person, ...] = ()
    chosen: str = ""
    recovering: bool = False
    busy: bool = False
    failure: Statement | None = None
    wait: int = 0
    takes_pins: bool = False
    held: bool = False
    keeps_work: bool = False
    locked_by: LockedBy | None = None
    step: WelcomeStep = WelcomeStep.LANGUAGE
    recovery_key: str = field(default="", repr=False)


@dataclass(frozen=True)
class Wanted:
    """Which cases the history shows; "" lets everything through. ``text``: a patient's code."""

    verdict: str = ""
    opinion: str = ""
    pack: str = ""
    user: str = ""
    time: str = ""
    text: str = field(default="", repr=False)

    def count(self) -> int:
        """How many filters are on, the search not among them."""
        return sum(map(bool, (self.verdict, self.opinion, self.pack, self.user, self.time)))


@dataclass(frozen=True)
class HistoryView:
    """One page of the history. ``number`` counts pages from 1."""

    lines: tuple[CaseLine, ...] | None = None
    damaged: int = 0
    number: int = 1
    has_older: bool = False
    wanted: Wanted = Wanted()
    choices: Choices = field(default_factory=Choices)


@dataclass(frozen=True)
class OfficeView:
    """Users and the log. ``recovery_key`` is shown once. ``number`` counts pages from 1. ``head``:
    the number of the log's last entry, and the hash of the chain up to it."""

    people: tuple[Person, ...] = ()
    doing: str = ""
    recovery_key: str = field(default="", repr=False)
    log: tuple[Event, ...] | None = None
    head: tuple[int, str] | None = None
    number: int = 1
    has_older: bool = False
    verdict: str = ""
    faults: tuple[str, ...] = ()


@ft.observable
@dataclass
class AppState:
    """One person's session."""

    gate: Gate = Gate.LOOKING
    entrance: Entrance = Entrance()
    person: Person | None = None
    place: Place = Place.READ
    settings: Settings = field(default_factory=Settings)
    stage: Stage = Stage.HOME
    progress: Progress = Progress()
    sheet: Sheet | None = None
    from_camera: bool = False
    question: QuestionView | None = None
    cases: list[Case] = field(default_factory=list)
    shown: int = 0
    failure: Statement | None = None
    experimental: bool = False
    case_id: str = ""
    recent: tuple[CaseLine, ...] = ()
    history: HistoryView = HistoryView()
    kept: Case | None = None
    close_up: CloseUp | None = None
    #: The id of the case whose image has the whole screen.
    enlarged: str = ""
    #: The kept picture whose writing is looked at before it leaves.
    kept_picture: KeptPicture | None = None
    compared: Comparison | None = None
    others: Others | None = None
    timeline: tuple[Event, ...] = ()
    office: OfficeView = OfficeView()
    sync: SyncView = field(default_factory=SyncView)
    archive: ArchiveView = field(default_factory=ArchiveView)
    earlier: EarlierView | None = None
    insights: Insights | None = None
    #: What the self-test found so far, and what it tries now; "" while it tries nothing.
    checked: tuple[Checked, ...] = ()
    checking: str = ""
    #: The report about a problem, as it is shown; "" until it is made.
    problem: str = ""
    care: CareView = field(default_factory=CareView)
    review: ReviewView = field(default_factory=ReviewView)
    second: SecondView = field(default_factory=SecondView)
    busy: bool = False
    #: The form in which a copy of a case is being written; "" while none is.
    making: str = ""
    trouble: Statement | None = None
    told: str = ""
    notices: tuple[Statement, ...] = ()
    #: What the clock showed when it was looked at last.
    clock: Moment | None = None
    theme: str = "system"
    text_size: str = "usual"
    language: Language = Language.ENGLISH
    packs: tuple[PackView, ...] | None = None
    packs_failure: Statement | None = None
    pack_work: PackWork = field(default_factory=PackWork)
    has_camera: bool = False
    has_share_sheet: bool = False
    in_browser: bool = False
    width: float = 360
    height: float = 640

    @property
    def case(self) -> Case:
        """The case on the screen. Raises IndexError when none was read."""
        return self.cases[self.shown]

    @property
    def unsaved(self) -> int:
        """How many readings would be lost by leaving."""
        return sum(case.is_unsaved for case in self.cases)
