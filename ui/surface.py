"""Where the app appears: on the phone, in a window, in the browser, or at an address.

Flet's desktop client is not part of its Python package: the first window of a computer would be
downloaded from GitHub, and without a network that ends in a traceback. So it is looked for first.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from enum import Enum, auto
from importlib import metadata
from pathlib import Path

_CLIENT_NAMES = {"Windows": "flet.exe", "Linux": "flet"}


class Surface(Enum):
    """How this start of the app is shown."""

    EMBEDDED = auto()
    WINDOW = auto()
    BROWSER = auto()
    ADDRESS = auto()


def choose_surface(
    environment: Mapping[str, str], system: str, client_is_here: Callable[[], bool]
) -> Surface:
    """The best surface that will really work. ``system`` as ``platform.system()`` names it."""
    if environment.get("FLET_PLATFORM"):
        return Surface.EMBEDDED
    if environment.get("FLET_FORCE_WEB_SERVER", "").lower() in {"true", "1", "yes"}:
        return Surface.ADDRESS
    if system == "Linux" and not (environment.get("DISPLAY") or _is_wayland(environment)):
        return Surface.ADDRESS
    # On Linux Flet itself opens no window where DISPLAY is not set.
    window_possible = system != "Linux" or bool(environment.get("DISPLAY"))
    if window_possible and client_is_here():
        return Surface.WINDOW
    return Surface.BROWSER


def _is_wayland(environment: Mapping[str, str]) -> bool:
    return bool(environment.get("WAYLAND_DISPLAY"))


def client_is_here(environment: Mapping[str, str], home: Path) -> bool:
    """Whether the desktop client can be opened without a download, as flet_desktop looks for it:
    in FLET_VIEW_PATH, or unpacked in the home folder. FLET_CLIENT_URL is fetched if need be."""
    try:
        version = metadata.version("flet-desktop")
    except metadata.PackageNotFoundError:
        return False
    if _is_client(environment.get("FLET_VIEW_PATH")):
        return True
    clients = home / ".flet" / "client"
    if any(path.is_dir() for path in clients.glob(f"flet-desktop-*-{version}")):
        return True
    return bool(environment.get("FLET_CLIENT_URL")) and _fetched()


def _is_client(folder: str | None) -> bool:
    if not folder:
        return False
    if platform.system() == "Darwin":
        return any(Path(folder).glob("*.app"))
    return (Path(folder) / _CLIENT_NAMES.get(platform.system(), "flet")).is_file()


def _fetched() -> bool:
    """Fetch the client from FLET_CLIENT_URL, which whoever set up this computer chose."""
    import flet_desktop

    try:
        flet_desktop.ensure_client_cached()
    except Exception:  # noqa: BLE001 - whatever is wrong with it, there is no window
        return False
    return True
