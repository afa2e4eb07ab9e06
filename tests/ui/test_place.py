"""Where the vault is."""

from __future__ import annotations

from pathlib import Path

import pytest

from ui.place import vault_folder

HOME = Path("/home/amina")


@pytest.mark.parametrize(
    ("environment", "system", "folder"),
    [
        ({"OUTPOST_VAULT": "/mnt/card/vault"}, "Linux", "/mnt/card/vault"),
        ({"FLET_APP_STORAGE_DATA": "/data/app"}, "Linux", "/data/app/vault"),
        ({}, "Linux", "/home/amina/.local/share/outpost/vault"),
        ({"XDG_DATA_HOME": "/srv/data"}, "Linux", "/srv/data/outpost/vault"),
        ({"XDG_DATA_HOME": "data"}, "Linux", "/home/amina/.local/share/outpost/vault"),
        ({"LOCALAPPDATA": "/c/local"}, "Windows", "/c/local/Outpost/vault"),
        ({}, "Windows", "/home/amina/AppData/Local/Outpost/vault"),
        ({}, "Darwin", "/home/amina/Library/Application Support/Outpost/vault"),
    ],
)
def test_every_installation_has_one_place_for_its_vault(
    environment: dict[str, str], system: str, folder: str
) -> None:
    assert vault_folder(environment, system, HOME) == Path(folder)


def test_what_the_clinic_names_goes_before_what_the_device_offers() -> None:
    environment = {"OUTPOST_VAULT": "/mnt/vault", "FLET_APP_STORAGE_DATA": "/data/app"}

    assert vault_folder(environment, "Linux", HOME) == Path("/mnt/vault")
