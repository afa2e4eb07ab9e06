"""From what a person remembers to a key."""

from __future__ import annotations

import pytest

from storage import stretching
from storage.stretching import LEAST, Cost, calibrate, wrapping_key

CHEAP = Cost(64, 1)
SALT, DEVICE = bytes(range(16)), bytes(range(32))
WORDS = "correct horse battery staple lamp"


def test_the_published_vector_holds() -> None:
    assert wrapping_key(WORDS, SALT, CHEAP, DEVICE).hex() == (
        "1a699ebf3353525a926cf5495e872d9f655fb7bc35bc776eba3fcbd09717df6d"
    )


def test_secret_salt_cost_and_device_all_count() -> None:
    keys = {
        wrapping_key(WORDS, SALT, CHEAP, DEVICE),
        wrapping_key(WORDS + "s", SALT, CHEAP, DEVICE),
        wrapping_key(WORDS, SALT[::-1], CHEAP, DEVICE),
        wrapping_key(WORDS, SALT, Cost(64, 2), DEVICE),
        wrapping_key(WORDS, SALT, CHEAP, DEVICE[::-1]),
    }

    assert len(keys) == 5


def test_a_passphrase_typed_on_another_keyboard_is_the_same() -> None:
    assert wrapping_key("caf\u00e9", SALT, CHEAP, DEVICE) == wrapping_key(
        "cafe\u0301", SALT, CHEAP, DEVICE
    )


@pytest.mark.parametrize("seconds", [0.0001, 0.5, 90.0])
def test_no_device_is_so_slow_or_fast_that_the_cost_leaves_its_bounds(
    monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    monkeypatch.setattr(stretching, "_seconds", lambda _: seconds)

    cost = calibrate()

    assert cost.memory_kib >= LEAST.memory_kib == 19 * 1024
    assert cost.passes >= LEAST.passes == 2
    assert cost.is_sane()


def test_a_try_takes_about_as_long_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def seconds(cost: Cost) -> float:
        return cost.memory_kib * cost.passes * 2e-6

    monkeypatch.setattr(stretching, "_seconds", seconds)

    assert 0.4 <= seconds(calibrate(0.5)) <= 0.6


@pytest.mark.parametrize("cost", [Cost(10**7, 2), Cost(64, 10**6), Cost(64, 0), Cost(1, 1)])
def test_a_cost_that_would_exhaust_the_device_is_not_sane(cost: Cost) -> None:
    assert not cost.is_sane()
