"""What follows every unlock: looking whether all is as it was left, and what was cut short."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from storage.attempts import Attempts
from storage.audit import Action
from storage.commitments import key_file_was_put_back
from storage.failures import StorageError
from storage.keys import OpenKeys
from storage.parts import Parts
from storage.renewal import finish_rotation
from storage.session import Session


@dataclass(frozen=True)
class Arrival:
    """What was found: the log without its end, a key file from before its last change."""

    tail_lost: bool
    keys_put_back: bool


def arrive(parts: Parts, attempts: Attempts, wrong_tries: int) -> Arrival:
    """Log the unlock, and end what was cut short."""
    session = parts.session
    with session.changing() as opened:
        found = Arrival(_tell_of_lost_tail(session), _tell_of_old_keys(session, opened))
        session.commitments.expect_settings()
        untold = _tell_of_unlock(session, opened, attempts, wrong_tries)
    if untold:
        attempts.tell()
    # Under the sync key of their time, so before it changes.
    parts.outgoing.absorb_settled(pictures=parts.settings.careful().send_images)
    finish_rotation(session)
    parts.clear_incoming()
    parts.writer.summarise_old()
    parts.originals.sweep()
    with suppress(StorageError):  # Damaged settings or receipts keep nobody out.
        parts.space.expire(parts.settings.current())
    return found


def arrive_beside(parts: Parts, attempts: Attempts, wrong_tries: int) -> None:
    """Log that somebody has come in beside others. What was cut short was ended when the first
    came; what lies about now is work of theirs, and nothing of it is swept."""
    session = parts.session
    with session.reading():
        with session.changing() as opened:
            untold = _tell_of_unlock(session, opened, attempts, wrong_tries)
        if untold:
            attempts.tell()
        finish_rotation(session)


def _tell_of_unlock(
    session: Session, opened: OpenKeys, attempts: Attempts, wrong_tries: int
) -> bool:
    """In the transaction that is open. Whether it tells of tries that no log told of."""
    session.note(
        Action.UNLOCKED,
        row_hash=session.commitments.settings_hash(),
        count=wrong_tries,
        key_file=opened.digest(),
    )
    untold = attempts.untold()
    for user_id, count in untold.items():
        session.note(Action.WRONG_TRIES, row=user_id, count=count)
    return bool(untold)


def _tell_of_lost_tail(session: Session) -> bool:
    seen = session.ground.witness.read()
    lost = seen is not None and not session.audit.holds(*seen)
    if seen and lost:
        session.note(Action.TAIL_LOST, count=seen[0])
    return lost


def _tell_of_old_keys(session: Session, opened: OpenKeys) -> bool:
    put_back = key_file_was_put_back(session.audit.newest_first(), opened.digest())
    if put_back:
        session.note(Action.KEYS_PUT_BACK)
    return put_back
