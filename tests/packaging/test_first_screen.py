"""Only what the first screen needs is loaded before it: a slow start is what users of Flet complain
of most (flet-dev/flet 5068, 6644)."""

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

pytest.importorskip("websockets.sync.client")
pytest.importorskip("flet_web", reason="only computers serve browsers")
if not hasattr(signal, "SIGUSR1"):
    pytest.skip("the process is asked by a signal", allow_module_level=True)

from tests.tab import hear, tab
from ui.web_server import free_port

#: Packages of others that may be loaded before the first screen, and what it wants of them.
MAY_LOAD = {
    *("flet", "flet-camera", "flet-charts", "flet-permission-handler", "flet-secure-storage"),
    *("msgpack", "python-dateutil", "six", "repath"),  # Flet's own
    *("numpy", "pillow", "defusedxml"),  # words and limits of pictures stand beside their code
    *("argon2-cffi", "argon2-cffi-bindings", "cffi", "cryptography"),  # the lock
    *("sqlite-utils", "sqlite-fts4", "click", "pluggy", "fastjsonschema"),
    *(
        "httpcore",
        "h11",
        "anyio",
        "certifi",
        "pyjwt",
        "typing-extensions",
    ),  # sync, after signing in
}
#: Rooms of ours whose work begins later.
LATER = ("core.imaging.dicom", "core.imaging.deidentification", "core.reporting.dicom")
LATER_TOO = ("core.reporting.page.pdf", "core.reporting.page.web", "ui.terminal")
#: Asking an image archive. How it is reached, and what can be said of it, stands in the settings.
LATER_STILL = ("core.pacs.server", "core.pacs.multipart", "core.pacs.answers")

PROGRAM = """
import signal, sys
signal.signal(signal.SIGUSR1, lambda *_: print(*sys.modules, flush=True))
import main
main.main()
"""
START_S = 120


@pytest.fixture(scope="module")
def loaded(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The modules of a fresh process of the app at the moment when a person sees its first screen,
    in a browser."""
    port = free_port("127.0.0.1")
    here = {"FLET_FORCE_WEB_SERVER": "1", "FLET_SERVER_IP": "127.0.0.1"}
    place = {"OUTPOST_VAULT": str(tmp_path_factory.mktemp("first") / "vault")}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=repo,
        env={**os.environ, **here, **place, "FLET_SERVER_PORT": str(port)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        while str(port) not in process.stdout.readline():
            assert process.poll() is None, "it did not start"
        with tab(f"127.0.0.1:{port}") as line:
            hear(line, b"Welcome to Outpost", START_S)
            process.send_signal(signal.SIGUSR1)
            return set(process.stdout.readline().split())
    finally:
        process.terminate()
        process.wait(timeout=START_S)


def packages_of(modules: set[str]) -> set[str]:
    """The packages on the phone that these modules come from; what serves browsers is not there."""
    sizes = runpy.run_path(str(Path(__file__).parents[2] / "packaging" / "sizes.py"))
    ours = set(sizes["closure"](sizes["runtime"](Path(__file__).parents[2])))
    decoders = {"pyjpegls", "pylibjpeg", "pylibjpeg-openjpeg", "python-gdcm", "uharfbuzz"}
    served = set(sizes["closure"]([Requirement("flet-web")])) - ours
    homes = metadata.packages_distributions()
    names = {module.partition(".")[0] for module in modules}
    found = {name.lower().replace("_", "-") for top in names for name in homes.get(top, [])}
    return (found & (ours | decoders)) - served


def test_nothing_loads_before_the_first_screen_that_it_does_not_need(loaded: set[str]) -> None:
    assert {"flet", "ui.screens.welcome"} <= loaded
    assert packages_of(loaded) - MAY_LOAD == set()


def test_whatever_begins_later_is_loaded_later(loaded: set[str]) -> None:
    assert [
        name for name in sorted(loaded) if name.startswith(LATER + LATER_TOO + LATER_STILL)
    ] == []


def test_a_package_that_loads_too_early_would_be_noticed() -> None:
    assert packages_of({"pydicom.dataset", "onnxruntime", "fpdf"}) - MAY_LOAD == {
        "fpdf2",
        "onnxruntime",
        "pydicom",
    }
