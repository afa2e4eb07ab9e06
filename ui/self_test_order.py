"""The self-test on a phone that nobody touches: a build machine leaves an order in the app's own
folder, starts the app, and reads the result from the phone's log.

Only root, or the app itself, can write there; what another app passes when it opens this one is
never looked at (main.py)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

_log = logging.getLogger("outpost.ui")

#: The file whose presence is the order. It goes before the test runs, so that a start that is
#: ended half-way does not come again and again.
ORDER = "self-test-wanted"

#: What the build machine looks for in the log. .github/workflows/android.yml names them too.
PASSED, FAILED = "OUTPOST-SELFTEST ok", "OUTPOST-SELFTEST failed"


def take_order(environment: Mapping[str, str]) -> bool:
    """Whether a self-test was ordered. The order is used up."""
    folder = environment.get("FLET_APP_STORAGE_DATA")
    if not folder:
        return False
    try:
        (Path(folder) / ORDER).unlink()
    except OSError:
        return False
    return True


def carry_out(say: Callable[[str], None]) -> threading.Thread:
    """Test this device in a thread beside the app, and say one of the two last words."""

    def work() -> None:
        from ui.terminal.commands import run

        passed = False
        try:
            passed = run(["selftest"]) == 0
        except Exception as error:  # noqa: BLE001 - whatever it is, the test did not pass
            _log.error("the self-test ended with %s", type(error).__name__)
        say(PASSED if passed else FAILED)

    thread = threading.Thread(target=work, name="self-test", daemon=True)
    thread.start()
    return thread
