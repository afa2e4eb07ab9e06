"""Vaults made and used as a person at a terminal does: real processes, secrets through a pipe."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORDS = "river lantern seven maize drum"
OTHER_WORDS = "copper window nine barley kite"


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str


def run(
    *arguments: str | Path, secrets: tuple[str, ...] = (), typed: str = "", within: Path = ROOT
) -> Done:
    """Run ``main.py`` with the secrets, one a line, on a descriptor of their own."""
    command = [sys.executable, str(ROOT / "main.py"), *map(str, arguments)]
    if not secrets:
        return _done(command, (), typed, within)
    reading, writing = os.pipe()
    try:
        os.write(writing, "".join(f"{secret}\n" for secret in secrets).encode())
        os.close(writing)
        return _done([*command, "--secret-fd", str(reading)], (reading,), typed, within)
    finally:
        os.close(reading)


def _done(command: list[str], descriptors: tuple[int, ...], typed: str, within: Path) -> Done:
    done = subprocess.run(
        command,
        cwd=within,
        capture_output=True,
        encoding="utf-8",
        input=typed,
        pass_fds=descriptors,
        start_new_session=True,  # No terminal to ask at.
        timeout=120,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)
