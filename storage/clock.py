"""Known time: phones lie about the time, records must not.

The floor of known time is the latest of the build date, the last audit entry and the last
server's Date, each carried on by the monotonic clock. A device clock behind the floor is
corrected; one far ahead is not believed. Both are flagged.

Far ahead is measured from sure time, which no device clock ever raised: a build date, a server's
Date, what a supervisor confirmed, and what has passed since by the clock that counts from the
device's start. So a clock that is set ahead again and again, each time by less than that, pushes
known time no further than once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from core.build import BUILT_ON
from storage import ticks

#: A clock may be set back this far by a network without being called wrong.
TOLERANCE = timedelta(minutes=1)
#: A phone may lie in a drawer this long between two uses.
FAR_AHEAD = timedelta(days=180)


class ClockFlag(StrEnum):
    """What was wrong with the device's clock."""

    FINE = "fine"
    BEHIND = "behind"
    FAR_AHEAD = "far_ahead"


@dataclass(frozen=True)
class Moment:
    """When something happened: the time to go by, and the time that the device showed.

    Both carry the device's UTC offset. ``sure`` is what later processes go on from.
    """

    known: datetime
    device: datetime
    flag: ClockFlag
    sure: SureTime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class SureTime:
    """It was certainly not earlier than ``time`` at the tick ``at`` (seconds) of the device's
    start ``boot``, of which only a short digest is kept."""

    time: datetime
    at: float
    boot: str


def device_time() -> datetime:
    """What the device's clock shows, with its UTC offset."""
    return datetime.now(UTC).astimezone()


class Clock:
    """Tells known time. ``device``, ``monotonic`` (seconds), ``boot`` can be replaced in tests."""

    def __init__(
        self,
        device: Callable[[], datetime] = device_time,
        monotonic: Callable[[], float] = ticks.seconds,
        built_on: date = BUILT_ON,
        boot: Callable[[], str] = ticks.boot,
    ) -> None:
        self._device = device
        self._monotonic = monotonic
        name = boot()
        self._boot = hashlib.sha256(name.encode()).hexdigest()[:8] if name else ""
        built = datetime(built_on.year, built_on.month, built_on.day, tzinfo=UTC)
        self._known = self._sure = (built, monotonic())

    def learn(self, time: datetime) -> None:
        """Raise the floor and sure time to what is surely past: a server's Date, or what a
        supervisor confirmed."""
        if time > self.sure():
            self._sure = time, self._monotonic()
        self._raise(time)

    def recall(self, moment: Moment) -> None:
        """Go on from the last moment that an earlier process told."""
        self._raise(moment.known)
        if moment.sure is None:
            return
        now = self._monotonic()
        since = ticks.since(moment.sure.at, moment.sure.boot, now, self._boot)
        if moment.sure.time + timedelta(seconds=now - since) > self.sure():
            self._sure = moment.sure.time, since

    def floor(self) -> datetime:
        """It is not earlier than this, unless a device clock that was believed was wrong."""
        return self._since(self._known)

    def sure(self) -> datetime:
        """It is certainly not earlier than this, whatever any device clock showed."""
        return self._since(self._sure)

    def now(self) -> Moment:
        """The moment this is called. Raises the floor only by a clock that is believed."""
        device, floor, sure = self._device(), self.floor(), self.sure()
        if device > max(sure + FAR_AHEAD, floor):
            flag = ClockFlag.FAR_AHEAD
        elif device < floor - TOLERANCE:
            flag = ClockFlag.BEHIND
        else:
            flag = ClockFlag.FINE
        believed = flag is ClockFlag.FINE and device > floor
        known = device if believed else floor.astimezone(device.tzinfo)
        self._raise(known)
        return Moment(known, device, flag, SureTime(sure, self._monotonic(), self._boot))

    def confirm(self, seen: datetime | None = None) -> datetime:
        """Take what the device's clock shows for sure: a person with authority says so. ``seen`` is
        what it showed when they looked. Known time never goes back by it. Returns what it was."""
        shown = seen or self._device()
        self.learn(shown)
        return shown

    def _raise(self, time: datetime) -> None:
        if time > self.floor():
            self._known = time, self._monotonic()

    def _since(self, anchor: tuple[datetime, float]) -> datetime:
        time, at = anchor
        return time + timedelta(seconds=self._monotonic() - at)
