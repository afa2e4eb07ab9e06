"""``main.py packs``: what is on board, and what a folder of packs or a file brings."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from core.errors import PackError
from core.reading.manifest import Manifest
from core.reading.pack import PackShelf
from ui.reader_source import shelf_of_this_device

OK, SOME_FAILED, WRONG_USAGE = 0, 1, 2


def add_packs(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``main.py packs ACTION``."""
    packs = commands.add_parser("packs", help="the model packs on this device")
    actions = packs.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="what is on board, and whether it can be trusted")
    actions.add_parser("verify", help="check every signature, digest and revocation")
    actions.add_parser("show", help="a pack's manifest").add_argument("id", metavar="ID")
    updating = actions.add_parser("update", help="install what a folder of packs has newer")
    updating.add_argument("url", metavar="URL", help="the folder that holds index.json")
    updating.add_argument(
        "id", nargs="*", metavar="ID", help="these packs only, and also if they are new here"
    )
    updating.add_argument("--look", action="store_true", help="only say what there is")
    updating.add_argument(
        "--authority", type=Path, metavar="FILE", help="trust these certificates instead"
    )
    file = actions.add_parser("install", help="install a pack from a file")
    file.add_argument("file", type=Path, metavar="FILE")
    back = actions.add_parser("rollback", help="go back to the version before")
    back.add_argument("id", metavar="ID")


def run_packs(options: argparse.Namespace) -> int:
    """Run one action; the exit status. Raises ``OutpostError``."""
    shelf = shelf_of_this_device()
    match options.action:
        case "show":
            return _show(shelf, options.id)
        case "update":
            return _look(shelf, options) if options.look else _update(shelf, options)
        case "install":
            from core.pack_source.updating import install_file

            return _now_in_use(install_file(options.file, shelf))
        case "rollback":
            from core.pack_source.updating import put_back

            return _now_in_use(put_back(shelf, options.id))
    return _list(shelf)


def _list(shelf: PackShelf) -> int:
    failed = False
    for name in shelf.names():
        try:
            manifest = shelf.open(name).manifest
        except PackError as error:
            failed = True
            print(f"{name:<22} REFUSED  {error.text} [{error.code}]")
            continue
        state = f"{manifest.kind.value}, {manifest.status.value}, review by {manifest.review_by}"
        print(f"{name:<22} {manifest.version:<8} {state}  {manifest.title}")
    return SOME_FAILED if failed else OK


def _show(shelf: PackShelf, name: str) -> int:
    print(json.dumps(shelf.open(name).manifest.raw, indent=1, ensure_ascii=False))
    return OK


def _now_in_use(manifest: Manifest) -> int:
    print(f"{manifest.id:<22} {manifest.version:<8} in use  {manifest.title}")
    return OK


def _look(shelf: PackShelf, options: argparse.Namespace) -> int:
    from core.pack_source.source import PackSource
    from core.pack_source.updating import look

    with PackSource(options.url, authority=options.authority) as source:
        for offer in look(source, shelf):
            if not options.id or offer.pack in options.id:
                here = offer.present or "-"
                print(f"{offer.pack:<22} {offer.version:<8} {offer.kind.value}  here {here}")
    return OK


def _update(shelf: PackShelf, options: argparse.Namespace) -> int:
    from core.pack_source.source import PackSource
    from core.pack_source.updating import update

    with PackSource(options.url, authority=options.authority) as source:
        done = update(source, shelf, options.id or None)
    for each in done:
        if each.manifest:
            _now_in_use(each.manifest)
        if each.failure:
            print(f"{each.offer.pack:<22} REFUSED  {each.failure.text} [{each.failure.code}]")
    if not done:
        print("There is nothing newer than what is on board.", file=sys.stderr)
    return SOME_FAILED if any(each.failure for each in done) else OK
