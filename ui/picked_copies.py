"""Phones copy every picked file and photo into the app's own cache, and so does the share sheet.
These copies show patients: they go as soon as they are not needed, and at the next start if
something was left.

On computers the picker hands out the person's own file: that is never touched.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

_FOLDERS = ("FLET_APP_STORAGE_CACHE", "FLET_APP_STORAGE_TEMP")
_PHONES = {"android", "ios"}
#: The picker's own folder, and what the camera leaves beside it.
_PICKER_FOLDER = "file_picker"
_PHOTOS = ("CAP*.jpg", "*.jpg", "*.jpeg")
#: Where Android keeps what a share sheet passes on, and what we hand to it.
_SHARED = ("share_plus", "outpost-share-*")


def _folders(environment: Mapping[str, str]) -> list[Path]:
    if environment.get("FLET_PLATFORM") not in _PHONES:
        return []
    return [Path(environment[name]) for name in _FOLDERS if environment.get(name)]


def forget(origins: Iterable[object], environment: Mapping[str, str]) -> None:
    """Delete those of ``origins`` that are copies in the app's cache."""
    folders = [folder.resolve() for folder in _folders(environment)]
    for origin in origins:
        if isinstance(origin, Path) and any(map(origin.resolve().is_relative_to, folders)):
            with contextlib.suppress(OSError):
                origin.unlink()


def sweep(environment: Mapping[str, str]) -> None:
    """Delete what an earlier run left: it may have been killed while an image was open."""
    for folder in _folders(environment):
        shutil.rmtree(folder / _PICKER_FOLDER, ignore_errors=True)
        for photo in _photos(folder):
            with contextlib.suppress(OSError):
                photo.unlink()
    sweep_shared(environment)


def sweep_shared(environment: Mapping[str, str]) -> None:
    """Delete what was passed on through a share sheet. Not at once: the other app may still be
    reading it."""
    for folder in _folders(environment):
        for shared in _shared(folder):
            shutil.rmtree(shared, ignore_errors=True)


def leftovers(environment: Mapping[str, str]) -> int:
    """How many files lie where copies of images may be left."""
    found = 0
    for folder in _folders(environment):
        kept = [folder / _PICKER_FOLDER, *_shared(folder)]
        found += sum(path.is_file() for one in kept for path in one.rglob("*"))
        found += len(_photos(folder))
    return found


def _photos(folder: Path) -> set[Path]:
    return {path for pattern in _PHOTOS for path in folder.glob(pattern)}


def _shared(folder: Path) -> list[Path]:
    return [path for pattern in _SHARED for path in folder.glob(pattern)]
