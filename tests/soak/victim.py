"""What is killed: one process at work on a vault, telling what it begins and what it has done.

    python -m tests.soak.victim ACTIVITY FOLDER BACKUP

It imports everything, says ``ready``, and waits for a line before it opens the vault.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from storage.backup import write_backup
from storage.opinions import GivenOpinion
from storage.store import OpenVault
from storage.vault import Opinion
from tests.storage.cases import case, enter


def tell(*words: str) -> None:
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


def keep(vault: OpenVault, known: list[str]) -> None:
    """Save a new case, or an edited one; its note says which version it is. Some are given a
    second opinion, too."""
    token = f"{random.getrandbits(64):016x}"
    one = case(token)
    if known and random.random() < 0.3:
        one = replace(one, id=random.choice(known))
    else:
        known.append(one.id)
    tell("begin", one.id, token)
    vault.save(one, review_copy=b"\xff\xd8\xff" + token.encode() * 50)
    tell("done", one.id, token)
    if random.random() < 0.3:
        vault.add_opinion(one.id, GivenOpinion(opinion=Opinion.AGREES, note=token))
        tell("said", one.id, token)


def save(vault: OpenVault, backup: Path) -> None:
    known: list[str] = []
    while True:
        keep(vault, known)


def rotate(vault: OpenVault, backup: Path) -> None:
    while True:
        vault.rotate()
        tell("rotated")


def recovery(vault: OpenVault, backup: Path) -> None:
    """Another recovery key rotates the vault key, too; so does another PIN, in the same way."""
    while True:
        vault.new_recovery_key()
        tell("renewed")


def back_up(vault: OpenVault, backup: Path) -> None:
    known: list[str] = []
    while True:
        keep(vault, known)
        write_backup(vault, backup)
        tell("backed-up")


def migrate(vault: OpenVault, backup: Path) -> None:
    """The work was done on opening."""
    vault.lock()


ACTIVITIES: dict[str, Callable[[OpenVault, Path], None]] = {
    "save": save,
    "rotate": rotate,
    "recovery": recovery,
    "back_up": back_up,
    "migrate": migrate,
}


def main() -> None:
    activity, folder, backup = sys.argv[1:]
    tell("ready")
    if sys.stdin.readline():
        vault = enter(Path(folder))
        tell("opened")
        ACTIVITIES[activity](vault, Path(backup))


if __name__ == "__main__":
    main()
