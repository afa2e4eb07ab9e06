"""Wrong tries cost time, and neither a restart nor a changed clock takes that back."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from storage.attempts import FREE_TRIES, LONGEST_WAIT_SECONDS, Attempts, wait_after
from storage.failures import StorageError


class Monotonic:
    now = 500.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "attempts.json"


def failed(attempts: Attempts, ticks: Monotonic, times: int) -> None:
    for _ in range(times):
        ticks.now += LONGEST_WAIT_SECONDS
        attempts.begin("amina")


def test_the_wait_grows_and_ends_at_an_hour() -> None:
    waits = [wait_after(failures) for failures in range(1000)]

    assert waits[: FREE_TRIES + 1] == [0] * (FREE_TRIES + 1)
    assert waits[FREE_TRIES + 1 : FREE_TRIES + 4] == [30, 60, 120]
    assert all(a <= b for a, b in pairwise(waits))
    assert waits[-1] == LONGEST_WAIT_SECONDS == 3600


def test_the_fifth_wrong_try_is_followed_by_a_wait_told_in_seconds(path: Path) -> None:
    ticks = Monotonic()
    attempts = Attempts(path, ticks)
    failed(attempts, ticks, 5)

    with pytest.raises(StorageError, match="30 seconds"):
        attempts.begin("amina")
    ticks.now += 29.5
    with pytest.raises(StorageError, match="1 seconds"):
        attempts.begin("amina")
    ticks.now += 0.5
    attempts.begin("amina")


def test_a_refused_try_is_not_counted(path: Path) -> None:
    ticks = Monotonic()
    attempts = Attempts(path, ticks)
    failed(attempts, ticks, 5)
    for _ in range(3):
        with pytest.raises(StorageError):
            attempts.begin("amina")

    assert attempts.failures("amina") == 5


def test_waiting_counts_across_processes(path: Path) -> None:
    ticks = Monotonic()
    failed(Attempts(path, ticks), ticks, 6)
    for _ in range(3):
        ticks.now += 20
        again = Attempts(path, ticks)
        if again.seconds_left("amina"):
            with pytest.raises(StorageError, match="wait_before_trying"):
                again.begin("amina")

    again.begin("amina")
    assert again.failures("amina") == 7


@pytest.mark.parametrize(("before", "after"), [("one", "other"), ("", ""), ("one", "one")])
def test_a_restarted_device_counts_no_more_than_it_has_been_on(
    path: Path, before: str, after: str
) -> None:
    ticks = Monotonic()
    failed(Attempts(path, ticks, lambda: before), ticks, 6)
    ticks.now = 0.0
    again = Attempts(path, ticks, lambda: after)

    assert again.seconds_left("amina") == 60
    ticks.now += 59
    assert again.seconds_left("amina") == 1
    ticks.now += 1
    again.begin("amina")


def test_a_restarted_device_that_was_on_for_long_has_waited(path: Path) -> None:
    ticks = Monotonic()
    failed(Attempts(path, ticks, lambda: "one"), ticks, 6)
    for now, left in ((45.0, 15), (500_000.0, 0)):
        ticks.now = now
        assert Attempts(path, ticks, lambda: "other").seconds_left("amina") == left


def test_a_damaged_count_locks_no_command_line_out_for_good(path: Path) -> None:
    ticks = Monotonic()
    path.write_bytes(b"damaged")
    for _ in range(2):
        with pytest.raises(StorageError, match="wait_before_trying"):
            Attempts(path, ticks).begin("amina")
        ticks.now += 15

    Attempts(path, ticks).begin("amina")


@pytest.mark.parametrize(
    "ticks_there", ['"x"', '{"amina": "x"}', '{"amina": -5}', '{"amina": 1e99}']
)
def test_times_that_make_no_sense_begin_the_wait_anew(path: Path, ticks_there: str) -> None:
    path.write_text(f'{{"failures": {{"amina": 6}}, "told": {{}}, "ticks": {ticks_there}}}')

    assert Attempts(path, Monotonic()).seconds_left("amina") == 60


def test_a_try_that_was_killed_half_way_counts(path: Path) -> None:
    Attempts(path).begin("amina")

    assert Attempts(path).failures("amina") == 1


def test_success_forgets_and_tells_how_many_there_were(path: Path) -> None:
    ticks = Monotonic()
    attempts = Attempts(path, ticks)
    failed(attempts, ticks, 4)

    assert attempts.succeeded("amina") == 3
    assert Attempts(path).failures("amina") == 0


def test_one_person_cannot_lock_another_out(path: Path) -> None:
    ticks = Monotonic()
    attempts = Attempts(path, ticks)
    failed(attempts, ticks, 9)

    assert attempts.seconds_left("joseph") == 0


def test_a_second_app_does_not_get_round_the_wait(path: Path) -> None:
    ticks = Monotonic()
    other = Attempts(path, ticks)
    failed(Attempts(path, ticks), ticks, 6)

    with pytest.raises(StorageError, match="60 seconds"):
        other.begin("amina")


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"\xff", b'{"failures": {"amina": -1}}', b'{"failures": [1]}']
)
def test_a_damaged_count_means_a_wait_for_everyone(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    assert Attempts(path).seconds_left("amina") == 30
    assert Attempts(path).seconds_left("joseph") == 30
