"""With which server this vault is enrolled, the device's key for it, and what is known of it."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from core.sync.device_key import DeviceKey
from core.sync.enrolment import Enrolment, from_document
from core.sync.failures import SyncError, SyncFailure
from storage.audit import Action
from storage.failures import StorageError, StorageFailure
from storage.session import Session
from storage.sync_documents import ENROLMENT, SyncDocuments

_KEY, _ENROLMENT, _STATE = "device-key", ENROLMENT, "state"


@dataclass(frozen=True, kw_only=True)
class Enrolled:
    """A server that let this device in once. ``anchor_id`` is the random UUID under which the
    server keeps how far this vault had come."""

    enrolment: Enrolment
    anchor_id: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class SyncState:
    """What is known from earlier syncs with this server.

    ``last_success``: known time of the last pass that left nothing behind. ``confirmed_head``: the
    number of the log's head that the server took last. ``about``: what the server said of itself
    (``core.sync.known``), as JSON can hold it, and ``about_read`` when.
    """

    last_success: datetime | None = None
    confirmed_head: int = 0
    about: dict[str, Any] | None = None
    about_read: datetime | None = None


class SyncEnrolment:
    """The enrolment in an open vault."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._documents = SyncDocuments(session)

    def key(self) -> DeviceKey:
        """The device's key, made at the first call. Raises StorageError (ROW_DAMAGED)."""
        with self._session.reading():
            if (document := self._documents.read(_KEY)) is None:
                made = DeviceKey.new()
                self._documents.keep(_KEY, {"pem": made.pem})
                return made
            return _read_key(document)

    def replace_key(self) -> DeviceKey:
        """Another key: the former one signs in no more. Raises StorageError (ONLY_SUPERVISORS)."""
        with self._session.reading():
            self._session.supervisors_only()
            made = DeviceKey.new()
            self._documents.keep(_KEY, {"pem": made.pem})
            return made

    def enrol(self, enrolment: Enrolment) -> Enrolled:
        """Keep an enrolment that was checked. What was known of the former server is forgotten.

        Raises StorageError (ONLY_SUPERVISORS).
        """
        with self._session.changing():
            self._session.supervisors_only()
            since = self._session.clock.now().known
            made = Enrolled(enrolment=enrolment, anchor_id=str(uuid4()), since=since)
            body = self._documents.put(
                _ENROLMENT,
                {
                    "enrolment": asdict(enrolment),
                    "anchor_id": made.anchor_id,
                    "since": since.isoformat(),
                },
            )
            self._documents.remove(_STATE)
            digest = hashlib.sha256(body).hexdigest()
            self._session.note(Action.SYNC_ENROLLED, row=_ENROLMENT, row_hash=digest)
            return made

    def current(self) -> Enrolled | None:
        """The enrolment; None before the first. Raises StorageError (ROW_DAMAGED), also for a
        former one that was put back: nothing goes to a server that this vault has left."""
        with self._session.reading():
            if (document := self._documents.read(_ENROLMENT)) is None:
                return None
            version = self._documents.version(_ENROLMENT)
            if not self._session.commitments.document_is(_ENROLMENT, version):
                raise StorageError(StorageFailure.ROW_DAMAGED)
            try:
                return Enrolled(
                    enrolment=from_document(document["enrolment"]),
                    anchor_id=str(document["anchor_id"]),
                    since=datetime.fromisoformat(document["since"]),
                )
            except (ValueError, KeyError, TypeError, SyncError):
                raise StorageError(StorageFailure.ROW_DAMAGED) from None

    def required(self) -> Enrolled:
        """The enrolment. Raises SyncError (SYNC_NOT_ENROLLED), StorageError."""
        if (found := self.current()) is None:
            raise SyncError(SyncFailure.SYNC_NOT_ENROLLED)
        return found

    def state(self) -> SyncState:
        """What is known from earlier; nothing where it cannot be read: it is only a memory."""
        try:
            document = self._documents.read(_STATE) or {}
            return SyncState(
                last_success=_time(document.get("last_success")),
                confirmed_head=int(document.get("confirmed_head", 0)),
                about=document.get("about"),
                about_read=_time(document.get("about_read")),
            )
        except (StorageError, ValueError, TypeError) as error:
            if isinstance(error, StorageError) and error.failure is StorageFailure.LOCKED:
                raise
            return SyncState()

    def remember(self, **changes: Any) -> SyncState:
        """Change what is known, and keep it."""
        with self._session.reading():
            state = replace(self.state(), **changes)
            document = {
                "last_success": state.last_success and state.last_success.isoformat(),
                "confirmed_head": state.confirmed_head,
                "about": state.about,
                "about_read": state.about_read and state.about_read.isoformat(),
            }
            self._documents.keep(_STATE, document)
            return state


def _read_key(document: dict[str, Any]) -> DeviceKey:
    try:
        return DeviceKey(document["pem"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise StorageError(StorageFailure.ROW_DAMAGED) from None  # The cause may quote the key.


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
