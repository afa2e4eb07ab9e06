"""``python -m tests.demo_cloud [PORT]``: a clinic's server on this machine, until Ctrl+C.

What it is for, and how to try sync and second opinions on it, stands in docs/servers.md.
"""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

from core.sync.enrolment import Enrolment, code_of
from tests.demo_cloud.samples import load
from tests.interop.sekmet import sekmet

PORT = 8090
FOLDER = Path(__file__).resolve().parents[2] / ".demo-cloud"
_GREETING = """
A FHIR R4 server (sekmet-fhir) answers at {address}
for this machine alone. It lets anyone in and is for trying things out, never for patients.
{samples}
To enrol Outpost with it, paste this code under Sync:

{code}

Then open More, Reviews. Its data lies in {folder}; delete that folder to begin anew.
Ctrl+C stops it.
"""


def main(arguments: list[str]) -> int:
    """Serve until stopped; the samples are sent once."""
    port = int(arguments[0]) if arguments else PORT
    stop = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stop.set())
    loaded = FOLDER / "samples-loaded"
    try:
        with sekmet(FOLDER, port=port) as address:
            samples = "Its sample cases are there from an earlier start."
            if not loaded.exists():
                count = len(load(address))
                loaded.touch()
                samples = f"It holds {count} sample cases, each with an open question."
            code = code_of(Enrolment(endpoint=address))
            shown = _GREETING.format(
                address=address, samples=samples, code=code, folder=FOLDER.name
            )
            sys.stdout.write(shown)
            sys.stdout.flush()
            stop.wait()
    except RuntimeError:
        sys.stderr.write(
            f"The server did not start. Is port {port} in use? Name another: "
            f'make demo-cloud ARGS="8091". What it said is in {FOLDER.name}/server.log.\n'
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
