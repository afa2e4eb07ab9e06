"""Which packs were installed after the app was: one small file says it, replaced in one stroke.

The app's own folder may be read-only (on a phone it is). What comes later lies in a folder of the
app's data::

    installed.json            which version of each pack counts; see ``Installed``
    packs/<id>/<version>/     a pack, as in ``models/<id>/``, and its self-test
    revocations/<serial>/     a signed list of withdrawn packs

A version or a list counts from the moment when ``installed.json`` names it, and not before.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.errors import PackError
from core.reading.sentences import PackFailure

INSTALLED_FILE = "installed.json"
_LIMIT = 1024 * 1024
_ID = re.compile(r"[a-z][a-z0-9_]{1,40}")
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")


@dataclass(frozen=True)
class Versions:
    """Of one pack: the version that counts, and the one before it. None is the app's own."""

    active: str | None
    previous: str | None = None


@dataclass(frozen=True)
class Installed:
    """``set_aside`` are versions that a person went back from: no server brings them again.
    ``revocations`` is the serial of the list that counts, 0 for the app's own."""

    versions: Mapping[str, Versions] = field(default_factory=dict)
    set_aside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    revocations: int = 0

    def with_version(self, pack: str, versions: Versions) -> Installed:
        return replace(self, versions={**self.versions, pack: versions})

    def with_set_aside(self, pack: str, version: str) -> Installed:
        aside = tuple(sorted({*self.set_aside.get(pack, ()), version}))
        return replace(self, set_aside={**self.set_aside, pack: aside})

    def is_set_aside(self, pack: str, version: str) -> bool:
        return version in self.set_aside.get(pack, ())


def as_numbers(version: str) -> tuple[int, ...]:
    """A version's numbers, to compare: ``"0.10.2"`` is ``(0, 10, 2)``."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def version_folder(installed: Path, pack: str, version: str) -> Path:
    return installed / "packs" / pack / version


def revocations_folder(installed: Path, serial: int) -> Path:
    return installed / "revocations" / str(serial)


def read_installed(folder: Path | None) -> Installed:
    """What ``installed.json`` says; nothing where there is none. Raises ``PackError``
    (``installed_list_damaged``) for one that makes no sense: then nothing is trusted."""
    if folder is None:
        return Installed()
    path = folder / INSTALLED_FILE
    try:
        with path.open("rb") as file:
            content = file.read(_LIMIT + 1)
        return _parsed(json.loads(content))
    except FileNotFoundError:
        return Installed()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PackError(PackFailure.INSTALLED_LIST_DAMAGED) from error


def write_installed(folder: Path, installed: Installed) -> None:
    """Replace the file so that a power cut leaves the old one or the new one. Raises OSError."""
    table = {
        "versions": {k: [v.active, v.previous] for k, v in sorted(installed.versions.items())},
        "set_aside": {k: list(v) for k, v in sorted(installed.set_aside.items())},
        "revocations": installed.revocations,
    }
    replace_durably(folder / INSTALLED_FILE, (json.dumps(table, indent=1) + "\n").encode())


def replace_durably(path: Path, content: bytes) -> None:
    """Write beside, flush to the card, rename over, flush the folder. Raises OSError."""
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Flush a folder's list of names, without which a rename may be forgotten. Windows does this
    by itself, and cannot be asked."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _parsed(table: Any) -> Installed:
    versions = {
        _checked(pack, _ID): Versions(_version(active), _version(previous))
        for pack, (active, previous) in table["versions"].items()
    }
    aside = {
        _checked(pack, _ID): tuple(_checked(each, _VERSION) for each in listed)
        for pack, listed in table["set_aside"].items()
    }
    serial = table["revocations"]
    if type(serial) is not int or serial < 0:
        raise ValueError("a serial is a number from 0")
    return Installed(versions, aside, serial)


def _version(text: str | None) -> str | None:
    return None if text is None else _checked(text, _VERSION)


def _checked(text: str, form: re.Pattern[str]) -> str:
    """These become names of folders: nothing else may come through."""
    if not form.fullmatch(text):
        raise ValueError("not a name that a pack or a version can have")
    return text
