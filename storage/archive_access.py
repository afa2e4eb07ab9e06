"""How this vault reaches the clinic's image archive, sealed as the sync's enrolment is."""

from __future__ import annotations

import hashlib
from dataclasses import asdict

from core.pacs.access import Access, SignIn
from storage.audit import Action
from storage.failures import StorageError, StorageFailure
from storage.session import Session
from storage.sync_documents import ARCHIVE, SyncDocuments


class ArchiveAccess:
    """The archive of an open vault."""

    def __init__(self, session: Session) -> None:
        self._session, self._documents = session, SyncDocuments(session)

    def keep(self, access: Access) -> None:
        """Keep one that was tried. Raises StorageError (ONLY_SUPERVISORS)."""
        self._put({"access": asdict(access)})

    def forget(self) -> None:
        """Have no archive any more. Raises StorageError (ONLY_SUPERVISORS)."""
        self._put({"access": None})

    def current(self) -> Access | None:
        """None where none is set up. Raises StorageError (ROW_DAMAGED), also for a former one that
        was put back: nothing goes to an archive that this vault has left."""
        with self._session.reading():
            if (document := self._documents.read(ARCHIVE)) is None:
                return None
            version = self._documents.version(ARCHIVE)
            if not self._session.commitments.document_is(ARCHIVE, version):
                raise StorageError(StorageFailure.ROW_DAMAGED)
            try:
                if (told := document["access"]) is None:
                    return None
                return Access(**{**told, "sign_in": SignIn(told["sign_in"])})
            except (ValueError, KeyError, TypeError):
                raise StorageError(StorageFailure.ROW_DAMAGED) from None

    def _put(self, document: dict[str, object]) -> None:
        with self._session.changing():
            self._session.supervisors_only()
            body = self._documents.put(ARCHIVE, document)
            digest = hashlib.sha256(body).hexdigest()
            self._session.note(Action.ARCHIVE_SET, row=ARCHIVE, row_hash=digest)
