"""What the sync page and Home show of it, in plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from core.sentences import Statement


class Held(Enum):
    """Why a sync does not begin by itself."""

    NO = "no"
    MOBILE_DATA = "mobile_data"
    BATTERY = "battery"
    HOURS = "hours"


@dataclass(frozen=True)
class RefusedLine:
    """One entry in quarantine. ``words`` are the server's own."""

    number: int
    case_id: str
    when: str
    status: int
    words: str = field(repr=False)


@dataclass(frozen=True)
class SyncView:
    """How sync stands. ``phase`` is the worker's while one works, else "". Times are as they are
    shown. ``received`` counts cases with a receipt. ``lacks`` is what the server lacks. ``key`` is
    the public key while it is shown; ``dropping`` the number whose reason is asked for.
    ``goes_on_locked``: what waits is sent though the vault is locked.
    ``clocks_differ``: the server's date was not believed. ``scopes``: what this device asks for.
    """

    address: str = ""
    waiting: int = 0
    oldest: str = ""
    received: int = 0
    last_sync: str = ""
    refused: tuple[RefusedLine, ...] = ()
    lacks: tuple[Statement, ...] = ()
    phase: str = ""
    sent: int = 0
    next_minutes: int = 0
    failure: Statement | None = None
    held: Held = Held.NO
    can_tell: bool = True
    key: str = ""
    enrolling: bool = False
    dropping: int = 0
    goes_on_locked: bool = False
    clocks_differ: bool = False
    scopes: str = ""
