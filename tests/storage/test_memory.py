"""What a look into the process's memory finds of its keys, before and after locking."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from storage.failures import StorageError
from tests.storage.cases import enter

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

#: Names its keys in hexadecimal, which is not how they stand in memory.
VICTIM = """
import sys
from pathlib import Path
from tests.storage.cases import case, enter
vault = enter(Path(sys.argv[1]))
for _ in range(3):
    vault.save(case())
vault.verify()
keys = [vault._session._keys.vault_key.key, *map(vault._session.keyring.key, ("audit", "sync"))]
print(*(key.hex() for key in keys), flush=True)
del keys
sys.stdin.readline()
vault.lock()
print("locked", flush=True)
sys.stdin.readline()
"""


def copies(process: int, key: bytes) -> int:
    """How often these bytes stand in another process's memory."""
    found = 0
    with Path(f"/proc/{process}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{process}/maps").read_text("utf-8").splitlines():
            place = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if place:
                begin, end = int(place[1], 16), int(place[2], 16)
                memory.seek(begin)
                found += memory.read(end - begin).count(key)
    return found


def test_after_locking_no_key_is_left_in_memory(folder: Path, repo: Path) -> None:
    command = [sys.executable, "-c", VICTIM, str(folder)]
    with subprocess.Popen(
        command, cwd=repo, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        keys = [bytes.fromhex(word) for word in process.stdout.readline().split()]
        assert len(keys) == 3
        try:
            open_copies = [copies(process.pid, key) for key in keys]
        except OSError:
            pytest.skip("this system does not let a process look into another")
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "locked\n"
        locked_copies = [copies(process.pid, key) for key in keys]
        process.kill()

    assert min(open_copies) >= 1
    assert locked_copies == [0, 0, 0]


def test_a_key_that_was_forgotten_seals_nothing(folder: Path) -> None:
    vault = enter(folder)
    key = vault._session._keys.vault_key if vault._session._keys else None
    named = vault._session.keyring.key("audit")
    vault.lock()

    assert named == b""
    assert key
    with pytest.raises(StorageError, match="locked"):
        key.key  # noqa: B018 - asking is what must be refused
