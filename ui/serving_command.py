"""``main.py serve``: the app for a clinic's tablets or reviewers, behind a proxy that encrypts."""

from __future__ import annotations

import argparse
import gc
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ui.place import VAULT_VARIABLE, vault_folder
from ui.serving import OWN_NAMES, Gatehouse, Limits

if TYPE_CHECKING:
    from ui.vault_room import VaultRoom

PORT = 8550
_MEGABYTE = 1_000_000
#: Of new objects, before everything is looked through: Python itself would wait for ten.
_SEARCHES = 4
#: How long a closed tab's unsaved reading is kept in memory. At home it is an hour.
_SESSION_SECONDS = "300"


def _whole(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError("a whole number from 1 to 65535")
    return int(text)


def add_serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``main.py serve``."""
    serving = commands.add_parser("serve", help="serve the app to a clinic's browsers")
    serving.add_argument("--vault", type=Path, metavar="DIR", help="the vault's folder")
    serving.add_argument(
        "--name", action="append", default=[], metavar="HOST", help="what browsers call this server"
    )
    serving.add_argument("--listen", default="127.0.0.1", metavar="ADDRESS", help="(127.0.0.1)")
    serving.add_argument("--port", type=_whole, default=PORT, metavar="N", help=f"({PORT})")
    limits = Limits()
    serving.add_argument(
        "--sessions",
        type=_whole,
        default=limits.sessions,
        metavar="N",
        help=f"browser tabs at once ({limits.sessions})",
    )
    megabytes = limits.message_bytes // _MEGABYTE
    serving.add_argument(
        "--upload-mb",
        type=_whole,
        default=megabytes,
        metavar="N",
        help=f"megabytes of all files chosen together ({megabytes})",
    )


def run_serve(options: argparse.Namespace) -> int:
    """Serve until interrupted. A place without a vault is not served: whoever came first would
    make it theirs."""
    from ui.shared_room import SharedVaultRoom

    given: Path | None = options.vault
    folder = given or vault_folder(os.environ, platform.system(), Path.home())
    room = SharedVaultRoom(folder)
    if not room.has_vault():
        print(
            f"There is no vault at {folder}. Make one first, at this computer: "
            "main.py vault init --vault DIR --name NAME. Then call again.",
            file=sys.stderr,
        )
        return 1
    # Before ui.app is imported, which takes its places from the environment.
    if given:
        os.environ[VAULT_VARIABLE] = str(given.resolve())
    os.environ.setdefault("FLET_SESSION_TIMEOUT", _SESSION_SECONDS)
    if options.listen not in OWN_NAMES:
        print(
            "Others can reach this address, and nothing is encrypted here: passphrases and images "
            "must come through a proxy with TLS, and no other way. See docs/guides/serving.md.",
            file=sys.stderr,
        )
    limits = Limits(options.sessions, options.upload_mb * _MEGABYTE)
    _serve(options, limits, room)
    return 0


def _serve(options: argparse.Namespace, limits: Limits, room: VaultRoom) -> None:
    from ui.app import begin_at
    from ui.drawing_turns import DrawingTurns
    from ui.logs import write_kinds_only
    from ui.vault_room import VaultRoom
    from ui.web_server import serve

    write_kinds_only()
    _load_all()
    turns = DrawingTurns(look_for_garbage)

    def announce(address: str) -> None:
        _look_no_more_for_garbage_in_what_is_loaded()
        print(f"Outpost answers at {address}", flush=True)

    serve(
        lambda page: begin_at(page, room, turns),
        options.listen,
        options.port,
        announce,
        # A room of its own, that nobody signs in at: the loop must not wait for them.
        guard=lambda app: Gatehouse(app, limits, options.name, VaultRoom(room.folder).has_vault),
        max_message=limits.message_bytes,
    )


def _load_all() -> None:
    """What is elsewhere loaded when it is first needed, on the event loop or in threads that keep
    it waiting: each kind of control (90 ms together), each language (20 ms), and what pictures are
    read with. Here nobody waits yet."""
    import flet as ft
    from PIL import Image

    import core.imaging.lettering.finding
    import core.pack_source.updating  # noqa: F401
    from core.reading.inference import load_runtime
    from ui.language.catalogue import catalogue_of
    from ui.language.languages import Language

    for name in ft.__all__:
        getattr(ft, name)
    for language in Language:
        if language is not Language.ENGLISH:
            catalogue_of(language)
    Image.init()
    load_runtime()


def _look_no_more_for_garbage_in_what_is_loaded() -> None:
    """All that stays. Looking through it held all tabs for up to 140 ms, now and then; what they
    make themselves takes a quarter of that."""
    gc.collect()
    gc.freeze()


def look_for_garbage() -> None:
    """Between two screens. Left to Python, a longer search came in the middle of drawing one:
    twenty people's screens leave enough behind to be looked through for 100 ms.

    Python's second generation counts the first's searches, each after some 7,000 new objects. From
    3.14 on it searches bit by bit, and this seldom has anything to do.
    """
    if gc.get_count()[2] >= _SEARCHES:
        gc.collect()
