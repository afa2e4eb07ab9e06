"""A phone that is killed: works a vault's outbox off until it is empty, and then says so.

``python -m tests.sync.client``, then one line for each run: the vault's folder. Each runs in a
process of its own, which is named first so that it can be killed. Everything is imported once.
"""

from __future__ import annotations

import os
import random
import resource
import select
import sys
import threading
from pathlib import Path

from core.sync import pacing
from tests.storage.cases import enter
from tests.sync.vaults import passes, until_done


def work(folder: Path) -> None:
    """Until nothing waits any more. Few cases go at a time, so that there is more to spoil."""
    pacing.LARGEST_BATCH = 4
    vault = enter(folder)
    until_done(passes(vault, longest_s=0.005, request_s=2.0), tries=100_000)
    vault.lock()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _end_with_the_test() -> None:
    """Whoever started this died: nobody would ever end it."""
    ending = select.poll()
    ending.register(sys.stdin, select.POLLHUP)
    ending.poll()
    os._exit(1)


def main() -> None:
    random.seed()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            threading.Thread(target=_end_with_the_test, daemon=True).start()
            _say(f"pid {os.getpid()}")
            work(Path(line.strip()))
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            _say(f"done {peak}")
            os._exit(0)
        _, status = os.waitpid(child, 0)
        _say(f"ended {status}")


if __name__ == "__main__":
    main()
