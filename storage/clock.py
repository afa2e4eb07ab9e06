"""Known time: phones lie about the time, records must not.

The floor of known time is the latest of the build date, the last audit entry and the last
server's Date, each carried on by the monotonic clock. A device clock behind the floor is
corrected; one far ahead of it is not believed. Both are flagged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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

    Both carry the device's UTC offset.
    """

    known: datetime
    device: datetime
    flag: ClockFlag


def device_time() -> datetime:
    """What the device's clock shows, with its UTC offset."""
    return datetime.now(UTC).astimezone()


class Clock:
    """Tells known time. ``device`` and ``monotonic`` (seconds) can be replaced in tests."""

    def __init__(
        self,
        device: Callable[[], datetime] = device_time,
        monotonic: Callable[[], float] = ticks.seconds,
        built_on: date = BUILT_ON,
    ) -> None:
        self._device = device
        self._monotonic = monotonic
        self._anchor = datetime(built_on.year, built_on.month, built_on.day, tzinfo=UTC)
        self._anchored_at = monotonic()

    def learn(self, time: datetime) -> None:
        """Raise the floor to a time that is surely past: an audit entry's, a server's Date."""
        if time > self.floor():
            self._anchor, self._anchored_at = time, self._monotonic()

    def floor(self) -> datetime:
        """It is certainly not earlier than this."""
        return self._anchor + timedelta(seconds=self._monotonic() - self._anchored_at)

    def now(self) -> Moment:
        """The moment this is called. Raises the floor only by a clock that is believed."""
        device, floor = self._device(), self.floor()
        if device > floor + FAR_AHEAD:
            flag = ClockFlag.FAR_AHEAD
        elif device < floor - TOLERANCE:
            flag = ClockFlag.BEHIND
        else:
            flag = ClockFlag.FINE
        believed = flag is ClockFlag.FINE and device > floor
        known = device if believed else floor.astimezone(device.tzinfo)
        self.learn(known)
        return Moment(known, device, flag)
