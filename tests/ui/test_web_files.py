"""The page's files as a browser gets them, from Flet's own server without a port."""

from __future__ import annotations

import asyncio
import gzip
import json
import posixpath
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ui import theme
from ui.web_files import WebFiles, files_under

flet_web = pytest.importorskip("flet_web", reason="only computers serve browsers")

from flet.messaging.protocol import Message, MessageAction  # noqa: E402
from flet_web.fastapi.flet_app import FletApp  # noqa: E402

from ui.transport import write_no_messages  # noqa: E402
from ui.web_server import ASSETS  # noqa: E402

WEB = Path(flet_web.get_package_web_dir())
Answer = tuple[int, dict[str, str], bytes]


class Asked:
    """Flet's server behind the files, and what it was asked for."""

    def __init__(self) -> None:
        import flet as ft

        self.paths: list[str] = []
        app = ft.run(lambda page: None, export_asgi_app=True, no_cdn=True, assets_dir=str(ASSETS))

        async def noted(scope: Any, receive: Any, send: Any) -> None:
            self.paths.append(scope["path"])
            await app(scope, receive, send)

        self._files = WebFiles(noted, [*files_under(WEB), *files_under(ASSETS)])

    def get(self, *paths: str, **headers: str) -> Answer:
        """The last answer of several in one loop, as a server has one."""
        return asyncio.run(self._get(paths, headers))

    async def _get(self, paths: tuple[str, ...], headers: dict[str, str]) -> Answer:
        told: list[Any] = []

        requests: list[Any] = []

        async def receive() -> Any:
            return requests.pop() if requests else await asyncio.Future()

        async def send(message: Any) -> None:
            told.append(message)

        for path in paths:
            told.clear()
            requests[:] = [{"type": "http.request", "body": b"", "more_body": False}]
            sent = [(b"host", b"127.0.0.1")]
            sent += [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
            await self._files(
                {
                    "type": "http",
                    "asgi": {"version": "3.0"},
                    "http_version": "1.1",
                    "method": "GET",
                    "scheme": "http",
                    "path": path,
                    "raw_path": path.encode(),
                    "root_path": "",
                    "query_string": b"",
                    "headers": sent,
                    "server": ("127.0.0.1", 80),
                    "client": ("127.0.0.1", 1),
                },
                receive,
                send,
            )
        found = {name.decode().lower(): value.decode() for name, value in told[0]["headers"]}
        return told[0]["status"], found, b"".join(part.get("body", b"") for part in told[1:])


@pytest.fixture
def asked() -> Asked:
    return Asked()


def test_a_file_comes_packed_and_whole(asked: Asked) -> None:
    status, headers, body = asked.get("/main.dart.wasm", accept_encoding="gzip, br")

    whole = (WEB / "main.dart.wasm").read_bytes()
    assert status == 200
    assert headers["content-type"] == "application/wasm"
    assert headers["content-encoding"] == "gzip"
    assert len(body) < len(whole) / 2
    assert gzip.decompress(body) == whole


def test_a_browser_that_cannot_unpack_gets_it_plain(asked: Asked) -> None:
    _, headers, body = asked.get("/flutter.js")

    assert "content-encoding" not in headers
    assert body == (WEB / "flutter.js").read_bytes()


def test_a_page_may_draw_in_a_thread_of_its_own(asked: Asked) -> None:
    for path in ("/", "/canvaskit/skwasm.js"):
        _, headers, _ = asked.get(path)
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-embedder-policy"] == "require-corp"


def test_flet_is_asked_once_for_each_file(asked: Asked) -> None:
    asked.get("/flutter.js", "/flutter.js", "/flutter.js")

    assert asked.paths == ["/flutter.js"]


def test_a_browser_that_has_a_file_is_told_so(asked: Asked) -> None:
    _, headers, _ = asked.get("/flutter.js")
    status, _, body = asked.get("/flutter.js", if_none_match=headers["etag"])

    assert (status, body) == (304, b"")
    assert headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/", "/history", "/history/0f", "/reading", "/help"])
def test_every_address_is_the_page_that_asks_nobody_else(asked: Asked, path: str) -> None:
    status, headers, body = asked.get(path)

    assert status == 200
    assert b"flutter_bootstrap.js" in body
    assert "connect-src 'self'" in headers["content-security-policy"]


def test_every_font_is_loaded_that_something_is_drawn_with_and_no_other(asked: Asked) -> None:
    _, _, body = asked.get("/assets/FontManifest.json")

    families = {font["family"]: font["fonts"][0]["asset"] for font in json.loads(body)}
    assert set(families) == {"MaterialIcons", *theme.LETTERS}
    for file in families.values():
        assert asked.get(posixpath.normpath(f"/assets/{file}"))[0] == 200


@pytest.mark.parametrize("path", ["/./main.dart.wasm", "//flutter.js", "/nothing.js"])
def test_nothing_is_kept_under_another_name(asked: Asked, path: str) -> None:
    asked.get(path, path)

    assert asked.paths == [path, path]


class Loud(dict[str, Any]):
    """What must not be written down."""

    def __repr__(self) -> str:
        raise AssertionError("a message's contents were written out")


@pytest.fixture
def heard() -> tuple[FletApp, list[Any]]:
    """A connection whose session only notes what it is given."""
    write_no_messages()
    given: list[Any] = []
    app = FletApp.__new__(FletApp)
    take: Callable[..., None] = lambda number, props: given.append(props)  # noqa: E731
    app._FletApp__session = SimpleNamespace(apply_patch=take)
    return app, given


def test_what_comes_from_a_browser_is_not_written_out(heard: tuple[FletApp, list[Any]]) -> None:
    app, given = heard
    props = Loud(value="a name")

    message = [MessageAction.UPDATE_CONTROL_PROPS.value, {"id": 1, "props": props}]
    asyncio.run(app._FletApp__on_message(message))

    assert given == [props]


def test_what_goes_to_a_browser_is_not_written_out() -> None:
    write_no_messages()

    assert f"{Message(MessageAction.PATCH_CONTROL, Loud())}" == "Message(PATCH_CONTROL)"
