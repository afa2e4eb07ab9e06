"""``make soak``, its part about sync: 10,000 cases through each kind of bad network, the phone
killed every few seconds. Keeps its section of docs/reliability.md.

python -m benchmarks.sync_soak [--cases N] [--mix NAME ...] [--life SECONDS] [--seed N] [--page]

With ``--mix``, that network alone; the page keeps the other rows as they are.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.page import machine
from tests.storage.cases import enter
from tests.sync.fault_proxy import MIXES, Weather, faulty
from tests.sync.killing import Phone, Survived, compare, endure, phone, steady_lives
from tests.sync.small_server import Wishes, serving
from tests.sync.vaults import copied, enrolled, filled

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reliability.md"
BEGIN, END = "<!-- sync: begin -->", "<!-- sync: end -->"
#: Seconds: about so long a phone lives. The share of requests that go wrong.
LIFE_S, SHARE = 3.0, 0.3

TEXT = """{begin}
## Bad networks, and a phone that dies

Cases wait in a vault. A process sends them through a proxy that spoils {share:.0%} of all
requests (`tests/sync/fault_proxy.py`), and is killed with signal 9 every few seconds
(`tests/sync/killing.py`), the later the longer. Then every case must be on the server exactly once,
the receipts in the vault must be those of what the server holds, nothing may wait or stand in
quarantine, and the check of every seal must find nothing. The server is a small one of ours, in
memory (`tests/sync/small_server.py`): the same, with fewer cases, runs against sekmet and Medplum's
router at every `make test` (`tests/interop/test_sync_servers.py`).

| Network | Cases | Kills | Requests | of them spoilt | Memory of the phone, at most | Faults |
| --- | --- | --- | --- | --- | --- | --- |
{rows}

*Broken lines*: dropped, answer dropped, reset in the middle of either, cut off. *Said twice and
late*: sent twice, sent again late and out of order, delayed, dripping. *Tired servers*: 401, 429,
500, 502, 503, a captive portal's page, answer dropped. Last run on {day}.
{machine}
{end}"""


def main() -> int:
    """Run, print, and write the section when asked to; 1 when anything went wrong."""
    parser = argparse.ArgumentParser(prog="sync_soak", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--page", action="store_true", help="write docs/reliability.md")
    parser.add_argument("--mix", action="append", choices=MIXES, help="this network alone")
    parser.add_argument("--life", type=float, default=LIFE_S, help="seconds of a phone's life")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="outpost-sync-soak-") as name, phone() as ours:
        work, waiting = Path(name), Path(name) / "waiting"
        filled(waiting, options.cases).lock()
        results = []
        for mix in options.mix or MIXES:
            lives = steady_lives(options.life, options.seed)
            results.append(_mix(mix, copied(waiting, work / mix.replace(" ", "-")), ours, lives))
            if options.page:  # What has run stands, whatever becomes of the rest.
                _write(results[-1])
    return 1 if any(each.faults for each in results) else 0


def _mix(mix: str, folder: Path, ours: Phone, lives: Iterator[float]) -> Survived:
    with serving(Wishes()) as server, faulty(server.address, Weather()) as proxy:
        vault = enter(folder)
        enrolled(vault, proxy.address)
        vault.lock()
        weather = Weather(MIXES[mix], share=SHARE)
        result = endure(ours, folder, proxy, weather, lives=lives)
        compare(folder, server.all("DiagnosticReport"), result)
    result.mix = mix
    print(_row(result), flush=True)
    for fault in result.faults[:20]:
        print(f"  {fault}", file=sys.stderr, flush=True)
    return result


def _row(result: Survived) -> str:
    spoilt = result.requests - result.happened.get("none", 0)
    cells = [
        result.mix,
        f"{result.cases:,}",
        f"{result.kills:,}",
        f"{result.requests:,}",
        f"{spoilt:,}",
        f"{result.peak_kb / 1000:.0f} MB",
        f"**{len(result.faults)}**",
    ]
    return f"| {' | '.join(cells)} |"


def _write(result: Survived) -> None:
    """The row of one network; those of the others stay."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    former, _, after = rest.partition(END)
    rows = {mix: row for mix in MIXES for row in former.splitlines() if row.startswith(f"| {mix} ")}
    rows[result.mix] = _row(result)
    section = TEXT.format(
        begin=BEGIN,
        end=END,
        share=SHARE,
        rows="\n".join(rows[mix] for mix in MIXES if mix in rows),
        day=datetime.now(UTC).date(),
        machine=machine(),
    )
    PAGE.write_text(f"{before.rstrip()}\n\n{section}\n{after.lstrip()}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
