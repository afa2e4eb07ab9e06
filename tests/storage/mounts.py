"""Run Python where a folder is a small or a read-only file system of its own.

In a user and mount name space of its own, so that no rights are needed and nothing is left behind.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SMALL = "mount -t tmpfs -o size={size} tmpfs {folder}"
READ_ONLY = "mount --bind {folder} {folder} && mount -o remount,bind,ro {folder}"


def run_mounted(repo: Path, mount: str, script: str, *arguments: object) -> str:
    """What the script prints. Skips the test where such a name space cannot be had."""
    try:
        subprocess.run(["unshare", "-rm", "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no user name spaces here, so no file system can be mounted")
    shell = f'{mount} && exec "$@"'
    command = ["unshare", "-rm", "sh", "-c", shell, "sh", sys.executable, "-c", script]
    done = subprocess.run(
        [*command, *map(str, arguments)], cwd=repo, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
