"""A real sekmet on loopback, by its own process id, with devices signing in by their keys."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.sync.discovery import Json


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def sekmet(folder: Path, clients: Mapping[str, Json]) -> Iterator[str]:
    """Its address. ``clients``: public JWKs by client id. Skips where it is not installed."""
    program = shutil.which("sekmet", path=sysconfig.get_path("scripts"))
    if program is None:
        pytest.skip("sekmet is not installed: pip install sekmet-fhir==0.1.1")
    port = free_port()
    known = [
        {"client_id": name, "jwks": {"keys": [key]}, "scopes": "system/*.cruds"}
        for name, key in clients.items()
    ]
    settings = {
        "base_url": f"http://localhost:{port}/fhir",
        "host": "127.0.0.1",
        "port": port,
        "data_dir": str(folder / "data"),
        "log_inbound": False,
        "simulator": {"enabled": False},
        "server_auth": {"types": ["smart"], "smart_clients": known},
    }
    # JSON is YAML.
    (folder / "settings.yaml").write_text(json.dumps(settings), encoding="utf-8")
    command = [program, "serve", "-c", str(folder / "settings.yaml"), "--host", "127.0.0.1"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        wait_for(port, process)
        yield str(settings["base_url"])
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "the server ended at its start"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server did not answer within a minute")
