"""A report about a problem, for whoever looks after the device: about the program, and no person.

Everything in it is chosen here, one by one. It is written in English, for those who mend it.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version

from core.build import BUILT_ON, CHANNEL, VERSION
from storage.clock import device_time
from storage.settings import Settings
from ui.checkup import Checked
from ui.pack_views import PackView
from ui.troubles import recent_troubles

_PARTS = ("flet", "onnxruntime", "numpy", "pillow", "cryptography", "sqlite-utils", "pydicom")


def problem_report(
    client: str, packs: Sequence[PackView] | None, checked: Sequence[Checked], settings: Settings
) -> str:
    """The report as text. ``client`` is Flet's name of the platform on which the screen is."""
    sections = {
        "Outpost": _program(client),
        "Packs": _packs(packs),
        "Self-test": _checks(checked),
        "Settings": _settings(settings),
        "Recent errors (codes, oldest first)": recent_troubles(),
    }
    lines = [f"Outpost problem report, {device_time():%Y-%m-%d %H:%M}, without patient data"]
    for title, content in sections.items():
        lines += ["", title, *(f"  {line}" for line in content or ["none"])]
    return "\n".join(lines) + "\n"


def _program(client: str) -> Iterable[str]:
    yield f"version {VERSION}, {CHANNEL.value} build of {BUILT_ON.isoformat()}"
    yield f"screen on {client}; program on {platform.system()} {platform.machine()}"
    yield f"Python {sys.version.split()[0]}"
    for name in _PARTS:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield f"{name} of unknown version"


def _packs(packs: Sequence[PackView] | None) -> Iterable[str]:
    if packs is None:
        yield "could not be listed"
    for pack in packs or ():
        status = "experimental" if pack.experimental else "released"
        state = f"refused: {pack.problem.code}" if pack.problem else f"{pack.version}, {status}"
        yield f"{pack.id}: {state}"


def _checks(checked: Sequence[Checked]) -> list[str]:
    return [
        f"{one.check.value}: {one.outcome.value} ({', '.join(each.code for each in one.said)})"
        for one in checked
    ]


def _settings(settings: Settings) -> list[str]:
    """What may matter to a fault and names nobody: never the clinic, the device or an address."""
    return [
        f"keeps codes {settings.keep_codes}, review copies {settings.keep_review_copies}, "
        f"originals {settings.keep_originals}",
        f"locks after {settings.lock_when_idle} s, hidden after {settings.lock_in_background} s",
        f"asks first in 1 of {settings.ask_first_impression}, language {settings.language}",
    ]
