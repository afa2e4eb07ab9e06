"""Where the app opens."""

from __future__ import annotations

from pathlib import Path

import pytest

from ui.surface import Surface, choose_surface, client_is_here


@pytest.mark.parametrize(
    ("environment", "system", "client", "surface"),
    [
        ({"FLET_PLATFORM": "android"}, "Linux", False, Surface.EMBEDDED),
        ({"DISPLAY": ":0"}, "Linux", True, Surface.WINDOW),
        ({"DISPLAY": ":0"}, "Linux", False, Surface.BROWSER),
        ({}, "Linux", True, Surface.ADDRESS),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "Linux", True, Surface.BROWSER),
        ({}, "Windows", True, Surface.WINDOW),
        ({}, "Windows", False, Surface.BROWSER),
        ({}, "Darwin", False, Surface.BROWSER),
        ({"DISPLAY": ":0", "FLET_FORCE_WEB_SERVER": "1"}, "Linux", True, Surface.ADDRESS),
        ({"DISPLAY": ":0", "FLET_FORCE_WEB_SERVER": "false"}, "Linux", True, Surface.WINDOW),
    ],
)
def test_the_app_opens_where_it_will_really_be_seen(
    environment: dict[str, str], system: str, client: bool, surface: Surface
) -> None:
    assert choose_surface(environment, system, lambda: client) is surface


def test_no_client_is_looked_for_where_no_window_can_open() -> None:
    choose_surface({}, "Linux", lambda: pytest.fail("looked for a client"))


@pytest.fixture
def version() -> str:
    return pytest.importorskip("flet_desktop.version").version


def test_a_computer_without_the_client_has_none(tmp_path: Path, version: str) -> None:
    assert not client_is_here({}, tmp_path)


def test_an_unpacked_client_is_found(tmp_path: Path, version: str) -> None:
    (tmp_path / ".flet" / "client" / f"flet-desktop-full-{version}").mkdir(parents=True)

    assert client_is_here({}, tmp_path)


def test_a_client_of_another_version_or_half_unpacked_is_none(tmp_path: Path, version: str) -> None:
    clients = tmp_path / ".flet" / "client"
    (clients / "flet-desktop-full-0.82.2").mkdir(parents=True)
    (clients / f"flet-desktop-full-{version}.aBcDeFgH").mkdir()

    assert not client_is_here({}, tmp_path)


def test_a_client_folder_that_is_named_must_hold_one(tmp_path: Path, version: str) -> None:
    named = {"FLET_VIEW_PATH": str(tmp_path)}
    assert not client_is_here(named, tmp_path)

    (tmp_path / "flet").touch()
    (tmp_path / "flet.exe").touch()
    (tmp_path / "Flet.app").touch()

    assert client_is_here(named, tmp_path)


def test_a_client_that_cannot_be_fetched_is_none(
    tmp_path: Path, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import flet_desktop

    def unreachable() -> None:
        raise OSError

    monkeypatch.setattr(flet_desktop, "ensure_client_cached", unreachable)

    assert not client_is_here({"FLET_CLIENT_URL": "https://clinic.invalid/flet.zip"}, tmp_path)
