"""Cases to keep, with a canary in every field that can hold text."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

from core.reading.preprocess import Placement
from core.reading.result import (
    FrameCount,
    FrameReading,
    Guidance,
    PackIdentity,
    Reading,
    Route,
    Timing,
    Urgency,
    Verdict,
)
from core.sentences import Statement
from storage.clock import Clock
from storage.door import Door, create
from storage.key_file import Role
from storage.slots import Device
from storage.store import OpenVault
from storage.stretching import Cost
from storage.vault import Case, Opinion, ReferenceStandard

CANARY = "ZZCANARY"
CHEAP = Cost(64, 1)
PHONE = Device(bytes(range(32)), key_store=True)
WORDS = "river lantern seven maize drum"
READ_AT = datetime(2026, 12, 1, 9, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=45)))


def case(note: str = f"{CANARY}-note") -> Case:
    """A case that fills every field."""
    return Case(
        id=str(uuid.uuid4()),
        reading=_reading(),
        read_at=READ_AT,
        pseudonym=f"1-{CANARY}-pseudonym",
        opinion=Opinion.DISAGREES,
        note=note,
        own_impression=f"{CANARY}-impression",
        right_label=f"{CANARY}-right",
        reference_standard=ReferenceStandard.SPECIALIST,
        saved_by=f"{CANARY}-saver",
        labelled_by=f"{CANARY}-labeller",
        labelled_role=Role.CLINICIAN,
    )


def _reading() -> Reading:
    probabilities = {f"{CANARY}-b": 0.7, f"{CANARY}-a": 0.1 + 0.2}
    frame = FrameReading(
        index=3,
        probabilities=probabilities,
        distance=1.0 / 3.0,
        activation=np.random.default_rng(1).random((2, 4, 5), dtype=np.float32),
        placement=Placement(1, 2, 30, 40),
        input_size=(128, 160),
        image_size=(480, 600),
    )
    return Reading(
        verdict=Verdict.UNCERTAIN,
        reasons=(Statement(f"{CANARY}-code", f"{CANARY}-text été"),),
        route=Route(f"{CANARY}-route", 0.9, f"{CANARY}-override"),
        pack=PackIdentity(f"{CANARY}-pack", "1.0.0", "released", f"{CANARY}-title"),
        frame_count=FrameCount(2, 9),
        probabilities=probabilities,
        prediction_set=(f"{CANARY}-b",),
        finding=f"{CANARY}-b",
        guidance=Guidance(f"{CANARY}-k", Urgency.SOON, f"{CANARY}-e", f"{CANARY}-t", f"{CANARY}-s"),
        frames=(frame,),
        timing=Timing(1.5, 2.5, 3.5, 4.5, 12.0),
    )


def plain(value: Any) -> Any:
    """A case as what can be compared: arrays as their samples, and types named."""
    if isinstance(value, Enum) or not is_dataclass(value):
        if isinstance(value, np.ndarray):
            return value.dtype.str, value.shape, value.tolist()
        return [plain(item) for item in value] if isinstance(value, tuple) else value
    told = (field.name for field in fields(value) if field.compare)
    return type(value), {name: plain(getattr(value, name)) for name in told}


@contextmanager
def another_hand(folder: Path) -> Iterator[sqlite3.Connection]:
    """Write into a vault's database. In ``aside`` is what to put back later: tables that are not
    ours are not let stand."""
    with closing(sqlite3.connect(folder / "vault.db")) as db:
        db.execute("ATTACH ? AS aside", [str(folder / "former.db")])
        yield db
        db.commit()


def make(folder: Path) -> str:
    """Make a vault. Returns the recovery key."""
    return create(folder, "Amina", WORDS, PHONE, CHEAP)


def enter(folder: Path, secret: str = WORDS, *, clock: Clock | None = None) -> OpenVault:
    """Sign in as the first user."""
    door = Door(folder, PHONE, clock)
    return door.unlock(door.users()[0].id, secret)
