"""Sync in the real app: enrolled by a pasted code, sent by itself, refused in words."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.sync.enrolment import Enrolment, code_of
from storage import device_file, device_secret, door
from tests.e2e.conftest import (
    AMINA,
    PHONE,
    all_text,
    arrive,
    go,
    make_vault,
    put,
    sees,
    served,
    tap,
    unlock,
)
from tests.sync.small_server import Wishes, serving
from tests.sync.vaults import CODE, fresh


def test_a_device_is_enrolled_and_what_the_server_refuses_is_said(
    repo: Path, models: Path, tmp_path: Path, browser: Any
) -> None:
    folder = tmp_path / "vault"
    make_vault(folder)
    _save(folder, 2)
    log = tmp_path / "log.txt"
    with serving(Wishes(poison=_bad)) as server, served(repo, models, log, folder) as at:
        page = arrive(browser, at, PHONE, "light")
        unlock(page, AMINA)
        sees(page, "Choose image")
        go(page, "More")
        page.get_by_role("button", name=re.compile("^Sync")).first.click()
        sees(page, "not enrolled with a server")
        put(page, "Enrolment code", code_of(Enrolment(endpoint=server.address)))
        tap(page, "Try the code and keep it")
        sees(page, "The server let this device in")
        sees(page, "No result waits to be sent")
        sees(page, "no such finding here")
        assert server.count("DiagnosticReport") == 1
        go(page, "Read")
        sees(page, "The server refused 1 result.")
        assert CODE not in all_text(page)
        page.context.close()


def _bad(resource: dict[str, Any]) -> str:
    said = resource["resourceType"] == "Observation" and "second-case" in str(resource)
    return "no such finding here" if said else ""


def _save(folder: Path, count: int) -> None:
    """Cases that wait; the second one is what the server will not have."""
    entrance = door.Door(folder, device_file.read_device(device_secret.secret_file(folder)))
    vault = entrance.unlock(entrance.users()[0].id, AMINA[1])
    for number in range(count):
        case = fresh(number)
        if number:
            named = {"second-case": 0.9, "other": 0.1}
            reading = replace(case.reading, probabilities=named, finding="second-case", frames=())
            case = replace(case, reading=reading)
        vault.save(case)
    vault.lock()
