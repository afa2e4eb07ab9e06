"""A real FHIR R4 server on loopback, by its own process id: sekmet-fhir, with devices signing in by
their keys or with no sign-in at all."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from core.sync.discovery import Json

_READY_S = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def sekmet(folder: Path, clients: Mapping[str, Json] | None = None, port: int = 0) -> Iterator[str]:
    """The address of a server that keeps its data in ``folder``, as long as the ``with`` lasts.

    ``clients``: public JWKs by client id, which alone may then sign in; None lets everyone in.
    ``port`` 0 takes a free one. Raises RuntimeError when it does not start.
    """
    port = port or free_port()
    address = f"http://127.0.0.1:{port}/fhir"
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "settings.yaml"
    # JSON is YAML. Nothing answers by itself, and nothing is taken that is not valid.
    settings.write_text(json.dumps(_settings(folder, address, port, clients)), encoding="utf-8")
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
            server.wait(20)


def _settings(
    folder: Path, address: str, port: int, clients: Mapping[str, Json] | None
) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "base_url": address,
        "host": "127.0.0.1",
        "port": port,
        "data_dir": str(folder / "data"),
        "simulator": {"enabled": False},
        "log_inbound": False,
    }
    if clients is not None:
        known = [
            {"client_id": name, "jwks": {"keys": [key]}, "scopes": "system/*.cruds"}
            for name, key in clients.items()
        ]
        settings["server_auth"] = {"types": ["smart"], "smart_clients": known}
    return settings


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    """Its statement needs no sign-in."""
    deadline = time.monotonic() + _READY_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(f"{address}/metadata", timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise RuntimeError("sekmet-fhir did not start")
