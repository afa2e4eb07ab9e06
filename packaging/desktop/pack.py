"""Puts a folder into a zip that is the same whenever it is made again: sorted, with one time for
every file, under one folder "outpost".

    python packaging/desktop/pack.py [--portable] FOLDER ZIP

--portable adds the marker that makes Outpost keep everything beside itself (ui/portable.py).
"""

from __future__ import annotations

import argparse
import zipfile
from pathlib import Path

INSIDE = "outpost"
MARKER = "outpost-portable"
TIME = (1980, 1, 1, 0, 0, 0)
_PLAIN, _RUNS = 0o644, 0o755


def pack(folder: Path, target: Path, portable: bool = False) -> None:
    """Write every file of ``folder`` into ``target``."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            runs = path.stat().st_mode & 0o100
            name = f"{INSIDE}/{path.relative_to(folder).as_posix()}"
            _add(made, name, path.read_bytes(), _RUNS if runs else _PLAIN)
        if portable:
            _add(made, f"{INSIDE}/{MARKER}", b"", _PLAIN)


def _add(made: zipfile.ZipFile, name: str, content: bytes, mode: int) -> None:
    entry = zipfile.ZipInfo(name, TIME)
    entry.create_system = 3  # Unix: so that the mode counts
    entry.external_attr = (0o100000 | mode) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    made.writestr(entry, content)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--portable", action="store_true")
    parser.add_argument("folder", type=Path)
    parser.add_argument("zip", type=Path)
    asked = parser.parse_args()
    pack(asked.folder, asked.zip, asked.portable)
