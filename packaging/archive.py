"""The source of the current commit as dist/outpost-VERSION.tar.gz, with the same bytes whenever
and wherever it is made: git's own files, sorted, with one time, no names of people, and no time of
day in the gzip header. Standard library and git alone.

    python packaging/archive.py [FOLDER]
"""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def git(root: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=True).stdout


def write_archive(root: Path, folder: Path) -> Path:
    """Write the archive of HEAD into ``folder``; returns its path."""
    text = git(root, "show", "HEAD:pyproject.toml").decode("utf-8")
    name = f"outpost-{tomllib.loads(text)['project']['version']}"
    time = int(git(root, "log", "-1", "--format=%ct"))
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name}.tar.gz"
    source = io.BytesIO(git(root, "archive", "--format=tar", f"--prefix={name}/", "HEAD"))
    with (
        target.open("wb") as file,
        # Level and header are fixed: gzip would write the name and the time of day.
        gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=time) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as made,
        tarfile.open(fileobj=source) as given,
    ):
        for entry in sorted(given.getmembers(), key=lambda entry: entry.name):
            entry.mtime, entry.uid, entry.gid = time, 0, 0
            entry.uname = entry.gname = ""
            entry.pax_headers = {}
            entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
            made.addfile(entry, given.extractfile(entry) if entry.isfile() else None)
    return target


if __name__ == "__main__":
    print(write_archive(ROOT, Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist"))
