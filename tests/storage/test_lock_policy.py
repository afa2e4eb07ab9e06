"""The vault locks by itself, and not while our own picker is open."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import ticks
from storage.lock_policy import LockTimes, LockWatch

TIMES = LockTimes(idle=100, grace=10, own_window=60)


class Watched:
    """A watch, and the time it goes by."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.watch = LockWatch(TIMES, lambda: self.now)

    def after(self, seconds: float) -> LockWatch:
        self.now += seconds
        return self.watch


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_it_locks_after_idling_and_a_touch_begins_anew(watched: Watched) -> None:
    assert not watched.after(99).must_lock()
    watched.watch.touched()
    assert watched.watch.seconds_left() == 100
    assert not watched.after(99).must_lock()
    assert watched.after(1).must_lock()
    assert watched.watch.seconds_left() == 0


def test_a_touch_that_comes_too_late_changes_nothing(watched: Watched) -> None:
    watched.after(100).touched()

    assert watched.watch.must_lock()


def test_in_the_background_it_locks_after_the_grace_time(watched: Watched) -> None:
    watched.watch.went_to_background()
    assert watched.watch.seconds_left() == 10
    assert not watched.after(9).came_back()
    assert watched.watch.seconds_left() == 100
    watched.watch.went_to_background()
    assert watched.after(10).came_back()


def test_being_hidden_after_being_paused_does_not_begin_the_grace_time_anew(
    watched: Watched,
) -> None:
    watched.watch.went_to_background()
    watched.after(9).went_to_background()

    assert watched.after(1).must_lock()


def test_the_background_is_no_refuge_from_idling(watched: Watched) -> None:
    watched.after(95).went_to_background()

    assert watched.after(5).must_lock()


def test_our_own_picker_suspends_the_grace_time_and_idling(watched: Watched) -> None:
    watched.after(90).own_window_opened()
    watched.watch.went_to_background()
    assert not watched.after(59).must_lock()
    watched.watch.own_window_closed()
    assert watched.watch.seconds_left() == 10
    assert not watched.after(9).came_back()
    assert watched.watch.seconds_left() == 100


def test_a_picker_that_never_tells_that_it_closed_does_not_keep_it_open(watched: Watched) -> None:
    watched.watch.own_window_opened()
    watched.after(30).own_window_opened()
    watched.watch.went_to_background()
    watched.after(29).touched()

    assert watched.after(1).must_lock()


def test_a_share_sheet_over_a_picker_counts_until_both_are_closed(watched: Watched) -> None:
    watched.watch.own_window_opened()
    watched.watch.own_window_opened()
    watched.watch.went_to_background()
    watched.after(5).own_window_closed()
    assert watched.watch.seconds_left() == 55
    watched.watch.own_window_closed()
    assert watched.watch.seconds_left() == 10


def test_closing_a_window_that_was_not_ours_changes_nothing(watched: Watched) -> None:
    watched.watch.went_to_background()
    watched.after(9).own_window_closed()

    assert watched.after(1).must_lock()


def test_a_clock_that_jumps_ahead_locks(watched: Watched) -> None:
    assert watched.after(1e9).must_lock()


STEPS = ["touched", "went_to_background", "came_back", "own_window_opened", "own_window_closed"]


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.floats(0, 200)), max_size=30))
def test_whatever_happens_once_due_it_stays_due_and_no_wait_is_longer_than_the_longest(
    steps: list[tuple[str, float]],
) -> None:
    watched = Watched()
    for step, seconds in steps:
        was_due = watched.watch.must_lock()
        getattr(watched.after(seconds), step)()
        assert watched.watch.must_lock() or not was_due
        assert 0 <= watched.watch.seconds_left() <= 100 + 1e-6  # of floating seconds
    assert watched.after(100).must_lock()


def test_negative_times_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        LockTimes(grace=-1)


def test_the_seconds_that_pass_are_those_that_passed() -> None:
    before = ticks.seconds()
    time.sleep(0.02)

    assert 0.015 < ticks.seconds() - before < 10


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="no such clock here")
def test_the_seconds_go_on_while_the_device_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "clock_gettime", lambda clock: float(clock == time.CLOCK_BOOTTIME))

    assert ticks.seconds() == 1.0
