"""The app's entry: opens it where it can be seen, and wires state, actions and screens."""

from __future__ import annotations

import logging
import os
import platform
import sys
import webbrowser
from pathlib import Path

import flet as ft

from ui import picked_copies, self_test_order, words
from ui.drawing_turns import DrawingTurns, draw_in_turn
from ui.language import said
from ui.logs import write_kinds_only
from ui.place import packs_folder, vault_folder
from ui.reader_source import ReaderSource, models_folder
from ui.root import Root
from ui.session import Session
from ui.state import AppState
from ui.surface import Surface, choose_surface, client_is_here
from ui.theme import apply_theme
from ui.vault_room import VaultRoom
from ui.web_server import free_port, serve

_log = logging.getLogger("outpost.ui")
_CAMERA_PLATFORMS = {ft.PagePlatform.ANDROID, ft.PagePlatform.IOS}
_LOOPBACK = "127.0.0.1"

_place = (os.environ, platform.system(), Path.home())
_reader = ReaderSource(models_folder(os.environ), packs_folder(*_place))
_room = VaultRoom(vault_folder(*_place))
_turns = DrawingTurns()


def open_app() -> None:
    """Open Outpost: in a window, else in the browser, else at an address. Returns when closed."""
    write_kinds_only()
    surface = choose_surface(
        os.environ, platform.system(), lambda: client_is_here(os.environ, Path.home())
    )
    if surface is Surface.EMBEDDED and self_test_order.take_order(os.environ):
        self_test_order.carry_out(_say)
    if surface in {Surface.EMBEDDED, Surface.WINDOW}:
        ft.run(main, no_cdn=True)
        return
    host = os.environ.get("FLET_SERVER_IP") or _LOOPBACK
    port = int(os.environ.get("FLET_SERVER_PORT") or 0) or free_port(host)
    opens_browser = surface is Surface.BROWSER

    def announce(address: str) -> None:
        _say(words.NO_WINDOW if opens_browser else words.NO_DISPLAY)
        _say(words.SERVING.format(address=address))
        if opens_browser:
            webbrowser.open(address)

    serve(main, host, port, announce)


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def main(page: ft.Page) -> None:
    """One person's session: Flet calls this for every window or browser tab."""
    begin_at(page, _room, _turns)


def begin_at(page: ft.Page, room: VaultRoom, turns: DrawingTurns) -> None:
    """A session with the vault of this room, drawn in turn with others."""
    picked_copies.sweep(os.environ)
    _hide_tracebacks(page)
    page.title = words.APP
    apply_theme(page)
    state = AppState(
        has_camera=page.web or page.platform in _CAMERA_PLATFORMS,
        has_share_sheet=not page.web and page.platform in _CAMERA_PLATFORMS,
        in_browser=page.web,
        width=page.width or 360,
        height=page.height or 640,
    )
    session = Session(page, state, _reader, room)
    draw_in_turn(page.session, turns)
    page.render_views(Root, state, session.actions)
    page.run_task(session.begin)


def _hide_tracebacks(page: ft.Page) -> None:
    """Flet shows an unhandled error's traceback on the screen: ours shows a sentence.

    Every action is guarded before this; it is the last net, for errors while drawing.
    """
    show = page.session.error

    def show_sentence(message: str) -> None:
        trouble = words.Trouble.UNEXPECTED_ERROR.say()
        _log.error("%s outside an action", trouble.code)
        show(f"{said(trouble)} {words.CODE.format(code=trouble.code)}")

    page.session.error = show_sentence  # type: ignore[method-assign]
