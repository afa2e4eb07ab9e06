"""A vault room with cheap secrets, and desks without a screen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from storage import device_file, device_secret
from storage.slots import Device
from storage.stretching import Cost
from ui.front_desk import FrontDesk
from ui.state import AppState, WelcomeStep
from ui.vault_room import VaultRoom

#: Stretched at a cost that no vault of a clinic has.
CHEAP = Cost(8, 1)
AMINA, SECRET = "Amina", "one two three four five"
BEN, BENS_SECRET = "Ben", "six seven eight nine ten"


def room_at(folder: Path) -> VaultRoom:
    return VaultRoom(folder / "clinic" / "vault", lambda: CHEAP)


def front_of(room: VaultRoom, state: AppState | None = None) -> FrontDesk:
    """A session's front desk, the device's secret in a file."""

    async def read() -> Device:
        return await device_secret.read_device(room.folder, None)

    async def make() -> Device:
        return device_file.make_device(device_secret.secret_file(room.folder))

    return FrontDesk(state or AppState(), room, read, make)


async def first_start(front: FrontDesk) -> str:
    """Through the welcome, to an open vault. Returns the recovery key."""
    await front.look()
    await front.begin(AMINA, SECRET)
    key = front.state.entrance.recovery_key
    front.step(WelcomeStep.CLINIC)
    await front.start()
    # Whether somebody is asked first is a matter of chance.
    wanted = replace(front.state.settings, ask_first_impression=0)
    front.vault.change_settings(wanted)
    front.state.settings = wanted
    return key
