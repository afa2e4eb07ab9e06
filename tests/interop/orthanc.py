"""A real Orthanc with its DICOMweb plug-in, in a network of its own, by its own process id.

Orthanc 1.10 listens on every interface, so it runs in a network namespace that nothing else can
reach; a test enters that network in a thread of its own.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

USER, PASSWORD, PORT = "clinic", "correct horse", 8042
_PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
_CLONE_NEWNET = 0x40000000
T = TypeVar("T")


@dataclass(frozen=True)
class Orthanc:
    """A running archive: where it answers inside its network, and the process to enter it by."""

    address: str
    process: int

    def inside(self, call: Callable[[], T]) -> T:
        """What ``call`` returns or raises, run in the archive's network."""
        told: list[T] = []
        failed: list[BaseException] = []

        def run() -> None:
            try:
                _enter(self.process)
                told.append(call())
            except BaseException as error:  # noqa: BLE001 (handed to the test)
                failed.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        if failed:
            raise failed[0]
        return told[0]

    def command(self, *arguments: str) -> list[str]:
        """A command line that runs in the archive's network."""
        return ["nsenter", f"--net=/proc/{self.process}/ns/net", *arguments]


def _enter(process: int) -> None:
    """Move this thread alone into the network of a process (setns(2))."""
    library = ctypes.CDLL(None, use_errno=True)
    with open(f"/proc/{process}/ns/net") as namespace:  # noqa: PTH123 (a file descriptor)
        if library.setns(namespace.fileno(), _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")


def _lacking() -> str | None:
    """Why no Orthanc can run here."""
    for program in ("Orthanc", "unshare", "ip", "nsenter"):
        if shutil.which(program) is None:
            return f"{program} is not installed: apt install orthanc orthanc-dicomweb iproute2"
    if not _PLUGIN.is_file():
        return "Orthanc's DICOMweb plug-in is not installed: apt install orthanc-dicomweb"
    if os.geteuid() != 0:
        return "only root may make a network namespace"
    if subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode:
        return "network namespaces are not allowed here"
    return None


def running(folder: Path) -> Iterator[Orthanc]:
    """An empty Orthanc for as long as the generator lives; skips the test where none can run."""
    if lacking := _lacking():
        pytest.skip(lacking)
    settings = {
        "Name": "outpost-test",
        "StorageDirectory": str(folder / "store"),
        "IndexDirectory": str(folder / "store"),
        "HttpPort": PORT,
        "DicomServerEnabled": False,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": True,
        "RegisteredUsers": {USER: PASSWORD},
        "Plugins": [str(_PLUGIN)],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    script = f"ip link set lo up; exec Orthanc {folder / 'orthanc.json'}"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(["unshare", "-n", "sh", "-c", script], stdout=log, stderr=log)
    try:
        archive = Orthanc(f"http://127.0.0.1:{PORT}/dicom-web", process.pid)
        _wait(archive, process)
        yield archive
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(archive: Orthanc, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert process.poll() is None, "Orthanc ended at its start"
        try:
            archive.inside(lambda: socket.create_connection(("127.0.0.1", PORT), 1).close())
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("Orthanc did not answer within 20 seconds")
