"""The app in other languages: from the browser's own, by choice, and from right to left.

With OUTPOST_SCREENSHOTS set to a folder, what each test saw is written there to be looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.reading.guidance import standing_sentence
from tests.e2e.conftest import (
    AMINA,
    DESKTOP,
    PHONE,
    arrive,
    listen,
    make_vault,
    put,
    sees,
    served,
    tap,
    verdict,
)
from tests.packs import BRIGHT, Kind, Place
from ui import case_words, image_words, vault_words, words
from ui.language import Language, said, speaking

SCREENSHOTS = os.environ.get("OUTPOST_SCREENSHOTS")
Drawn = Callable[..., Path]
Tab = Callable[..., Any]


@pytest.fixture(scope="module")
def clinic(repo: Path, models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("languages")
    # What one test leaves unsaved must not meet the next.
    make_vault(folder / "vault", keep_drafts=False)
    with served(repo, models, folder / "log.txt", folder / "vault") as at:
        yield at


@pytest.fixture
def tab(browser: Any, clinic: str) -> Iterator[Tab]:
    """``tab(locale, size)``: a fresh tab at the lock, in a browser that asks for ``locale``."""
    pages = []

    def opened(
        locale: str, size: tuple[int, int] = PHONE, scheme: str = "light", at: str = clinic
    ) -> Any:
        pages.append(arrive(browser, at, size, scheme, locale))
        return pages[-1]

    yield opened
    for page in pages:
        page.context.close()


def pictured(page: Any, name: str) -> None:
    if SCREENSHOTS:
        page.wait_for_timeout(1500)
        page.screenshot(path=str(Path(SCREENSHOTS) / f"{name}.png"))


def left_of(page: Any, one: str, other: str) -> bool:
    """Whether one tab of the bar below lies left of another."""
    first, second = (
        page.get_by_role("tab", name=name, exact=True).bounding_box()["x"] for name in (one, other)
    )
    return bool(first < second)


def sign_in(page: Any) -> None:
    """Amina's, in the language that is spoken."""
    put(page, vault_words.SECRET_PASSPHRASE, AMINA[1])
    tap(page, vault_words.UNLOCK)
    sees(page, words.CHOOSE_IMAGE)


def read_a_hand(page: Any, drawn: Drawn) -> str:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=words.CHOOSE_IMAGE).click()
    chooser.value.set_files([str(drawn("hand.png", Kind.HAND_FILM, {Place.MIDDLE: BRIGHT}))])
    page.get_by_role("button", name=image_words.READ_IT).click()
    hand = page.get_by_role("button", name=re.compile(re.escape(words.BODY_PARTS["HAND"])))
    hand.first.click()
    return verdict(page)


WAYS = [(Language.FRENCH, PHONE, "light"), (Language.ARABIC, PHONE, "light")]
MORE_WAYS = [(Language.ARABIC, DESKTOP, "dark"), (Language.HINDI, PHONE, "dark")]


@pytest.mark.parametrize(("language", "size", "scheme"), WAYS + MORE_WAYS if SCREENSHOTS else WAYS)
def test_a_reading_is_told_in_the_browsers_language_with_the_english_beside(
    tab: Tab, drawn: Drawn, language: Language, size: tuple[int, int], scheme: str
) -> None:
    name = f"{language.value}-{size[0]}"
    page = tab(language.value, size, scheme)
    with speaking(language):
        sees(page, vault_words.UNLOCK_TITLE)
        pictured(page, f"{name}-lock")
        sign_in(page)
        pictured(page, f"{name}-home")
        told = read_a_hand(page, drawn)
        assert any(told.startswith(word) for word in words.VERDICTS.values())
        sees(page, said(standing_sentence()))
        sees(page, standing_sentence())
        pictured(page, f"{name}-result")
        if size == PHONE:
            assert left_of(page, words.READ_TAB, words.MORE_TAB) is not language.right_to_left
        if SCREENSHOTS:
            page.mouse.move(size[0] / 2, size[1] / 2)
            for step in range(1, 4):
                page.mouse.wheel(0, size[1] * 0.7)
                pictured(page, f"{name}-result-{step}")


def test_the_language_changes_at_once_and_for_one_person_only(
    browser: Any, repo: Path, models: Path, tmp_path: Path, tab: Tab
) -> None:
    """At the first start, so that two people can be before the same server."""
    vault = tmp_path / "new" / "vault"
    with served(repo, models, tmp_path / "log.txt", vault) as at:
        mine, theirs = tab("en", at=at), tab("en", at=at)
        sees(mine, vault_words.WELCOME)
        sees(theirs, vault_words.WELCOME)
        tap(mine, Language.HINDI.own_name)
        with speaking(Language.HINDI):
            sees(mine, vault_words.WELCOME)
            pictured(mine, "hi-welcome")
            tap(mine, vault_words.NEXT)
            sees(mine, words.WHAT_IT_IS_NOT_TEXT)
            pictured(mine, "hi-what-it-is")
        tap(theirs, vault_words.NEXT)
        sees(theirs, "No regulator has approved it.")
        mine.reload()
        listen(mine)
        with speaking(Language.HINDI):
            sees(mine, words.WHAT_IT_IS_NOT_TEXT)


def test_a_language_chosen_in_the_settings_is_the_vaults_too(tab: Tab) -> None:
    page = tab("bn")
    with speaking(Language.BENGALI):
        sign_in(page)
        to_settings(page)
        pictured(page, "bn-settings")
    tap(page, Language.SWAHILI.own_name)
    with speaking(Language.SWAHILI):
        sees(page, case_words.THEME_HINT)
        pictured(page, "sw-settings")
    # A browser that has never seen this vault: the lock speaks its language, the app the vault's.
    other = tab("en")
    sees(other, vault_words.UNLOCK_TITLE)
    put(other, vault_words.SECRET_PASSPHRASE, AMINA[1])
    tap(other, vault_words.UNLOCK)
    with speaking(Language.SWAHILI):
        sees(other, words.CHOOSE_IMAGE)
        to_settings(other)
    tap(other, Language.ENGLISH.own_name)
    sees(other, case_words.THEME_HINT)


def to_settings(page: Any) -> None:
    page.get_by_role("tab", name=words.MORE_TAB, exact=True).click()
    page.get_by_role("button", name=re.compile(f"^{re.escape(words.SETTINGS_TITLE)}")).click()
    sees(page, case_words.LANGUAGE_TITLE)
