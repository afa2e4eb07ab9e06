"""One line of the audit log: what someone did, and how it is written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from storage.clock import ClockFlag, Moment, SureTime
from storage.failures import StorageError, StorageFailure


class Action(StrEnum):
    """What someone did."""

    CREATED = "created"
    UNLOCKED = "unlocked"
    WRONG_TRIES = "wrong_tries"
    SAVED = "saved"
    EDITED = "edited"
    VIEWED = "viewed"
    DESTROYED = "destroyed"
    LABELLED = "labelled"
    OPINION_ADDED = "opinion_added"
    SENT = "sent"
    QUEUED = "queued"
    SENDING_DROPPED = "sending_dropped"
    SYNC_ENROLLED = "sync_enrolled"
    ARCHIVE_SET = "archive_set"
    MERGED = "merged"
    ORIGINAL_REMOVED = "original_removed"
    SETTINGS_CHANGED = "settings_changed"
    OVERRIDDEN = "overridden"
    EXPORTED = "exported"
    PACK_INSTALLED = "pack_installed"
    ROTATION_BEGUN = "rotation_begun"
    ROTATED = "rotated"
    CLOCK_CONFIRMED = "clock_confirmed"
    SITE_KEY_REPLACED = "site_key_replaced"
    BACKED_UP = "backed_up"
    RESTORED = "restored"
    TAIL_LOST = "tail_lost"
    KEYS_PUT_BACK = "keys_put_back"
    USER_ADDED = "user_added"
    USER_REMOVED = "user_removed"
    SECRET_CHANGED = "secret_changed"
    RECOVERY_KEY_CHANGED = "recovery_key_changed"
    FINGERPRINT_SET_UP = "fingerprint_set_up"


#: What the app tells the vault of, because the vault has no part in it.
TOLD_BY_THE_APP = frozenset({Action.EXPORTED, Action.PACK_INSTALLED})


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the log. ``user`` is empty for whoever came with the recovery key.

    ``row`` is the case's id, or the user's for what is done to people; ``row_hash`` (SHA-256,
    hexadecimal) is what the row was left as. ``count`` is the number of wrong tries, or
    which entry's copy was sent or dropped, or up to which entry the log was lost, or the epoch of
    a new site key. ``detail`` is the name of a new user, what was exported or installed, or why
    a case was destroyed. ``key_file`` is the SHA-256 of the key file as it is after the entry.
    ``successor`` tells which key the device signs with afterwards (``storage.log_head``).
    """

    number: int
    action: Action
    user: str
    moment: Moment
    row: str = ""
    row_hash: str = ""
    count: int = 0
    detail: str = ""
    key_file: str = ""
    successor: str = ""


def document(entry: Entry) -> dict[str, Any]:
    """The entry as JSON can hold it, without its number."""
    moment = entry.moment
    return {
        "action": entry.action.value,
        "user": entry.user,
        "known_time": moment.known.isoformat(),
        "device_time": moment.device.isoformat(),
        "clock": moment.flag.value,
        **_sure(moment),
        "row": entry.row,
        "row_hash": entry.row_hash,
        "count": entry.count,
        "detail": entry.detail,
        **{name: text for name, text in _rare(entry).items() if text},
    }


def _sure(moment: Moment) -> dict[str, Any]:
    sure = moment.sure
    return {"sure_time": [sure.time.isoformat(), round(sure.at, 3), sure.boot]} if sure else {}


def _rare(entry: Entry) -> dict[str, str]:
    """What few entries have, and the others do without."""
    return {"key_file": entry.key_file, "successor": entry.successor}


def written(entry: Entry) -> bytes:
    return json.dumps(document(entry), sort_keys=True).encode()


def read(number: int, body: bytes) -> Entry:
    """What was sealed as an entry. Raises StorageError (DATABASE_NEWER): whoever has the key wrote
    it, so what makes no sense here is from an Outpost that knows more."""
    try:
        return _parsed(number, body)
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(StorageFailure.DATABASE_NEWER) from error


def _parsed(number: int, body: bytes) -> Entry:
    told = json.loads(body)
    sure = told.get("sure_time")
    moment = Moment(
        datetime.fromisoformat(told["known_time"]),
        datetime.fromisoformat(told["device_time"]),
        ClockFlag(told["clock"]),
        SureTime(datetime.fromisoformat(sure[0]), sure[1], sure[2]) if sure else None,
    )
    return Entry(
        number=number,
        action=Action(told["action"]),
        user=told["user"],
        moment=moment,
        row=told["row"],
        row_hash=told["row_hash"],
        count=told["count"],
        detail=told.get("detail", ""),
        key_file=told.get("key_file", ""),
        successor=told.get("successor", ""),
    )
