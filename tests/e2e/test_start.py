"""Starting the app where it cannot open a window."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from tests.e2e.conftest import environment, free_port


def test_without_a_display_the_address_is_printed(repo: Path, models: Path, tmp_path: Path) -> None:
    port = free_port()
    variables = environment(models, port, tmp_path / "vault")
    for name in ("FLET_FORCE_WEB_SERVER", "DISPLAY", "WAYLAND_DISPLAY"):
        variables.pop(name, None)
    process = subprocess.Popen(
        [sys.executable, "-c", "from ui.app import open_app; open_app()"],
        cwd=repo,
        env=variables,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        said = [process.stdout.readline(), process.stdout.readline()]
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    finally:
        process.terminate()
        process.wait(timeout=20)

    assert said[1].startswith(f"Outpost is at http://127.0.0.1:{port} ")


def test_a_port_that_is_taken_is_said_in_one_sentence(
    repo: Path, models: Path, tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-c", "from ui.app import open_app; open_app()"],
            cwd=repo,
            env={**os.environ, **environment(models, port, tmp_path / "vault")},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert done.returncode != 0
    assert f"Port {port} on 127.0.0.1 cannot be used." in done.stderr
    assert "Traceback" not in done.stderr
