"""Many cases to measure the vault with: real rows, made in bulk where saving would take hours."""

from __future__ import annotations

import os
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from core.reading.preprocess import Placement
from core.reading.result import FrameReading, PackIdentity, Reading, Route, Verdict
from core.sentences import Statement
from storage.door import Door, create
from storage.settings import Settings
from storage.slots import Device
from storage.store import OpenVault
from storage.stretching import Cost
from storage.vault import Case, Opinion

DEVICE = Device(bytes(range(32)), key_store=True)
SECRET = "river lantern seven maize drum"
#: The key's stretching is no part of what is measured here.
CHEAP = Cost(64, 1)
START = datetime(2026, 1, 1, tzinfo=UTC)
#: As if merged from elsewhere: such cases do not wait to be sent.
ORIGIN = "0" * 64
_PACKS = ("brain_mri", "fracture_xray", "head_ct")


def make(folder: Path) -> None:
    create(folder, "Amina", SECRET, DEVICE, CHEAP)
    vault = enter(folder)
    vault.change_settings(Settings(keep_codes=True))
    vault.lock()


def enter(folder: Path) -> OpenVault:
    door = Door(folder, DEVICE)
    return door.unlock(door.users()[0].id, SECRET)


def case(number: int) -> Case:
    """A case with two classes, one frame and its maps, like those of the packs on board."""
    pack = _PACKS[number % 3]
    frame = FrameReading(
        index=0,
        probabilities={"fracture": 0.75, "no_fracture": 0.25},
        distance=1.5,
        activation=np.random.default_rng(number).random((2, 10, 10), dtype=np.float32),
        placement=Placement(0, 0, 320, 320),
        input_size=(320, 320),
        image_size=(1024, 1024),
    )
    reading = Reading(
        verdict=tuple(Verdict)[number % 3],
        reasons=(Statement("not_certain", "The model is not certain enough to name a finding."),),
        route=Route(pack, 0.97),
        pack=PackIdentity(pack, "1.0.0", "released", "A pack"),
        probabilities=frame.probabilities,
        prediction_set=("fracture", "no_fracture"),
        finding="fracture",
        frames=(frame,),
    )
    return Case(
        id=str(uuid.uuid4()),
        reading=reading,
        read_at=START + timedelta(minutes=number),
        code=f"KH-{number:06}",
        opinion=(None, Opinion.AGREES, Opinion.DISAGREES, Opinion.NOT_SURE)[number % 4],
        note="Seen with the patient" if number % 5 == 0 else "",
    )


def fill(vault: OpenVault, start: int, stop: int) -> None:
    """Save cases 1000 to a transaction: the rows are those of ``OpenVault.save``, labels with
    their entries included, the flushing to the card is not. Nothing waits to be sent."""
    writer, opinions, session = vault.parts.writer, vault.parts.opinions, vault.parts.session
    for at in range(start, stop, 1000):
        with session.changing():
            for number in range(at, min(at + 1000, stop)):
                complete = writer.complete(case(number), None)
                writer.put(complete, None, None, (), origin=ORIGIN)
                opinions.add_own(complete, None)


def picture(size: int = 120_000) -> bytes:
    """Bytes of the length of a review copy: sealing does not care what they are."""
    return b"\xff\xd8\xff" + os.urandom(size)


def with_note(one: Case, note: str) -> Case:
    return replace(one, note=note)
