"""A real FHIR R4 server on loopback: sekmet-fhir, as `make demo-cloud` starts it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

_READY_S = 60.0


@contextmanager
def sekmet(folder: Path, port: int = 0) -> Iterator[str]:
    """The address of a server that keeps its data in ``folder``, as long as the ``with`` lasts.
    ``port`` 0 takes a free one. Raises RuntimeError when it does not start."""
    port = port or _free_port()
    address = f"http://127.0.0.1:{port}/fhir"
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "settings.yaml"
    # JSON is YAML. Nothing answers by itself, and nothing is taken that is not valid.
    settings.write_text(
        json.dumps(
            {
                "base_url": address,
                "host": "127.0.0.1",
                "port": port,
                "data_dir": str(folder / "data"),
                "simulator": {"enabled": False},
                "log_inbound": False,
            }
        ),
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "sekmet.cli", "serve", "-c", str(settings)]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(address, server)
            yield address
        finally:
            server.terminate()
            server.wait(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _READY_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(f"{address}/metadata", timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise RuntimeError("sekmet-fhir did not start")
