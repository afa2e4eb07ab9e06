"""The app served to a clinic: over loopback, by the command that clinics use."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from storage import device_file, device_secret, door
from storage.stretching import Cost
from tests.packs import build_shelf
from tests.tab import answer_question, say_hello
from ui.language.languages import Language
from ui.serving import Gatehouse, Limits

websockets = pytest.importorskip("websockets.sync.client")
from websockets.exceptions import ConnectionClosed, InvalidStatus  # noqa: E402

pytest.importorskip("flet_web", reason="only computers serve browsers")

SESSIONS, UPLOAD_MB = 2, 1
#: Starting Python and Flet on a busy machine.
START_S = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def server(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """``main.py serve`` with a vault, called clinic.example by its proxy: its host and port."""
    place = tmp_path_factory.mktemp("clinic")
    vault = place / "vault"
    device = device_file.make_device(device_secret.secret_file(vault))
    door.create(vault, "Amina", "one two three four five", device, Cost(8, 1))
    port = free_port()
    limits = ["--sessions", str(SESSIONS), "--upload-mb", str(UPLOAD_MB)]
    command = [sys.executable, "main.py", "serve", "--vault", str(vault), "--port", str(port)]
    models = {"OUTPOST_MODELS": str(build_shelf(place / "models").folder)}
    process = subprocess.Popen(
        [*command, "--name", "clinic.example", *limits],
        cwd=repo,
        env={**os.environ, **models},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"Outpost answers at http://127.0.0.1:{port}\n"
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=START_S)


def connect(server: str, origin: str | None = None) -> AbstractContextManager[Any]:
    """A browser's connection to the app."""
    return websockets.connect(f"ws://{server}/ws", origin=origin or f"http://{server}")


def shown_at_first(server: str) -> bytes:
    """Everything that a new tab is told within a while: Flet's messages, whose texts are plain."""
    told = b""
    with ExitStack() as tabs:
        tab = let_in(tabs, server)
        say_hello(tab)
        end = time.monotonic() + START_S
        while b"Passphrase" not in told and time.monotonic() < end:
            try:
                message = tab.recv(timeout=1)
            except TimeoutError:
                continue
            told += message
            answer_question(tab, message)
    return told


def test_a_place_without_a_vault_is_not_served(repo: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "main.py", "serve", "--vault", str(tmp_path / "vault")],
        cwd=repo,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "Make one first" in done.stderr
    assert not (tmp_path / "vault").exists()


#: Instead of serving, tell what there is at the moment when the server would answer.
WHAT_IS_LOADED = """
import gc, json, sys
from ui import web_server

def serve(app, host, port, announce, **more):
    held = len(gc.get_objects())
    announce("here")
    from ui.language.catalogue import catalogue_of
    looked_through = len(gc.get_objects())
    languages = catalogue_of.cache_info().currsize
    print(json.dumps([held, gc.get_freeze_count(), looked_through, languages, [*sys.modules]]))

web_server.serve = serve
import main
main.main()
"""


def test_what_all_need_is_loaded_before_anybody_comes_and_never_looked_through_for_garbage(
    repo: Path, tmp_path: Path
) -> None:
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault" / "vault.json").write_text("{}")
    told = subprocess.run(
        [sys.executable, "-c", WHAT_IS_LOADED, "serve", "--vault", str(tmp_path / "vault")],
        cwd=repo,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    held, frozen, looked_through, languages, modules = json.loads(told.splitlines()[-1])

    assert frozen > held * 0.9
    assert looked_through < held * 0.1
    assert languages == len(Language) - 1
    assert {"onnxruntime", "flet.controls.material.text_button", "httpx"} <= set(modules)


def test_nothing_is_shown_before_signing_in_but_the_lock(server: str) -> None:
    told = shown_at_first(server)

    assert b"Passphrase" in told
    for inside in (b"Choose image", b"History", b"Recovery key", b"phantom"):
        assert inside not in told


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/upload", "/docs/x"])
def test_what_the_framework_offers_beside_the_app_is_not_there(server: str, path: str) -> None:
    assert httpx.get(f"http://{server}{path}").status_code == 404


def test_the_page_comes_with_its_safety_headers(server: str) -> None:
    answer = httpx.get(f"http://{server}/")

    assert answer.status_code == 200
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_nothing_can_be_posted(server: str) -> None:
    assert httpx.post(f"http://{server}/", content=b"x").status_code == 405


def test_the_clinics_name_is_answered_and_others_are_not(server: str) -> None:
    def ask(name: str) -> int:
        return httpx.get(f"http://{server}/", headers={"Host": name}).status_code

    assert ask("clinic.example") == 200
    assert ask("CLINIC.example:443") == 200
    assert ask("evil.example") == 421


def test_a_page_of_another_site_cannot_reach_the_app(server: str) -> None:
    with pytest.raises(InvalidStatus):
        connect(server, origin="https://evil.example")
    with pytest.raises(InvalidStatus):
        websockets.connect(f"ws://{server}/ws")

    wait_until(lambda: is_let_in(server, "https://clinic.example"))


def test_there_are_no_more_tabs_than_agreed_and_one_that_closes_makes_room(server: str) -> None:
    with ExitStack() as tabs:
        for _ in range(SESSIONS):
            # Places of tabs before become free, though those never said who they were.
            let_in(tabs, server)
        assert not is_let_in(server)

    wait_until(lambda: is_let_in(server))


def let_in(tabs: ExitStack, server: str) -> Any:
    """A connection, as soon as there is room for one."""
    end = time.monotonic() + START_S
    while True:
        try:
            return tabs.enter_context(connect(server))
        except InvalidStatus:
            assert time.monotonic() < end, "a closed tab kept its place"
            time.sleep(0.2)


def is_let_in(server: str, origin: str | None = None) -> bool:
    try:
        with connect(server, origin):
            return True
    except InvalidStatus:
        return False


def wait_until(so: Callable[[], bool]) -> None:
    end = time.monotonic() + START_S
    while not so():
        assert time.monotonic() < end, "a closed tab kept its place"
        time.sleep(0.2)


def test_more_than_may_be_sent_at_once_ends_the_connection(server: str) -> None:
    with ExitStack() as tabs:
        tab = let_in(tabs, server)
        with pytest.raises(ConnectionClosed) as closed:
            tab.send(b"\0" * (UPLOAD_MB * 1_000_000 + 1))
            tab.recv(timeout=START_S)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


# The gatehouse alone


def answer(gatehouse: Gatehouse, scope: dict[str, object]) -> list[dict[str, object]]:
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": f"{scope['type']}.connect"}

    async def send(message: object) -> None:
        sent.append(message)  # type: ignore[arg-type]

    asyncio.run(gatehouse(scope, receive, send))
    return sent


HERE = [(b"host", b"localhost:8550"), (b"origin", b"http://localhost:8550")]


async def app(*_: object) -> None:
    pytest.fail("came through")


def test_a_vault_that_was_erased_leaves_nothing_to_come_to() -> None:
    gatehouse = Gatehouse(app, Limits(), (), lambda: False)
    page = {"type": "http", "method": "GET", "path": "/", "headers": HERE}

    assert answer(gatehouse, page)[0]["status"] == 503
    refused = answer(gatehouse, {"type": "websocket", "headers": HERE})
    assert refused == [{"type": "websocket.close", "code": 1013}]
    assert gatehouse.sessions == 0


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"host", b"localhost")],
        [(b"host", b"localhost"), (b"host", b"evil.example"), (b"origin", b"http://localhost")],
        [(b"host", b"[:::"), (b"origin", b"http://localhost")],
        [(b"host", b"localhost.evil.example"), (b"origin", b"http://localhost")],
        [(b"host", b"localhost"), (b"origin", b"null")],
        [(b"host", b"localhost"), (b"origin", b"http://localhost@evil.example")],
    ],
)
def test_forged_headers_open_nothing(headers: list[tuple[bytes, bytes]]) -> None:
    gatehouse = Gatehouse(app, Limits(), (), lambda: True)

    assert answer(gatehouse, {"type": "websocket", "headers": headers})[0]["code"] == 1008
