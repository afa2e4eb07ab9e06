"""The self-test: what every reading needs, tried on this device. The app and the command line call
the same checks. Slow: never on the event loop."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from core.errors import OutpostError, PackError
from core.reading.pack import PackShelf
from core.reading.reader import ROUTER, Reader
from core.sentences import Statement
from storage.originals import free_bytes
from storage.space import LEAST_FREE_BYTES, MEGABYTE
from storage.trial import try_vault
from ui import picked_copies
from ui.checkup_words import CheckFinding
from ui.troubles import statement_of

#: Less than so many times the least is worth a word.
_SHORT = 5
_SEED, _SIDE = 1, 320


class Check(StrEnum):
    """What is tried, in this order."""

    PACKS = "packs"
    READING = "reading"
    VAULT = "vault"
    SPACE = "space"
    CAMERA = "camera"
    LEFTOVERS = "leftovers"


class Outcome(StrEnum):
    """How it went."""

    FINE = "fine"
    LOOK = "look"
    FAILED = "failed"
    NOT_TRIED = "not tried"


@dataclass(frozen=True)
class Checked:
    """One check, done. ``said`` tells what was found and ends in what to do, if anything."""

    check: Check
    outcome: Outcome
    said: tuple[Statement, ...]


@dataclass(frozen=True)
class Device:
    """What there is to try. ``vault`` is its folder, which need not exist."""

    reader: Callable[[], Reader]
    vault: Path
    environment: Mapping[str, str]
    reading_is_open: bool = False


def run_check(check: Check, device: Device) -> Checked:
    """One check; what breaks is a finding, too. The camera is the caller's to ask for."""
    checks = {
        Check.PACKS: lambda: _packs(device.reader().shelf),
        Check.READING: lambda: _reading(device.reader()),
        Check.VAULT: lambda: _vault(device.vault),
        Check.SPACE: lambda: _space(device.vault),
        Check.CAMERA: lambda: _found(Check.CAMERA, Outcome.NOT_TRIED, CheckFinding.NO_CAMERA_HERE),
        Check.LEFTOVERS: lambda: _leftovers(device),
    }
    try:
        return checks[check]()
    except OutpostError as error:
        return Checked(check, Outcome.FAILED, (error.statement,))
    except Exception as error:  # noqa: BLE001 - a self-test says what is broken, whatever it is
        statement_of(error)  # so that its kind is in the log
        return _found(check, Outcome.FAILED, CheckFinding.CHECK_BROKE)


def _found(check: Check, outcome: Outcome, finding: CheckFinding, **details: object) -> Checked:
    return Checked(check, outcome, (finding.say(**details),))


def _packs(shelf: PackShelf) -> Checked:
    bad: list[Statement] = []
    overdue: list[str] = []
    names = shelf.names()
    for name in names:
        try:
            if date.today() > shelf.open(name).manifest.review_by:
                overdue.append(name)
        except PackError as error:
            bad.append(error.statement)
    if bad:
        return Checked(Check.PACKS, Outcome.FAILED, tuple(bad))
    if set(names) <= {ROUTER}:
        return _found(Check.PACKS, Outcome.FAILED, CheckFinding.PACKS_MISSING)
    if overdue:
        late = ", ".join(overdue)
        return _found(Check.PACKS, Outcome.LOOK, CheckFinding.PACKS_OVERDUE, packs=late)
    return _found(Check.PACKS, Outcome.FINE, CheckFinding.PACKS_FINE, count=len(names))


def _reading(reader: Reader) -> Checked:
    """Known pictures with known answers, of the packs that bring some; else a drawn picture twice.
    Raises OutpostError."""
    from core.reading import self_test

    known = 0
    for name in reader.shelf.names():
        pack = reader.shelf.open(name)
        path = pack.folder / self_test.SELF_TEST_FILE
        if path.is_file():
            content = path.read_bytes()
            signed = (pack.folder / self_test.SELF_TEST_SIGNATURE).read_bytes()
            reader.shelf.check_signature(content, signed, self_test.SELF_TEST_DOMAIN, name)
            self_test.check_self_test(pack, content)
            known += 1
    if known:
        return _found(Check.READING, Outcome.FINE, CheckFinding.READING_KNOWN, count=known)
    network = reader.network(ROUTER)
    first = self_test.answer(network, _SEED, _SIDE, _SIDE)
    begun = time.perf_counter()
    second = self_test.answer(network, _SEED, _SIDE, _SIDE)
    taken = round(1000 * (time.perf_counter() - begun))
    sound = abs(sum(first.probabilities) - 1) < 1e-3 and first == second
    if not sound:
        return _found(Check.READING, Outcome.FAILED, CheckFinding.READING_WRONG)
    finding = CheckFinding.READING_REPEATED
    return _found(Check.READING, Outcome.FINE, finding, milliseconds=taken)


def _vault(vault: Path) -> Checked:
    """On the disk where the vault is, and without touching it. Raises StorageError."""
    try_vault(vault.parent)
    return _found(Check.VAULT, Outcome.FINE, CheckFinding.VAULT_FINE)


def _space(vault: Path) -> Checked:
    """Raises StorageError."""
    place = vault
    while not place.exists() and place != place.parent:
        place = place.parent
    free = free_bytes(place)
    outcome, finding = Outcome.FINE, CheckFinding.SPACE_FINE
    if free < LEAST_FREE_BYTES:
        outcome, finding = Outcome.FAILED, CheckFinding.SPACE_OUT
    elif free < _SHORT * LEAST_FREE_BYTES:
        outcome, finding = Outcome.LOOK, CheckFinding.SPACE_SHORT
    return _found(Check.SPACE, outcome, finding, megabytes=free // MEGABYTE)


def _leftovers(device: Device) -> Checked:
    """Removed at once, unless the reading on the screen needs them."""
    count = picked_copies.leftovers(device.environment)
    if not count:
        return _found(Check.LEFTOVERS, Outcome.FINE, CheckFinding.LEFT_NOTHING)
    if device.reading_is_open:
        return _found(Check.LEFTOVERS, Outcome.FINE, CheckFinding.LEFT_IN_USE, count=count)
    picked_copies.sweep(device.environment)
    return _found(Check.LEFTOVERS, Outcome.LOOK, CheckFinding.LEFT_REMOVED, count=count)
