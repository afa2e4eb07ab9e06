"""Known time goes by what is certain, whatever the device shows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from storage.clock import FAR_AHEAD, Clock, ClockFlag, Moment, device_time

BUILT = date(2026, 11, 23)
NAIROBI = timezone(timedelta(hours=3))
NOON = datetime(2026, 12, 1, 12, tzinfo=NAIROBI)


class Device:
    """A device whose clocks a test can turn."""

    def __init__(self) -> None:
        self.shows, self.ticks = NOON, 1000.0
        self.clock = Clock(lambda: self.shows, lambda: self.ticks, BUILT)

    def wait(self, seconds: float) -> None:
        self.ticks += seconds
        self.shows += timedelta(seconds=seconds)

    def now(self) -> Moment:
        return self.clock.now()


@pytest.fixture
def device() -> Device:
    return Device()


def test_a_right_clock_is_believed_with_its_offset(device: Device) -> None:
    assert device.now() == Moment(NOON, NOON, ClockFlag.FINE)
    assert device.now().known.utcoffset() == timedelta(hours=3)


def test_a_clock_of_1970_is_corrected_to_the_build_date(device: Device) -> None:
    device.shows = datetime(1970, 1, 1, tzinfo=NAIROBI)
    moment = device.now()

    assert moment.flag is ClockFlag.BEHIND
    assert moment.known == datetime(2026, 11, 23, tzinfo=UTC)
    assert moment.known.utcoffset() == timedelta(hours=3)
    assert moment.device == device.shows


def test_a_clock_set_back_a_day_goes_on_from_where_it_was(device: Device) -> None:
    device.now()
    device.wait(60)
    device.shows -= timedelta(days=1)
    moment = device.now()

    assert moment.flag is ClockFlag.BEHIND
    assert moment.known == NOON + timedelta(seconds=60)


def test_a_clock_a_year_ahead_is_flagged_and_never_raises_the_floor(device: Device) -> None:
    device.now()
    device.shows += timedelta(days=365)
    moment = device.now()
    device.shows = NOON + timedelta(seconds=1)

    assert moment.flag is ClockFlag.FAR_AHEAD
    assert moment.known == NOON
    assert device.now() == Moment(device.shows, device.shows, ClockFlag.FINE)


def test_months_in_a_drawer_are_believed(device: Device) -> None:
    device.clock.learn(NOON)
    device.shows += FAR_AHEAD

    assert device.now().flag is ClockFlag.FINE


def test_a_clock_set_ahead_again_and_again_pushes_known_time_no_further_than_once() -> None:
    sure = datetime(2026, 11, 23, tzinfo=UTC)
    moment = Moment(NOON, NOON, ClockFlag.FINE)
    flags = []
    for _ in range(5):
        device = Device()
        device.clock.recall(moment)
        device.shows = moment.known + timedelta(days=100)
        moment = device.now()
        flags.append(moment.flag)

    assert flags[0] is ClockFlag.FINE
    assert set(flags[1:]) == {ClockFlag.FAR_AHEAD}
    assert moment.known <= sure + FAR_AHEAD


def test_what_passes_while_the_app_is_closed_is_sure_until_the_device_is_restarted() -> None:
    device = Device()
    device.wait(3600)
    moment = device.now()
    later = Clock(lambda: NOON, lambda: device.ticks + 86_400, BUILT)
    restarted = Clock(lambda: NOON, lambda: 60.0, BUILT, lambda: "another start")

    for clock in (later, restarted):
        clock.recall(moment)
    assert moment.sure is not None
    assert later.sure() - moment.sure.time == timedelta(days=1)
    assert restarted.sure() - moment.sure.time == timedelta(minutes=1)


def test_a_server_date_and_a_supervisor_let_a_clock_go_on(device: Device) -> None:
    device.shows += timedelta(days=400)
    assert device.now().flag is ClockFlag.FAR_AHEAD
    device.clock.confirm()
    assert device.now() == Moment(device.shows, device.shows, ClockFlag.FINE)
    device.shows += timedelta(days=400)
    device.clock.learn(device.shows - timedelta(days=1))

    assert device.now().flag is ClockFlag.FINE


def test_a_network_may_set_the_clock_back_a_little(device: Device) -> None:
    device.now()
    device.shows -= timedelta(seconds=30)

    assert device.now() == Moment(NOON, device.shows, ClockFlag.FINE)


def test_a_server_date_raises_the_floor_and_an_older_one_does_not(device: Device) -> None:
    later = NOON + timedelta(days=400)
    device.clock.learn(later)
    device.clock.learn(NOON)
    device.shows = later + timedelta(seconds=5)

    assert device.clock.floor() == later
    assert device.now().flag is ClockFlag.FINE


def test_known_time_never_goes_back(device: Device) -> None:
    seen = []
    for days in (0, -3, 100, 900, -900, 101, 200):
        device.wait(1)
        device.shows = NOON + timedelta(days=days)
        seen.append(device.now().known)

    assert seen == sorted(seen)


def test_the_device_tells_its_offset() -> None:
    assert device_time().utcoffset() is not None
