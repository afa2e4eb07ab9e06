"""Vaults with cases to send, and passes that do not wait as long as real ones."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from core.sync.enrolment import Enrolment
from core.sync.wire import Wire
from core.sync.worker import Phase, Progress
from storage.settings import Settings
from storage.store import OpenVault
from storage.vault import Case
from tests.storage.cases import case, enter, make
from ui.sync_pass import SyncPass, enrol

CODE = "ZZCANARY-CODE-77"


def fresh(number: int) -> Case:
    """A case of one of a few patients, half of them with a label."""
    made = case()
    share = random.Random(number).random()
    named = zip(made.reading.probabilities, (share, 1 - share), strict=True)
    made = replace(made, reading=replace(made.reading, probabilities=dict(named)))
    code = f"{CODE}-{number % 7}"
    return replace(made, code=code, pseudonym=None, opinion=made.opinion if number % 2 else None)


def filled(folder: Path, count: int) -> OpenVault:
    """A vault with cases that wait."""
    make(folder)
    vault = enter(folder)
    for number in range(count):
        vault.save(fresh(number))
    return vault


def copied(vault: Path, to: Path) -> Path:
    """The vault as somebody copies it who has all of the folder."""
    shutil.copytree(vault, to)
    return to


def enrolled(vault: OpenVault, endpoint: str, **more: str) -> None:
    enrol(vault, Enrolment(endpoint=endpoint, **more))


def passes(vault: OpenVault, *, longest_s: float = 0.02, request_s: float = 30.0) -> SyncPass:
    """A sync of this vault that is in a hurry: it waits by the same rule, but a thousandth."""

    def pause(seconds: float) -> bool:
        time.sleep(min(seconds / 1000, longest_s))
        return False

    return SyncPass(vault, lambda reading: None, pause, _wire(request_s))


def _wire(request_s: float) -> Callable[[Enrolment], Wire]:
    return lambda enrolment: Wire(enrolment.trust, request_s=request_s)


def one_pass(sync: SyncPass) -> Progress:
    """The last word of one pass."""
    return list(sync.run())[-1]


def until_done(sync: SyncPass, tries: int = 200) -> Progress:
    """Passes until one is done."""
    for _ in range(tries):
        if (last := one_pass(sync)).phase is Phase.DONE:
            return last
    raise AssertionError(f"not done after {tries} passes: {last}")


def allow(vault: OpenVault, **changes: object) -> Settings:
    settings = replace(vault.settings(), **changes)  # type: ignore[arg-type]
    vault.change_settings(settings)
    return settings
