"""Keeps patients out of screenshots, screen recordings and the phone's list of open apps: Android
leaves a window out of all three while it carries FLAG_SECURE. Elsewhere nothing is done."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from ui.state import AppState, Gate, Place

_log = logging.getLogger("outpost.ui")

#: android.view.WindowManager.LayoutParams.FLAG_SECURE
FLAG_SECURE = 0x2000
#: Flet names the class here that holds the app's activity.
_HOST = "MAIN_ACTIVITY_HOST_CLASS_NAME"
#: What shows no image, no reading and nobody whom it is about. Every other place may.
_WITHOUT_PATIENTS = {
    Place.PACKS,
    Place.MORE,
    Place.SETTINGS,
    Place.HELP,
    Place.CHECKUP,
    Place.ABOUT,
}


def may_show_a_patient(state: AppState) -> bool:
    """Whether what is on screen may show an image, a case or a list of cases."""
    return state.gate is Gate.OPEN and state.place not in _WITHOUT_PATIENTS


def keep_out(secret: bool, environment: Mapping[str, str]) -> None:
    """Leave the app's window out of pictures of the screen while ``secret``.

    A phone that refuses is only logged: a reading must not fail for it.
    """
    if environment.get("FLET_PLATFORM") != "android":
        return
    try:
        _on_the_windows_thread(environment[_HOST], secret)
    except Exception as error:  # noqa: BLE001 - whatever Java throws
        _log.warning("screenshots could not be switched: %s", type(error).__name__)


#: Java calls these back later: until then Python must not forget them.
_waiting: list[Any] = []


def _on_the_windows_thread(host: str, secret: bool) -> None:
    """Android lets only the thread that made a window change it."""
    from jnius import (  # type: ignore[import-not-found, unused-ignore]
        PythonJavaClass,
        autoclass,
        java_method,
    )

    activity = autoclass(host).mActivity

    class Change(PythonJavaClass):  # type: ignore[misc, unused-ignore]
        __javainterfaces__ = ("java/lang/Runnable",)
        __javacontext__ = "app"

        @java_method("()V")  # type: ignore[misc, unused-ignore]
        def run(self) -> None:
            window = activity.getWindow()
            if secret:
                window.addFlags(FLAG_SECURE)
            else:
                window.clearFlags(FLAG_SECURE)
            _waiting.remove(self)

    change = Change()
    _waiting.append(change)
    activity.runOnUiThread(change)
