"""The one component that holds the whole app: which screen, inside which frame."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable

import flet as ft

from ui import screenshots, words
from ui.components.frame import frame
from ui.routes import address_of
from ui.screens.about import about_screen
from ui.screens.archive import archive_screen
from ui.screens.audit import audit_screen
from ui.screens.camera import CameraScreen
from ui.screens.cases import cases_screen
from ui.screens.check import check_screen
from ui.screens.checkup import checkup_screen
from ui.screens.clock import clock_screen
from ui.screens.erased import erased_screen
from ui.screens.failure import failure_screen
from ui.screens.help import help_screen
from ui.screens.history import history_screen
from ui.screens.home import home_screen
from ui.screens.impression import impression_screen
from ui.screens.insights import insights_screen
from ui.screens.kept import kept_screen
from ui.screens.leaving import leaving_screen
from ui.screens.more import more_screen
from ui.screens.packs import packs_screen
from ui.screens.problem import problem_screen
from ui.screens.progress import progress_screen
from ui.screens.question import QuestionScreen
from ui.screens.restore import restore_screen
from ui.screens.result import result_screen
from ui.screens.review import review_screen
from ui.screens.settings import settings_screen
from ui.screens.sync import sync_screen
from ui.screens.unlock import barred_screen, looking_screen, unlock_screen
from ui.screens.users import users_screen
from ui.screens.vault import vault_screen
from ui.screens.welcome import welcome_screen
from ui.state import AppState, Gate, Place, Stage
from ui.wiring import Actions

_log = logging.getLogger("outpost.ui")

Screen = Callable[[AppState, Actions], ft.Control]

GATES: dict[Gate, Screen] = {
    Gate.LOOKING: looking_screen,
    Gate.WELCOME: welcome_screen,
    Gate.LOCKED: unlock_screen,
    Gate.RESTORE: restore_screen,
    Gate.ERASED: erased_screen,
    Gate.BARRED: barred_screen,
}
STAGES: dict[Stage, Screen] = {
    Stage.HOME: home_screen,
    Stage.CAMERA: CameraScreen,
    Stage.OPENING: progress_screen,
    Stage.CHECKING: check_screen,
    Stage.ASKING: QuestionScreen,
    Stage.READING: progress_screen,
    Stage.IMPRESSION: impression_screen,
    Stage.RESULT: result_screen,
    Stage.LIST: cases_screen,
    Stage.LEAVING: leaving_screen,
    Stage.FAILED: failure_screen,
}
PLACES: dict[Place, Screen] = {
    Place.HISTORY: history_screen,
    Place.PACKS: packs_screen,
    Place.MORE: more_screen,
    Place.SETTINGS: settings_screen,
    Place.REVIEW: review_screen,
    Place.USERS: users_screen,
    Place.AUDIT: audit_screen,
    Place.CLOCK: clock_screen,
    Place.SYNC: sync_screen,
    Place.ARCHIVE: archive_screen,
    Place.VAULT: vault_screen,
    Place.INSIGHTS: insights_screen,
    Place.HELP: help_screen,
    Place.CHECKUP: checkup_screen,
    Place.PROBLEM: problem_screen,
    Place.ABOUT: about_screen,
}


def screen_for(state: AppState) -> Screen:
    """The screen that shows this state. Nothing of the app while the gate is closed."""
    if state.gate is Gate.OPEN and state.place is Place.HISTORY and state.case_id:
        return kept_screen
    return GATES.get(state.gate) or PLACES.get(state.place) or STAGES[state.stage]


@ft.component
def Root(state: AppState, actions: Actions) -> list[ft.View]:  # noqa: N802 - a component
    """The page's views. A screen that cannot be drawn becomes the failure screen."""
    address = address_of(state)

    def follow() -> None:
        if state.gate is Gate.OPEN:
            actions.bar.show(address)

    secret = screenshots.may_show_a_patient(state)
    ft.use_effect(follow, [address, state.gate])
    ft.use_effect(lambda: screenshots.keep_out(secret, os.environ), [secret])
    try:
        content = screen_for(state)(state, actions)
    except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
        _log.error("%s: %s", words.Trouble.UNEXPECTED_ERROR.code, type(error).__name__)
        content = failure_screen(state, actions)
    return frame(state, actions, content)
