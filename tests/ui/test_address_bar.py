"""Whose change of the address it was."""

from __future__ import annotations

import pytest

from ui.address_bar import AddressBar


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def bar(told: list[str]) -> AddressBar:
    return AddressBar(told.append, "/")


def test_the_browser_is_told_once(bar: AddressBar, told: list[str]) -> None:
    bar.show("/")
    bar.show("/more")
    bar.show("/more")

    assert told == ["/more"]


def test_our_own_changes_come_back_as_echoes_however_late(bar: AddressBar) -> None:
    bar.show("/reading")
    bar.show("/")
    bar.show("/more")

    assert [bar.is_a_persons(address) for address in ("/reading", "/", "/more")] == [False] * 3
    assert bar.is_a_persons("/"), "and then the back button"


def test_a_back_button_among_echoes_is_heard(bar: AddressBar) -> None:
    bar.show("/history")
    assert not bar.is_a_persons("/history")
    bar.show("/history/1f3a")

    assert bar.is_a_persons("/")
    assert not bar.is_a_persons("/history/1f3a")


def test_where_a_person_went_need_not_be_told(bar: AddressBar, told: list[str]) -> None:
    bar.is_a_persons("/users")
    bar.show("/users")
    assert told == []

    bar.show("/reading")
    assert told == ["/reading"], "but that one did not get there is"


def test_a_browser_that_comes_back_owes_no_echo(bar: AddressBar, told: list[str]) -> None:
    bar.show("/more")
    bar.reconnected("/")

    assert bar.is_a_persons("/more")
    bar.show("/users")
    assert told == ["/more", "/users"]


def test_echoes_that_a_busy_browser_left_out_are_not_waited_for() -> None:
    shown: list[str] = []
    bar = AddressBar(shown.append, "/")
    bar.show("/reading")
    bar.show("/")

    assert not bar.is_a_persons("/")
    bar.show("/more")
    assert not bar.is_a_persons("/more")
    assert bar.is_a_persons("/")
