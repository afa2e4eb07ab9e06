"""Outpost on a USB stick: a file of this name beside the app, and everything that it keeps stands
beside that file, on any computer that the stick is put into.

The stick then carries the device's part of the keys as well (``ui/key_store.py``): whoever finds it
needs the passphrase only, and a PIN is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

MARKER = "outpost-portable"
DATA = "outpost-data"

#: The folder of main.py.
APP = Path(__file__).resolve().parents[1]
#: In a bundle the app's code stands this deep below its executable, at most.
_DEEPEST = 6
#: A phone has no "beside".
_PHONES = {"android", "ios"}


def portable_folder(environment: Mapping[str, str], app: Path = APP) -> Path | None:
    """The folder for everything that is kept, which may not exist yet; None where no marker stands
    in the app's folder or in one above it."""
    if environment.get("FLET_PLATFORM") in _PHONES:
        return None
    for folder in (app, *app.parents)[: _DEEPEST + 1]:
        if (folder / MARKER).is_file():
            return folder / DATA
    return None
