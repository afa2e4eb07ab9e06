"""``main.py`` with its event loop watched: how long was it held at a time?

    python -m benchmarks.held serve --vault DIR ...

When it is ended (SIGINT) the last line that it prints is JSON: of every beat, by how many
milliseconds it came late, and for how many of them the loop's own thread was at work. On a busy
machine the first also counts waiting for a processor, which no code of ours can help; the second
does not.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import main
from ui import web_server

BEAT_S = 0.005
_late: list[tuple[float, float]] = []


async def beat() -> None:
    """Ask to be called every few milliseconds, and note how much later it was."""
    while True:
        begun, worked = time.perf_counter(), time.thread_time()
        await asyncio.sleep(BEAT_S)
        late = time.perf_counter() - begun - BEAT_S
        _late.append((late * 1000, (time.thread_time() - worked) * 1000))


def watched(serve: Callable[..., None]) -> Callable[..., None]:
    """``ui.web_server.serve`` with the beat beside it, from the moment when it answers."""

    def serve_watched(
        app: object, host: str, port: int, announce: Callable[[str], None], **more: Any
    ) -> None:
        beating: list[asyncio.Task[None]] = []

        def begin(address: str) -> None:
            beating.append(asyncio.get_running_loop().create_task(beat()))
            announce(address)

        serve(app, host, port, begin, **more)

    return serve_watched


if __name__ == "__main__":
    web_server.serve = watched(web_server.serve)
    status = main.main()
    print(json.dumps(_late))
    sys.exit(status)
