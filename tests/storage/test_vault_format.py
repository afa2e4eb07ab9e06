"""The page that publishes the formats says what is so."""

from __future__ import annotations

import base64
import io
import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage import backup_file, chunks, documents, keys, log_head, summary
from storage.attempts import Attempts
from storage.audit import Action
from storage.backup_file import Member
from storage.database import create_database
from storage.merging import _NAMESPACE
from storage.sealing import fields
from storage.slots import Device
from storage.stretching import Cost, derive
from tests.storage.cases import case

DEVICE = Device(bytes(range(32)), key_store=True)


@pytest.fixture
def page(repo: Path) -> str:
    return (repo / "docs" / "vault-format.md").read_text(encoding="utf-8")


@pytest.fixture
def published(page: str, tmp_path: Path) -> Path:
    block = re.search(r"```json\n(.*?)```", page, re.S)
    assert block
    path = tmp_path / "keys.json"
    path.write_text(block[1], encoding="utf-8")
    return path


def test_the_published_key_file_opens_to_the_published_key(page: str, published: Path) -> None:
    amina = keys.users(published, DEVICE)[0]
    attempts = Attempts(published.with_name("attempts.json"))
    opened, _ = keys.unlock(published, amina.id, "river lantern seven maize drum", DEVICE, attempts)

    assert amina.name == "Amina"
    assert f"`{opened.vault_key.key.hex()}`" in page


def test_the_published_recovery_key_opens_the_published_file(page: str, published: Path) -> None:
    printed = re.search(r"recovery key is `([0-9A-Z-]+)`", page)
    assert printed

    assert keys.recover(published, printed[1], DEVICE).vault_key.key.hex() in page


def test_every_action_of_the_log_is_published(page: str) -> None:
    row = next(line for line in page.splitlines() if line.startswith("| `action` |"))

    assert re.findall(r"`(\w+)`", row)[1:] == [action.value for action in Action]


def test_the_published_signed_head_is_what_its_seed_signs(page: str) -> None:
    block = re.search(r"```\n(\{.*?\n\})\n```", page, re.S)
    assert block
    published = log_head.parsed(json.loads(block[1]))

    published.check(log_head.public_key(bytes(range(32))))
    assert log_head.sign(bytes(range(32)), published.head) == published


def test_the_published_stream_opens_and_is_what_its_prefix_gives(
    page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = bytes(range(32))
    bound = bytes.fromhex(re.findall(r"associated data \| `([0-9a-f]+)`", page)[1])
    stream = re.search(r"\| stream \| `([0-9a-f]+)`", page)
    assert stream
    published = bytes.fromhex(stream[1])
    monkeypatch.setattr(chunks.os, "urandom", lambda count: bytes(range(count)))

    assert list(chunks.opened_chunks(key, io.BytesIO(published), bound)) == [b"reading"]
    assert b"".join(chunks.sealed_chunks(key, [b"reading"], bound)) == published
    assert bound == fields("outpost original", "3855bfb52511cb40", bytes(range(16)).hex())
    assert f"`{derive(key, 'original file').hex()}`" in page


@pytest.mark.parametrize("opener", ["passphrase", "recovery key"])
def test_the_published_backup_opens_to_the_published_vault_key(
    page: str, tmp_path: Path, opener: str
) -> None:
    block = re.search(r"```base64\n(.*?)```", page, re.S)
    printed = re.search(r"recovery key is `([0-9A-Z-]+)`", page)
    assert block
    assert printed
    secret = printed[1] if opener == "recovery key" else "orchid tunnel copper basket window"
    with io.BytesIO(base64.b64decode(block[1])) as file:
        header, head = backup_file.read_header(file)
        key = backup_file.key_of(header, secret)
        vault_key = backup_file.unpack(file, head, key, tmp_path)

    assert f"`{key.hex()}`" in page
    assert f"`{vault_key.hex()}`" in page
    assert header.vault_id == "3855bfb52511cb40"


def test_the_published_list_of_files_is_how_files_are_packed(page: str) -> None:
    members = [Member("vault-key", 2, [b"\x01\x02"]), Member("vault.db", 3, [b"abc"])]

    assert f"`{b''.join(backup_file._packed(members)).hex()}`" in page
    stretched = backup_file._stretched(
        "orchid tunnel copper basket window", bytes(range(16)), Cost(64, 1)
    )
    assert f"`{stretched.hex()}`" in page


def test_every_table_is_published(page: str, tmp_path: Path) -> None:
    create_database(tmp_path / "vault.db")
    with closing(sqlite3.connect(tmp_path / "vault.db")) as db:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%sqlite%'"
        tables = [row[0] for row in db.execute(query)]

    assert [table for table in tables if f"`{table}" not in page] == []


def test_every_field_of_a_case_and_of_a_summary_is_published(page: str) -> None:
    one = case()
    written = json.loads(documents.written(one))
    line = json.loads(summary.written(one))

    assert [name for name in written["attached"] if f"| `{name}` |" not in page] == []
    assert [name for name in line if f"`{name}`" not in page] == []
    assert str(_NAMESPACE) in page


def test_the_published_succession_is_what_the_former_seed_signs(page: str) -> None:
    former, successor = bytes(range(32)), log_head.public_key(bytes(32))
    named = log_head.succession(former, "3855bfb52511cb40", 7, successor)

    assert named in page
    known = log_head.public_key(former)
    assert log_head.successor_of(known, "3855bfb52511cb40", 7, named) == successor
