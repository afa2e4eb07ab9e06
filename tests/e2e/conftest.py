"""The real app, served by a process of its own, in a real browser."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from storage import device_file, device_secret, door
from storage.key_file import Role
from storage.stretching import Cost
from tests.packs import build_shelf
from tests.ui.conftest import png
from ui.theme import WIDE_FROM

sync_api = pytest.importorskip("playwright.sync_api")

PHONE, TABLET, DESKTOP = (360, 640), (768, 1024), (1280, 800)
#: Starting Python and Flet on a busy machine.
START_S = 60
#: Any one thing that the app does, on a busy machine.
WAIT_MS = 30_000
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("e2e")
            # A click that comes while Flutter draws its button anew is lost, about once in a
            # hundred: a person would tap again. What is broken stays broken three times.
            item.add_marker(pytest.mark.flaky(reruns=2))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(models: Path, port: int, vault: Path) -> dict[str, str]:
    """``vault`` is always named: a test must never come near a person's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FLET_")}
    return {
        **kept,
        "FLET_FORCE_WEB_SERVER": "1",
        "FLET_SERVER_IP": "127.0.0.1",
        "FLET_SERVER_PORT": str(port),
        "OUTPOST_MODELS": str(models),
        "OUTPOST_VAULT": str(vault),
    }


@contextmanager
def served(repo: Path, models: Path, log: Path, vault: Path) -> Iterator[str]:
    """The app's address while it runs. It is stopped by its own process."""
    port = free_port()
    command = [sys.executable, "-c", "from ui.app import open_app; open_app()"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=repo, env=environment(models, port, vault), stdout=output, stderr=output
        )
        try:
            wait_for(port, process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the app did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of synthetic packs."""
    return build_shelf(tmp_path_factory.mktemp("packs") / "models").folder


#: Who may sign in, and with what. Stretched at a cost that no vault of a clinic has.
AMINA, BEN = ("Amina", "one two three four five"), ("Ben", "six seven eight nine ten")
CHEAP = Cost(8, 1)


def make_vault(folder: Path, *more: tuple[str, str], **settings: object) -> str:
    """A vault with Amina, a supervisor, and others, clinicians. Returns the recovery key."""
    device = device_file.make_device(device_secret.secret_file(folder))
    name, secret = AMINA
    recovery_key = door.create(folder, name, secret, device, CHEAP)
    entrance = door.Door(folder, device)
    vault = entrance.unlock(entrance.users()[0].id, secret)
    for name, secret in more:
        vault.add_user(name, Role.CLINICIAN, secret, CHEAP)
    # Nobody is asked first unless a test wants it: that is a matter of chance.
    # And what one test left unsaved is not brought back in the next.
    wanted = {"ask_first_impression": 0, "keep_drafts": False, **settings}
    vault.change_settings(replace(vault.settings(), **wanted))
    vault.lock()
    return recovery_key


@pytest.fixture(scope="session")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clinic") / "vault"
    make_vault(folder)
    return folder


@pytest.fixture(scope="session")
def server_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("server") / "log.txt"


@pytest.fixture(scope="session")
def address(repo: Path, models: Path, server_log: Path, vault: Path) -> Iterator[str]:
    with served(repo, models, server_log, vault) as at:
        yield at


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        yield opened
        opened.close()


#: What broke inside the pages of the test that runs.
_broken: list[str] = []


#: The last that the pages told the app, but for files.
_told: deque[bytes] = deque(maxlen=200)


def watched(page: Any) -> Any:
    """``page``, with whatever breaks in it told to the test: a page that stops drawing looks like
    one that lost a click. And with an ear at what it tells the app."""
    page.on("pageerror", lambda error: _broken.append(str(error)))
    page.on("websocket", lambda wire: wire.on("framesent", _overhear))
    return page


def _overhear(frame: str | bytes) -> None:
    if len(frame) < 10_000:
        _told.append(frame.encode() if isinstance(frame, str) else frame)


@pytest.fixture(autouse=True)
def nothing_broke_in_a_page() -> Iterator[None]:
    _broken.clear()
    yield
    assert _broken == []


def arrive(
    browser: Any, address: str, size: tuple[int, int], scheme: str, language: str = "en-US"
) -> Any:
    """A fresh browser tab at the app's door, semantics switched on."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, locale=language
    )
    page = watched(context.new_page())
    page.set_default_timeout(WAIT_MS)
    # The one request that Flet makes to a network; everything else comes from the server.
    page.route(re.compile(r"^https?://(?!127\.0\.0\.1)"), lambda route: route.abort())
    page.goto(address)
    listen(page)
    return page


def listen(page: Any) -> None:
    """Switch semantics on, after every load."""
    page.wait_for_selector("flt-semantics-placeholder", state="attached", timeout=60_000)
    page.evaluate("document.querySelector('flt-semantics-placeholder').click()")


def enter(browser: Any, address: str, size: tuple[int, int], scheme: str) -> Any:
    """A fresh browser tab with Amina signed in."""
    page = arrive(browser, address, size, scheme)
    unlock(page, AMINA)
    sees(page, "Choose image")
    return page


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Callable[..., Any]]:
    """``visit(size, scheme)``: a fresh tab."""
    pages = []

    def open_tab(size: tuple[int, int] = PHONE, scheme: str = "light") -> Any:
        pages.append(enter(browser, address, size, scheme))
        return pages[-1]

    yield open_tab
    for page in pages:
        page.context.close()


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """``written(name, content)``: a file to choose."""
    folder = tmp_path_factory.mktemp("chosen")

    def write(name: str, content: bytes) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return write


@pytest.fixture(scope="session")
def drawn(written: Callable[..., Path]) -> Callable[..., Path]:
    """``drawn(name, Kind, {Place: brightness})``: a phantom to choose."""
    return lambda name, *phantom: written(name, png(*phantom))


# What a person does


def put(page: Any, label: str, text: str) -> None:
    """Type into a field, until the app was told.

    What the browser's own box holds is no proof: it keeps what is filled in before Flutter has
    drawn the focus and listens, and the app never hears of it. A person is slower than that.
    """
    field = page.get_by_role("textbox", name=label, exact=True)
    for patience in (50, 200, 500, 1000, 2000):
        field.focus()
        page.wait_for_timeout(patience)
        _told.clear()
        field.fill("")
        field.fill(text)
        for _ in range(10):
            page.wait_for_timeout(patience / 5)
            if any(text.encode() in frame for frame in _told) and field.input_value() == text:
                return
        field.blur()
    pytest.fail(f"{label} could not be filled in")


def unlock(page: Any, user: tuple[str, str]) -> None:
    """Sign in, where the lock may ask who it is first."""
    name, secret = user
    sees(page, "Outpost is locked")
    choice = page.get_by_role("button", name=re.compile(rf"^{name}( |$)"))
    field = page.get_by_role("textbox", name="Passphrase", exact=True)
    sync_api.expect(choice.or_(field).first).to_be_attached(timeout=WAIT_MS)
    if choice.count():
        choice.click()
    put(page, "Passphrase", secret)
    tap(page, "Unlock")


def choose(page: Any, *paths: Path) -> None:
    """Choose files; one alone is then looked at, and read as it lies there."""
    lay_out(page, *paths)
    if len(paths) > 1:
        return
    read = page.get_by_role("button", name="Read this image", exact=True)
    failed = page.locator('[flt-semantics-identifier="failure"]')
    sync_api.expect(read.or_(failed).first).to_be_attached(timeout=WAIT_MS)
    if read.count():
        read.click()


def lay_out(page: Any, *paths: Path) -> None:
    """Choose files, and no more."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose image").click()
    chooser.value.set_files([str(path) for path in paths])


def tap(page: Any, name: str, role: str = "button") -> None:
    """After a moment in which what was typed has drawn the screen anew, as a person takes."""
    page.wait_for_timeout(200)
    page.get_by_role(role, name=name, exact=True).first.click()


def go(page: Any, tab: str) -> None:
    """To another tab: a tab below on phones, a button along the side where there is room."""
    below = page.get_by_role("tab", name=tab, exact=True)
    beside = page.get_by_role("button", name=re.compile(rf"^{tab}\s+Tab"))
    below.or_(beside).first.click()


def sees(page: Any, text: str | re.Pattern[str]) -> None:
    """Attached, not visible: what lies below the fold counts, for it can be scrolled to."""
    pattern = re.compile(re.escape(text)) if isinstance(text, str) else text
    sync_api.expect(page.get_by_text(pattern).first).to_be_attached(timeout=WAIT_MS)


def at_size(page: Any, size: tuple[int, int], wrong: Callable[[Any], list[str]]) -> list[str]:
    """What is ``wrong`` once the screen is laid out for ``size``: a window that is made smaller
    is asked again until nothing is, or for as long as anything may take."""
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function(
        "width => Math.abs(document.querySelector('flt-semantics-host > flt-semantics')"
        ".getBoundingClientRect().width - width) < 2",
        arg=width,
    )
    below = page.get_by_role("tab")
    beside = page.get_by_role("button", name=re.compile(r"1\D+4\s*$"))  # "Read, Tab 1 of 4"
    gone = below if width >= WIDE_FROM else beside
    sync_api.expect(gone).to_have_count(0, timeout=WAIT_MS)
    found: list[str] = []
    for _ in range(WAIT_MS // 100):
        found = wrong(page)
        if not found:
            break
        page.wait_for_timeout(100)
    return found


def verdict(page: Any) -> str:
    """The verdict's words, once there is one."""
    banner = page.locator('[flt-semantics-identifier="verdict"]')
    sync_api.expect(banner).to_be_attached(timeout=WAIT_MS)
    return str(banner.inner_text())


def all_text(page: Any) -> str:
    """Everything a screen reader could read."""
    return str(page.locator("flt-semantics-host").inner_text())
