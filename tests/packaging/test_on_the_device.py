"""What the phone lacks is not imported, whatever is opened first; and what only the phone has is
guarded."""

from __future__ import annotations

import os
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

import main
from ui import screenshots, self_test_order
from ui.state import AppState, Gate, Place

#: What Android's Python 3.14 has not (PEP 738, and Flet's mobile wheels): parts of the standard
#: library, codecs of Pillow, desktop decoders, and what serves or builds the app.
MISSING = [
    *("_curses", "_dbm", "_gdbm", "_posixshmem", "_tkinter", "curses", "dbm.gnu", "dbm.ndbm"),
    *("ensurepip", "idlelib", "readline", "tkinter", "turtle", "venv"),
    *("PIL._avif", "PIL._imagingcms", "PIL._imagingtk", "PIL._webp"),
    *("gdcm", "jpeg_ls", "openjpeg", "pylibjpeg", "uharfbuzz"),
    *("fastapi", "flet_cli", "flet_desktop", "flet_web", "jnius", "uvicorn"),
    *("matplotlib", "onnx", "sklearn", "torch"),
    # What pyproject.toml has Flet delete from the packages.
    *("pip", "pydicom.sr"),
]

#: Refuses these, imports everything that goes into the bundle, and names what did not come.
PROBE = """
import importlib, pkgutil, sys
missing = set(sys.argv[1].split())
class Device:
    def find_spec(self, name, path=None, target=None):
        if name in missing:
            raise ModuleNotFoundError(f"{name} is not on the device", name=name)
sys.meta_path.insert(0, Device())
failed = []
def note(name):
    failed.append(name)
def modules():
    for room in sys.argv[2].split():
        yield room
        package = importlib.import_module(room)
        for found in pkgutil.walk_packages(package.__path__, f"{room}.", note):
            if not found.name.endswith("__main__"):
                yield found.name
for name in modules():
    try:
        importlib.import_module(name)
    except ImportError as error:
        failed.append(f"{name}: {error}")
print("\\n".join(failed))
"""


def test_every_module_of_the_app_can_be_imported_on_the_device(repo: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, " ".join(MISSING), "core storage ui"],
        cwd=repo,
        env={**os.environ, "PYTHONPATH": str(repo)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
    assert done.stdout.strip() == ""


def test_a_module_that_the_device_lacks_would_be_noticed(repo: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, "segno", "core.reporting.page"],
        cwd=repo,
        env={**os.environ, "PYTHONPATH": str(repo)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "segno is not on the device" in done.stdout or "segno" in done.stderr


# Who opened the app


def test_another_app_cannot_give_commands_by_opening_this_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[str] = []
    monkeypatch.setenv("FLET_PLATFORM", "android")
    monkeypatch.setattr(sys, "argv", ["vault", "erase"])
    monkeypatch.setattr("ui.app.open_app", lambda: opened.append("the app"))
    monkeypatch.setattr("ui.terminal.commands.run", lambda _: pytest.fail("ran a command"))

    assert main.main() == 0
    assert opened == ["the app"]


def test_a_self_test_is_run_once_for_each_order(tmp_path: Path) -> None:
    environment = {"FLET_APP_STORAGE_DATA": str(tmp_path)}
    assert not self_test_order.take_order({})
    assert not self_test_order.take_order(environment)

    (tmp_path / self_test_order.ORDER).touch()

    assert self_test_order.take_order(environment)
    assert not self_test_order.take_order(environment)


@pytest.mark.parametrize(
    ("ends", "word"),
    [
        (lambda _: 0, self_test_order.PASSED),
        (lambda _: 1, self_test_order.FAILED),
        (lambda _: 1 / 0, self_test_order.FAILED),
    ],
)
def test_the_last_word_says_how_the_self_test_ended(
    monkeypatch: pytest.MonkeyPatch, ends: object, word: str
) -> None:
    said: list[str] = []
    monkeypatch.setattr("ui.terminal.commands.run", ends)

    self_test_order.carry_out(said.append).join()

    assert said == [word]


def test_the_build_machine_waits_for_the_words_that_are_said(repo: Path) -> None:
    workflow = (repo / ".github" / "workflows" / "android.yml").read_text(encoding="utf-8")
    script = (repo / "packaging" / "android" / "try-on-emulator.sh").read_text(encoding="utf-8")

    assert "try-on-emulator.sh" in workflow
    for word in (self_test_order.ORDER, self_test_order.PASSED, self_test_order.FAILED):
        assert word in script


# Screenshots: Java is a stand-in here, since only a phone has it.


class Window:
    """Stands in for android.view.Window."""

    def __init__(self) -> None:
        self.flags = 0

    def addFlags(self, flags: int) -> None:  # noqa: N802 - Android's name
        self.flags |= flags

    def clearFlags(self, flags: int) -> None:  # noqa: N802 - Android's name
        self.flags &= ~flags


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    shown = Window()

    class Activity:
        def getWindow(self) -> Window:  # noqa: N802 - Android's name
            return shown

        def runOnUiThread(self, change: object) -> None:  # noqa: N802 - Android's name
            change.run()  # type: ignore[attr-defined]

    host = types.SimpleNamespace(mActivity=Activity())
    java = types.ModuleType("jnius")
    java.PythonJavaClass = object  # type: ignore[attr-defined]
    java.java_method = lambda _: lambda method: method  # type: ignore[attr-defined]
    java.autoclass = {"the.Host": host}.__getitem__  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "jnius", java)
    yield shown


PHONE = {"FLET_PLATFORM": "android", "MAIN_ACTIVITY_HOST_CLASS_NAME": "the.Host"}


def test_a_case_on_screen_is_kept_out_of_screenshots(window: Window) -> None:
    screenshots.keep_out(True, PHONE)
    assert window.flags == screenshots.FLAG_SECURE

    screenshots.keep_out(False, PHONE)
    assert window.flags == 0
    assert screenshots._waiting == []


def test_a_phone_that_refuses_does_not_end_the_reading(
    window: Window, caplog: pytest.LogCaptureFixture
) -> None:
    screenshots.keep_out(True, {**PHONE, "MAIN_ACTIVITY_HOST_CLASS_NAME": "another.Host"})

    assert window.flags == 0
    assert "screenshots could not be switched" in caplog.text


def test_a_computer_is_left_alone(window: Window) -> None:
    screenshots.keep_out(True, {"FLET_PLATFORM": "windows"})
    screenshots.keep_out(True, {})

    assert window.flags == 0


@pytest.mark.parametrize(
    ("gate", "place", "secret"),
    [
        (Gate.OPEN, Place.READ, True),
        (Gate.OPEN, Place.HISTORY, True),
        (Gate.OPEN, Place.ABOUT, False),
        (Gate.LOCKED, Place.HISTORY, False),
        (Gate.WELCOME, Place.READ, False),
    ],
)
def test_only_screens_with_patients_are_secret(gate: Gate, place: Place, secret: bool) -> None:
    assert screenshots.may_show_a_patient(AppState(gate=gate, place=place)) is secret
