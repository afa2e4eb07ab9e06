"""A lock that is given in the order in which it is asked for."""

from __future__ import annotations

import threading

from storage.turns import Turns


def waiting(turns: Turns, number: int) -> None:
    """Wait until so many wait."""
    while len(turns._waiting) < number:
        threading.Event().wait(0.001)


def test_whoever_waits_comes_before_who_asks_again_at_once() -> None:
    turns, order = Turns(), []

    def wait_for_it(name: str) -> None:
        with turns:
            order.append(name)

    with turns:
        others = [threading.Thread(target=wait_for_it, args=[name]) for name in "abc"]
        for number, other in enumerate(others, 1):
            other.start()
            waiting(turns, number)
    with turns:
        order.append("again")
    for other in others:
        other.join(30)

    assert order == ["a", "b", "c", "again"]


def test_its_holder_may_take_it_again_and_lets_go_once_for_each_time() -> None:
    turns, came = Turns(), threading.Event()

    def come() -> None:
        with turns:
            came.set()

    other = threading.Thread(target=come)
    with turns:
        with turns:
            other.start()
            waiting(turns, 1)
        assert not came.is_set()
    assert came.wait(30)
    other.join(30)


def test_only_one_is_in_at_a_time() -> None:
    turns, inside, most = Turns(), 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(500):
            with turns:
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert (most, inside) == (1, 0)


def test_one_that_is_interrupted_while_it_waits_keeps_out_nobody() -> None:
    turns = Turns()
    gone = threading.get_ident(), threading.Lock()
    with turns:
        turns._waiting.append(gone)
        turns._give_up(gone)
    with turns:
        assert turns._depth == 1, "nobody else was given it"
    assert turns._owner is None


def test_one_that_is_interrupted_when_its_turn_has_come_hands_it_on() -> None:
    turns = Turns()
    gate = threading.Lock()
    gate.acquire()
    gone = -1, gate
    with turns:
        turns._waiting.append(gone)
    assert turns._owner == -1
    turns._give_up(gone)

    assert turns._owner is None
    with turns:
        assert turns._depth == 1
