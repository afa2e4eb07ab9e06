"""How fast and how thrifty delivery is: cases a second, bytes a case, and a day's cases over 2G.

    python -m benchmarks.sync            # prints a table in Markdown
    python -m benchmarks.sync --write    # and puts it into docs/sync.md

The server only answers, in a process of its own: what is measured is the phone's part. The 2G
link is simulated below TLS: 40 kbit/s each way, 800 ms there and back, and 5 of 100 packets lost
and sent again after a second.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.page import machine
from core.sync.enrolment import Enrolment
from core.sync.wire import Wire
from tests.storage.cases import enter
from tests.sync.certificates import Authority
from tests.sync.vaults import filled
from ui.sync_pass import SyncPass, enrol

PAGE = Path(__file__).resolve().parents[1] / "docs" / "sync.md"
BEGIN, END = "<!-- benchmark: begin -->", "<!-- benchmark: end -->"
CASES, DAY = 2_000, 200
BITS_A_S, ROUND_TRIP_S, LOSS, RESEND_S, PACKET = 40_000, 0.8, 0.05, 1.0, 1400


@contextmanager
def answering(folder: Path, authority: Authority) -> Iterator[int]:
    """A server over TLS in a process of its own. Its port."""
    pair = authority.pair()
    (folder / "server.pem").write_text(pair.certificate + pair.key)
    command = [sys.executable, "-m", "benchmarks.sync_server", str(folder / "server.pem")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


class SlowLink:
    """Carries bytes as a 2G network does, without knowing what they are."""

    def __init__(self, port: int) -> None:
        self._to, self.port = port, 0
        self._draw = random.Random(7)
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> SlowLink:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._client, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        async with server:
            await self._stop.wait()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(ROUND_TRIP_S)  # The handshake of TCP.
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        with suppress(OSError):
            await asyncio.gather(self._carry(reader, back), self._carry(there, writer))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One direction: packets leave one after the other and arrive half a round trip later."""
        loop = asyncio.get_running_loop()
        free = loop.time()
        on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def arrive() -> None:
            while True:
                at, packet = await on_the_way.get()
                await asyncio.sleep(max(0.0, at - loop.time()))
                if not packet:
                    writer.close()
                    return
                writer.write(packet)

        arriving = asyncio.ensure_future(arrive())
        while packet := await reader.read(PACKET):
            free = max(free, loop.time()) + len(packet) * 8 / BITS_A_S
            while self._draw.random() < LOSS:
                free += RESEND_S + len(packet) * 8 / BITS_A_S
            await asyncio.sleep(max(0.0, free - loop.time()))
            on_the_way.put_nowait((free + ROUND_TRIP_S / 2, packet))
        on_the_way.put_nowait((free, b""))
        await arriving


@dataclass
class Measured:
    cases: int
    seconds: float
    sent: int
    received: int
    processor_s: float

    def row(self, name: str, goal: str) -> str:
        processor = self.processor_s / self.cases * 1000
        each, there, back = (
            self.cases / self.seconds,
            self.sent / self.cases,
            self.received / self.cases,
        )
        return (
            f"| {name} | {self.cases:,} | {self.seconds:.0f} s | {each:.0f} | {processor:.1f} ms | "
            f"{there:.0f} + {back:.0f} bytes | {goal} |"
        )


def measure(folder: Path, cases: int, port: int, authority: Authority) -> Measured:
    """One pass over a vault of so many cases."""
    filled(folder, cases).lock()
    vault = enter(folder)
    wires: list[Wire] = []

    def wire(enrolment: Enrolment) -> Wire:
        wires.append(Wire(enrolment.trust))
        return wires[-1]

    endpoint = f"https://localhost:{port}/fhir"
    enrol(vault, Enrolment(endpoint=endpoint, authority=authority.certificate), wire)
    sync = SyncPass(vault, lambda reading: None, _pause, wire)
    started, busy = time.perf_counter(), time.process_time()
    last = list(sync.run())[-1]
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    if last.sent != cases:
        raise SystemExit(f"only {last.sent} of {cases} were sent: {last.failure}")
    vault.lock()
    traffic = wires[-1].traffic
    return Measured(cases, seconds, traffic.sent, traffic.received, busy)


def _pause(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def main() -> None:
    """Measure, print, and with ``--write`` keep the table in the documentation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="update docs/sync.md")
    write = parser.parse_args().write
    authority = Authority()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with answering(folder, authority) as port:
            fast = measure(folder / "fast", CASES, port, authority)
            with SlowLink(port) as link:
                slow = measure(folder / "slow", DAY, link.port, authority)
    lines = [
        "| network | cases | in | cases a second | processor | a case, there and back | goal |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        fast.row("this machine", "150 cases a second, 3,000 bytes"),
        slow.row("2G, simulated", "300 s"),
        "",
        f"Bytes are those of HTTP; TLS adds about 30 to a record. {machine()}",
    ]
    text = "\n".join(lines)
    print(text)
    if write:
        page = PAGE.read_text(encoding="utf-8")
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
