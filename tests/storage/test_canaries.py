"""A canary in every field, and every byte on disk looked through: open, closed and killed.

Whatever a person may have typed, chosen or photographed, and whatever a server may have said, is
planted in every table of a vault that a process of its own keeps open; everything which that
process may write to is one folder.
"""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path

import pytest

from storage.settings import Settings
from tests.storage.cases import CANARY, WORDS, case, enter, plain

PIN, PASSPHRASE = "27491583", "orchid zzcanary tunnel copper basket window"

PLANTER = """
import logging, sys, tempfile, warnings
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

root = Path(sys.argv[1])
tempfile.tempdir = str(root / "tmp")
logging.basicConfig(filename=root / "home" / "outpost.log", level=logging.DEBUG)
logging.captureWarnings(True)

from core.errors import OutpostError
from core.sync.enrolment import Enrolment
from core.sync.tasks import Ask, AskReason
from storage.backup import Contents, write_backup
from storage.history import Filter
from storage.key_file import Role
from storage.opinions import GivenOpinion
from storage.outgoing import Receipt, sealed_receipt
from storage.second_opinions import KeptAnswer, SecondOpinions
from storage.sync_enrolment import SyncEnrolment
from storage.sync_outbox import SyncOutbox
from storage.sync_quarantine import Quarantine
from storage.vault import Opinion
from storage.settings import Settings
from tests.storage.cases import CANARY, CHEAP, WORDS, case, enter, make

PIN, PASSPHRASE = sys.argv[2:4]
make(root / "vault")
vault = enter(root / "vault")
texts = {
    "clinic_name": f"{CANARY} clinic",
    "device_name": f"{CANARY} device",
    "packs_address": f"https://{CANARY}.test/",
}
vault.change_settings(
    Settings(keep_codes=True, keep_originals=True, export_images=True, language=CANARY, **texts)
)
picture = b"\\xff\\xd8\\xff" + CANARY.encode() * 300
original = Path(sys.argv[4])
for _ in range(2):
    vault.save(case())
one = vault.save(
    replace(case(), code=f"{CANARY}-123", pseudonym=None), review_copy=picture, originals=[original]
)
joseph = vault.add_user(f"{CANARY} Joseph", Role.CLINICIAN, PIN, CHEAP)
vault.save(replace(one, note=f"{CANARY} edited", right_label=f"{CANARY} other"))
receipt = Receipt(
    server=f"https://{CANARY}", resource=CANARY, version=CANARY, received_at=datetime.now(UTC)
)
opinion = GivenOpinion(
    opinion=Opinion.DISAGREES,
    right_label=f"{CANARY} label",
    first_impression=f"{CANARY} impression",
    blinded=True,
    note=f"{CANARY} opinion",
    given_by=f"Practitioner/{CANARY}",
    name=f"{CANARY} Chi",
    origin=f"{CANARY}/_history/1",
)
vault.add_opinion(one.id, opinion)
vault.drafts.begin([[picture, original]])
vault.drafts.note({f"{CANARY} key": f"{CANARY} note"})
session, outbox = vault.parts.session, SyncOutbox(vault.parts)
SyncEnrolment(session).enrol(
    Enrolment(endpoint=f"https://{CANARY}.test/fhir", client_id=CANARY, token=f"{CANARY} token")
)
SyncEnrolment(session).key()
SyncEnrolment(session).remember(about={CANARY: f"{CANARY} server"})
at, reason = datetime.now(UTC), AskReason.ASK_UNCERTAIN
ask = Ask(
    case_id=one.id, report_id=CANARY, at=at, reason=reason, asked_by=CANARY, pseudonym=CANARY
)
SecondOpinions(session).ask(ask)
SecondOpinions(session).keep_answer(KeptAnswer(CANARY, f"Task/{CANARY}", at, ({CANARY: CANARY},)))
outbox.settle({vault.outbox()[0][0]: receipt}, pictures=True)
Quarantine(session).put(vault.outbox()[0][0], 422, f"{CANARY} words of the server")
with session.changing():  # As a receipt that came while the vault was locked.
    last = "SELECT number, case_id FROM outbox ORDER BY number DESC"
    number, case_id = session.db.execute(last).fetchone()
    body = sealed_receipt(session.keyring, "settled", case_id, number, receipt)
    session.db.execute("INSERT INTO settled VALUES (?, ?, ?)", [number, case_id, body])
names = "SELECT name FROM sqlite_master WHERE type = 'table'"
tables = [row[0] for row in session.db.execute(names)]
empty = [name for name in tables if not session.db.execute(f"SELECT 1 FROM {name}").fetchone()]
assert not empty, f"no canary was planted in {empty}"
vault.prepare_history()
assert vault.history(Filter(text=f"{CANARY}-1")).lines
write_backup(
    vault,
    root / "backup",
    passphrase=PASSPHRASE,
    cost=CHEAP,
    contents=Contents.CASES_AND_ORIGINALS,
)
attempts = [
    lambda: vault.save(replace(case(), code=" "), review_copy=picture),
    lambda: vault.save(case(), review_copy=picture * 1000),
    lambda: vault.save(case(), originals=[original.with_name(f"{CANARY} gone.dcm")]),
    lambda: vault.case(CANARY),
    lambda: vault.change_secret(f"{CANARY} wrong", WORDS, CHEAP),
    lambda: vault.add_user(f"{CANARY} Joseph", Role.CLINICIAN, PIN, CHEAP),
    lambda: vault.change_settings(Settings(clinic_name=CANARY * 100)),
    lambda: enter(root / "vault", f"{CANARY} five other words here"),
]
refused = 0
for attempt in attempts:
    try:
        attempt()
    except (OutpostError, ValueError):
        logging.exception("an attempt")
        refused += 1
warnings.warn("planted")
print(refused, flush=True)
if sys.stdin.readline():
    vault.lock()
"""


def spellings(text: str) -> Iterator[bytes]:
    """A text as it may stand in a file: plainly, in UTF-16, in base 64, in hexadecimal."""
    for plain_bytes in (text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be")):
        yield plain_bytes
        yield plain_bytes.hex().encode()
        yield plain_bytes.hex().upper().encode()
        for shift in range(3):
            inside = base64.b64encode(bytes(shift) + plain_bytes)[4:-4]
            if len(inside) >= 8:  # Fewer letters come up by chance.
                yield inside


def found(root: Path, *texts: str) -> list[tuple[str, str]]:
    """Every file that holds one of the texts, in its bytes or in its name."""
    hits = []
    for path in sorted(root.rglob("*")):
        content = path.name.encode() + (path.read_bytes() if path.is_file() else b"")
        low = content.lower()
        hits += [
            (path.name, text)
            for text in texts
            if any(one in content for one in spellings(text)) or text.lower().encode() in low
        ]
    return hits


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Everything that the planter may write to."""
    root = tmp_path / "root"
    for name in ("tmp", "home", "work"):
        (root / name).mkdir(parents=True)
    return root


@pytest.fixture
def planter(root: Path, repo: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    original = tmp_path / f"{CANARY} scan.dcm"
    original.write_bytes(CANARY.encode() * 10_000)
    environment = {
        **os.environ,
        "HOME": str(root / "home"),
        "TMPDIR": str(root / "tmp"),
        "SQLITE_TMPDIR": str(root / "tmp"),
        "PYTHONPATH": str(repo),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-c", PLANTER, str(root), PIN, PASSPHRASE, str(original)]
    with subprocess.Popen(
        command,
        cwd=root / "work",
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=(root / "home" / "stderr").open("w"),
        text=True,
    ) as process:
        assert process.stdout
        told = process.stdout.readline()
        assert told == "8\n", (root / "home" / "stderr").read_text()
        yield process
        process.kill()


TEXTS = (CANARY, WORDS, PIN, PASSPHRASE, "Amina", "uncertain", "disagrees")


def test_nothing_planted_is_in_any_byte_while_the_vault_is_open_and_after_it_is_closed(
    planter: subprocess.Popen[str], root: Path
) -> None:
    while_open = found(root, *TEXTS)
    names = {path.name for path in root.rglob("*")}
    planter.communicate("\n")

    assert {"vault.db", "vault.db-wal", "log-head", "backup", "originals", "outpost.log"} <= names
    assert "an attempt" in (root / "home" / "outpost.log").read_text()
    assert while_open == []
    assert planter.returncode == 0
    assert found(root, *TEXTS) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9")
def test_nothing_planted_is_in_any_byte_after_a_kill_and_the_case_is_still_there(
    planter: subprocess.Popen[str], root: Path
) -> None:
    planter.send_signal(signal.SIGKILL)
    planter.wait()

    assert found(root, *TEXTS) == []
    vault = enter(root / "vault")
    assert vault.cases().cases[0].code == f"{CANARY}-123"
    assert not vault.verify()
    vault.lock()
    assert found(root, *TEXTS) == []


def test_the_search_would_find_them(root: Path) -> None:
    for number, spelled in enumerate(spellings(CANARY)):
        (root / "tmp" / str(number)).write_bytes(b"\x00..." + spelled + b"\xff")
    (root / "tmp" / CANARY).mkdir()

    assert len(found(root, CANARY)) == number + 2


def strings(value: object) -> Iterator[str]:
    if isinstance(value, Enum):
        return
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            if field.name not in ("id", "version", "status") or not isinstance(value.id, str):
                yield from strings(getattr(value, field.name))
    elif isinstance(value, dict):
        yield from (str(key) for key in value)
    elif isinstance(value, tuple):
        for one in value:
            yield from strings(one)


def test_every_field_that_holds_text_has_its_canary() -> None:
    one = case()
    without = [text for text in strings(one) if CANARY not in text]
    empty = [field.name for field in fields(one) if getattr(one, field.name) in (None, "")]

    assert without == []
    assert empty == ["code", "version"], "and a version is a number"
    typed = [field.name for field in fields(Settings) if isinstance(field.default, str)]
    assert typed == ["clinic_name", "device_name", "language", "packs_address"]
    assert plain(one)
