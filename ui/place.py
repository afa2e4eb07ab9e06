"""Where this installation keeps its vault and its packs: one place, whoever uses it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ui.portable import APP, portable_folder

#: Another place for the vault: for clinics that mount a disk for it, and for tests.
VAULT_VARIABLE = "OUTPOST_VAULT"
_FOLDER = "vault"


def vault_folder(environment: Mapping[str, str], system: str, home: Path, app: Path = APP) -> Path:
    """The vault's folder, which may not exist yet. ``system`` as ``platform.system()`` names it.

    What OUTPOST_VAULT names; else beside the app where it is portable; else in the app's own data
    folder, which a phone provides and a computer has by custom (XDG Base Directory Specification;
    Windows' local application data, which does not roam to other computers).
    """
    if named := environment.get(VAULT_VARIABLE):
        return Path(named)
    if portable := portable_folder(environment, app):
        return portable / _FOLDER
    if given := environment.get("FLET_APP_STORAGE_DATA"):
        return Path(given) / _FOLDER
    return _data_folder(environment, system, home) / _FOLDER


def packs_folder(environment: Mapping[str, str], system: str, home: Path) -> Path:
    """The folder of packs that were installed after the app, which may not exist yet: in the app's
    data folder, or beside the vault where OUTPOST_VAULT names one."""
    vault = vault_folder(environment, system, home)
    if environment.get(VAULT_VARIABLE):
        return vault.with_name(f"{vault.name}-packs")
    return vault.with_name("packs")


def _data_folder(environment: Mapping[str, str], system: str, home: Path) -> Path:
    if system == "Windows":
        local = environment.get("LOCALAPPDATA")
        return (Path(local) if local else home / "AppData" / "Local") / "Outpost"
    if system == "Darwin":
        return home / "Library" / "Application Support" / "Outpost"
    named = environment.get("XDG_DATA_HOME", "")
    # The specification: a relative path is to be ignored.
    data = Path(named) if Path(named).is_absolute() else home / ".local" / "share"
    return data / "outpost"
