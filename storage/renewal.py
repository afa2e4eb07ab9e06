"""New audit, sync and device keys, once someone may have had the old ones.

A person who was removed may have copied the vault's folder, and with it every key below the vault
key. What is written from now on must not be open to them, nor theirs to forge: the log goes on
under a new key, what waits to be sent is sealed anew, and the device signs with another key, which
the log names in its last entry under the old ones. The site key stays: see docs/security.md.
"""

from __future__ import annotations

from storage import log_head
from storage.audit import Action
from storage.failures import StorageError
from storage.keyring import DEVICE
from storage.rows import opened_under_sync, sealed_under_sync
from storage.sealing import new_key
from storage.session import Session

#: Tables sealed under the sync key that are not hashed in the log, with the columns of their
#: number and of what they belong to. Receipts are: they stay under the key of their time.
_RESEALED = (
    ("outbox", "number", "case_id"),
    ("quarantine", "number", "case_id"),
    ("settled", "number", "case_id"),
    ("sync_documents", "version", "name"),
)


def finish_rotation(session: Session) -> None:
    """Wrap by the new vault key what the one before wraps, and go on under new keys. Does nothing
    when no rotation was begun; cut short anywhere, it can be called again."""
    with session.reading() as opened:
        if opened.previous is None:
            return
        with session.changing():
            key_file = opened.digest_after_rotation()
            if session.keyring.rewrap():
                _renew(session, key_file)
            else:  # The process died after this, and before the key file said so.
                session.note(Action.ROTATED, key_file=key_file)
        session.forget_the_log()
        opened.end_rotation()


def _renew(session: Session, key_file: str) -> None:
    """The device stays the same one: its old key names the new one."""
    seed, number = new_key(), session.audit.next_number()
    try:
        former = session.keyring.key(DEVICE)
        named = log_head.succession(former, session.vault_id, number, log_head.public_key(seed))
    except StorageError:  # Damaged: the new one is nobody's successor.
        named = log_head.public_key(seed).hex()
    session.note(Action.ROTATED, key_file=key_file, successor=named)
    _replace(session, number, seed)


def become_another_device(session: Session, *, key_file: str) -> None:
    """What was restored is another device, in the transaction that is open, and the log says of
    which: two vaults that go on from one backup are never taken for one another. What the other
    device is to a server stays its own: this one has to be enrolled."""
    seed, number, former = new_key(), session.audit.next_number(), session.keyring.identity()
    session.note(
        Action.RESTORED,
        row=former,
        key_file=key_file,
        successor=log_head.public_key(seed).hex(),
    )
    _replace(session, number, seed)
    session.keyring.change_identity()
    session.db.execute("DELETE FROM sync_documents")


def _replace(session: Session, number: int, seed: bytes) -> None:
    plain = [(place, _opened(session, *place)) for place in _places(session)]
    session.keyring.renew(number, seed)
    for (table, columns, row), content in plain:
        if content is not None:
            body = sealed_under_sync(session.keyring, table, row[1], row[0], content)
            change = f"UPDATE {table} SET body = ? WHERE {columns[0]} = ? AND {columns[1]} = ?"
            session.db.execute(change, [body, row[0], row[1]])


_Place = tuple[str, tuple[str, str], tuple[int, str, bytes]]


def _places(session: Session) -> list[_Place]:
    return [
        (table, (number, owner), (row[0], row[1], row[2]))
        for table, number, owner in _RESEALED
        for row in session.db.execute(f"SELECT {number}, {owner}, body FROM {table}").fetchall()
    ]


def _opened(
    session: Session, table: str, _: tuple[str, str], row: tuple[int, str, bytes]
) -> bytes | None:
    """What is in a row; None where it is damaged, and stays so."""
    try:
        return opened_under_sync(session.keyring, table, row)
    except StorageError:
        return None
