"""One way through every screen there is, from the first start to the erased vault, each at the
width of a phone, a tablet and a desktop.

With OUTPOST_SCREENSHOTS set to a folder, every screen is written there to be looked at, in both
directions of writing and in every theme.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.e2e.conftest import (
    AMINA,
    DESKTOP,
    TABLET,
    WAIT_MS,
    arrive,
    at_size,
    go,
    put,
    sees,
    served,
    sync_api,
    tap,
    verdict,
)
from tests.e2e.test_app import sticking_out
from tests.packs import BRIGHT, Kind
from tests.packs import Place as Blob
from ui import (
    care_words,
    case_words,
    checkup_words,
    clock_words,
    help_words,
    image_words,
    insights_words,
    masking_words,
    review_words,
    settings_words,
    sharing_words,
    sync_words,
    vault_words,
    words,
)
from ui.language import Language, speaking
from ui.root import PLACES
from ui.routes import destination
from ui.state import Place

Drawn = Callable[..., Path]

#: From the widest to the narrowest, for what does not fit must draw in. The phone is so tall that
#: all that is tapped is in sight.
SIZES = (DESKTOP, TABLET, (360, 2000))
#: Met by tests that bring about what these need.
ELSEWHERE = {
    "progress": "test_app.py, while a long series is read",
    "review_case": "test_review.py, with a server that holds a question",
}
SCREENSHOTS = os.environ.get("OUTPOST_SCREENSHOTS")
WAYS = [(Language.ARABIC, "dark")]
MORE_WAYS = [
    (Language.ENGLISH, "light"),
    (Language.ARABIC, "light"),
    (Language.ENGLISH, "contrast"),
]


class Walk:
    """One tab, the screens that were met in it, and what was wrong on each."""

    def __init__(self, page: Any, name: str) -> None:
        self.page, self._name = page, name
        self.met: list[str] = []
        self.wrong: dict[str, list[str]] = {}

    def at(self, screen: str, part: str, text: str) -> None:
        """On ``screen``, a module of ui/screens, where ``text`` is shown: look at it at every
        width. ``part`` tells its states apart."""
        sees(self.page, text)
        self.met.append(screen)
        for size in SIZES:
            width = size[0]
            found = at_size(self.page, size, out_of_place)
            sees(self.page, text)  # whoever turns a tablet keeps what was opened and typed
            if found:
                self.wrong[f"{screen} {part} at {width}"] = found
            if SCREENSHOTS:
                self.page.mouse.move(2, 200)
                self.page.wait_for_timeout(900)
                name = f"{len(self.met):02}_{screen}_{part}_{self._name}_{width}.png"
                self.page.screenshot(path=str(Path(SCREENSHOTS) / name))

    def to(self, title: str) -> None:
        """To a page of the last tab."""
        go(self.page, words.MORE_TAB)
        self.page.get_by_role("button", name=re.compile(f"^{re.escape(title)}")).first.click()


def out_of_place(page: Any) -> list[str]:
    return [*sticking_out(page), *raw(page)]


def raw(page: Any) -> list[str]:
    """What a program says and no person."""
    text = str(page.locator("flt-semantics-host").inner_text())
    return re.findall(r"[^\n]*(?:\{\w*\}|\bNone\b|\bnan\b|<[A-Z]\w+\.)[^\n]*", text)


@pytest.fixture
def tab(
    browser: Any, repo: Path, models: Path, tmp_path: Path
) -> Iterator[Callable[[Language, str], Any]]:
    """``tab(language, scheme)``: the app as it is on its first day, in a browser's fresh tab."""
    pages = []
    with served(repo, models, tmp_path / "log.txt", tmp_path / "new" / "vault") as address:

        def opened(language: Language, scheme: str) -> Any:
            page = arrive(browser, address, SIZES[-1], scheme, language.value)
            pages.append(page)
            return page

        yield opened
        for page in pages:
            page.context.close()
    log = (tmp_path / "log.txt").read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in log


@pytest.mark.parametrize(("language", "theme"), WAYS + MORE_WAYS if SCREENSHOTS else WAYS)
def test_every_screen_fits_a_phone_a_tablet_and_a_desktop(
    tab: Callable[..., Any],
    drawn: Drawn,
    written: Drawn,
    repo: Path,
    language: Language,
    theme: str,
) -> None:
    page = tab(language, "dark" if theme == "dark" else "light")
    walk = Walk(page, f"{language.value}-{theme}")
    with speaking(language):
        first_start(walk)
        settings(walk, theme)
        sources(walk, written)
        reading(walk, drawn, {Blob.MIDDLE: BRIGHT})
        reading(walk, drawn, {})
        case(walk)
        several(walk, drawn)
        office(walk)
        lock(walk)
        the_end(walk)

    assert walk.wrong == {}
    there = {path.stem for path in (repo / "ui" / "screens").glob("[a-z]*.py")}
    assert there - set(walk.met) == set(ELSEWHERE)


def first_start(walk: Walk) -> None:
    page = walk.page
    walk.at("welcome", "language", vault_words.WELCOME)
    tap(page, vault_words.NEXT)
    walk.at("welcome", "what_it_is", words.WHAT_IT_IS_NOT_TEXT)
    tap(page, care_words.RESTORE_LINK)
    walk.at("restore", "", care_words.RESTORE_TEXT)
    tap(page, vault_words.BACK)
    tap(page, vault_words.NEXT)
    if not page.get_by_text(vault_words.YOU_TITLE).count():
        tap(page, vault_words.NEXT)
    walk.at("welcome", "user", vault_words.YOU_TITLE)
    put(page, vault_words.NAME, AMINA[0])
    put(page, vault_words.SECRET_PASSPHRASE, AMINA[1])
    put(page, vault_words.SECRET_AGAIN, AMINA[1])
    tap(page, vault_words.MAKE)
    walk.at("welcome", "key", vault_words.RECOVERY_TEXT)
    tap(page, vault_words.RECOVERY_WRITTEN, role="checkbox")
    tap(page, vault_words.NEXT)
    walk.at("welcome", "clinic", vault_words.CLINIC_TEXT)
    tap(page, vault_words.START)
    walk.at("home", "empty", words.NEW_READING)


def settings(walk: Walk, theme: str) -> None:
    page = walk.page
    go(page, words.MORE_TAB)
    walk.at("more", "", words.AUDIT_TITLE)
    walk.to(words.SETTINGS_TITLE)
    sees(page, settings_words.TEXT_SIZE_TITLE)
    if theme == "contrast":
        tap(page, case_words.THEMES["contrast"])
    tap(page, case_words.ASK_ALWAYS)
    sees(page, case_words.SETTINGS_SAVED)
    walk.at("settings", "", case_words.THEME_HINT)


def sources(walk: Walk, written: Drawn) -> None:
    page = walk.page
    go(page, words.READ_TAB)
    sees(page, image_words.NO_FOLDER_HERE)
    assert not page.get_by_role("button", name=image_words.CHOOSE_FOLDER).count()
    tap(page, words.TAKE_PHOTO)
    shutter = page.get_by_role("button", name=words.SHUTTER, exact=True)
    sync_api.expect(shutter).to_be_enabled(timeout=WAIT_MS)
    walk.at("camera", "", image_words.GUIDE_HINT)
    tap(page, words.CANCEL)
    lay_out(page, written("letter.txt", b"A letter, and no image."))
    walk.at("failure", "", words.CODE.format(code="text_file"))
    tap(page, words.ANOTHER_IMAGE)


def lay_out(page: Any, *paths: Path) -> None:
    sees(page, image_words.NO_FOLDER_HERE)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=words.CHOOSE_IMAGE).click()
    chooser.value.set_files([str(path) for path in paths])


def reading(walk: Walk, drawn: Drawn, blobs: dict[Blob, int]) -> None:
    """The first with a look at every screen; the second so that there are two to compare."""
    page, looks = walk.page, bool(blobs)
    lay_out(page, drawn("hand.png", Kind.HAND_FILM, blobs))
    sees(page, image_words.CHECK_TITLE)
    if looks:
        walk.at("check", "", image_words.REMOVED_TITLE)
    tap(page, image_words.READ_IT)
    if looks:
        walk.at("question", "", words.WHY_ASKED)
    hand = page.get_by_role("button", name=re.compile(re.escape(words.BODY_PARTS["HAND"])))
    hand.first.click()
    sees(page, case_words.IMPRESSION_TITLE)
    if looks:
        walk.at("impression", "", case_words.IMPRESSION_WHY)
    tap(page, case_words.CANNOT_SAY_NAME)
    verdict(page)
    if looks:
        walk.at("result", "", words.PROBABILITIES)
        go(page, words.READ_TAB)
        tap(page, words.BACK)
        walk.at("leaving", "", case_words.LEAVING_TITLE)
        tap(page, case_words.STAY)
    put(page, case_words.CODE, "CMP-1")
    tap(page, case_words.SAVE)
    sees(page, case_words.SAVED)
    tap(page, words.NEW_READING)
    sees(page, case_words.RECENT)


def case(walk: Walk) -> None:
    page = walk.page
    walk.at("home", "", case_words.RECENT)
    go(page, words.HISTORY_TAB)
    sees(page, case_words.HISTORY_TITLE)
    tap(page, case_words.FILTERS)
    walk.at("history", "", case_words.BY_VERDICT)
    page.get_by_role("button", name=re.compile(re.escape(case_words.PATIENT_KNOWN))).first.click()
    sees(page, case_words.TIMELINE)
    walk.at("kept", "", case_words.TIMELINE)
    tap(page, image_words.ENLARGE)
    walk.at("close_up", "", image_words.MAKE_SMALL)
    tap(page, image_words.MAKE_SMALL)
    tap(page, image_words.COMPARE_LOOK)
    page.get_by_role("button", name=re.compile(first_words(image_words.COMPARE_WITH))).first.click()
    walk.at("compare", "", image_words.COMPARE_WARNING)
    tap(page, image_words.COMPARE_END)
    tap(page, sharing_words.PICTURE_FORM)
    # It was looked at before it was read.
    tap(page, masking_words.LOOK_AGAIN)
    walk.at("masking", "", masking_words.FOR_GOOD)


def first_words(text: str) -> str:
    return re.escape(text.partition("{")[0].strip())


def several(walk: Walk, drawn: Drawn) -> None:
    page = walk.page
    go(page, words.READ_TAB)
    lay_out(page, drawn("photo1.png", Kind.PHOTOGRAPH), drawn("photo2.png", Kind.NOTHING_KNOWN))
    walk.at("cases", "", words.LIST_TITLE.format(count=2))
    go(page, words.PACKS_TAB)
    walk.at("packs", "", words.VERIFIED)


def office(walk: Walk) -> None:
    """Every page of the last tab, those too that nobody had thought of when this was written."""
    page = walk.page
    whole = {
        Place.REVIEW: review_words.LOOK_AGAIN,
        Place.USERS: case_words.ADD_USER,
        Place.AUDIT: case_words.EXPORT_LOG_HINT,
        Place.INSIGHTS: insights_words.AGREEMENT_TITLE,
        Place.SYNC: sync_words.ENROL_TITLE,
        Place.CHECKUP: checkup_words.RUN_AGAIN,
        Place.HELP: help_words.HELP_INTRO,
        Place.ABOUT: words.GUIDANCE_TITLE,
        Place.VAULT: care_words.ERASE_TEXT,
    }
    out = {vault_words.SWITCH_USER.format(name=AMINA[0]), vault_words.LOCK}
    buttons = page.get_by_role("button")
    to_more(page)
    for number, tile in enumerate(buttons.all_inner_texts()):
        if tile in out:
            continue
        to_more(page)
        buttons.nth(number).click()
        page.wait_for_url(lambda url: not url.endswith(Place.MORE.value))
        place = destination(urlsplit(page.url).path).place
        screen = PLACES[place].__module__.rpartition(".")[2]
        walk.at(screen, "", whole.get(place) or title(page))
    to_more(page)
    walk.to(care_words.CARE_TITLE)
    tap(page, clock_words.CHECK_DATE)
    walk.at("clock", "", clock_words.CLOCK_FINE)


def title(page: Any) -> str:
    """The page's own, once it is there."""
    found = page.get_by_role("heading", level=1).first
    sync_api.expect(found).not_to_have_text(words.MORE_TAB)
    return str(found.inner_text())


def to_more(page: Any) -> None:
    go(page, words.MORE_TAB)
    sees(page, words.AUDIT_HINT)


def lock(walk: Walk) -> None:
    tap(walk.page, vault_words.LOCK)
    walk.at("unlock", "", vault_words.UNLOCK_TITLE)
    put(walk.page, vault_words.SECRET_PASSPHRASE, AMINA[1])
    tap(walk.page, vault_words.UNLOCK)


def the_end(walk: Walk) -> None:
    page = walk.page
    sees(page, clock_words.CLOCK_TITLE)
    walk.to(care_words.CARE_TITLE)
    tap(page, care_words.ERASE)
    put(page, care_words.ERASE_TYPE.format(word=care_words.ERASE_WORD), care_words.ERASE_WORD)
    tap(page, care_words.ERASE)
    put(page, care_words.ERASE_SECRET, AMINA[1])
    tap(page, care_words.ERASE_NOW)
    walk.at("erased", "", care_words.ERASED_TEXT)
