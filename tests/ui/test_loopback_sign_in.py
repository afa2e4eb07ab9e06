"""Where the browser comes back to after a sign-in."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from ui.loopback_sign_in import ComingBack


@pytest.fixture
def coming_back() -> Iterator[ComingBack]:
    made = ComingBack()
    yield made
    made.stop()


def test_hears_what_the_browser_brings_and_says_that_it_may_be_closed(
    coming_back: ComingBack,
) -> None:
    answer = httpx.get(f"{coming_back.address}?code=one&state=two", trust_env=False)

    assert "Close this window" in answer.text
    assert coming_back.wait().endswith("?code=one&state=two")


def test_anything_else_that_knocks_is_sent_away(coming_back: ComingBack) -> None:
    other = coming_back.address.replace("/signed-in", "/favicon.ico")

    assert httpx.get(other, trust_env=False).status_code == 404
    coming_back.stop()
    assert coming_back.wait() == ""


def test_nobody_but_this_machine_can_knock(coming_back: ComingBack) -> None:
    assert coming_back.address.startswith("http://127.0.0.1:")


def test_listens_no_more_once_it_was_stopped(coming_back: ComingBack) -> None:
    coming_back.stop()
    coming_back.stop()

    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{coming_back.address}?code=one", trust_env=False)
