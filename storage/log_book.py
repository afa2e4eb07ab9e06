"""What this device states of the audit log: its signed head, for others to keep and to check."""

from __future__ import annotations

from pathlib import Path

from storage import log_head
from storage.audit import Action
from storage.keyring import DEVICE
from storage.log_export import write_log
from storage.log_head import LogHead, SignedHead
from storage.session import Session


class LogBook:
    """The log of an open vault, as others may see it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def device_id(self) -> str:
        """The id of this device. Raises StorageError."""
        with self._session.reading():
            return self._session.keyring.identity()

    def public_key(self) -> bytes:
        """The Ed25519 key that signs at present."""
        with self._session.reading():
            return log_head.public_key(self._session.keyring.key(DEVICE))

    def signed_head(self) -> SignedHead:
        """How far the log has come, signed."""
        with self._session.reading() as opened:
            number, digest = self._session.audit.head
            last = self._session.audit.last_moment()
            head = LogHead(
                vault=opened.vault_id,
                device=self._session.keyring.identity(),
                number=number,
                hash=digest,
                known_time=last.known if last else self._session.clock.floor(),
            )
            return log_head.sign(self._session.keyring.key(DEVICE), head)

    def still_holds(self, earlier: SignedHead) -> bool:
        """Whether the log goes through an earlier head, signed with a key of its time.

        Raises StorageError (LOG_NOT_GENUINE).
        """
        with self._session.reading() as opened:
            number = earlier.head.number
            # A change of keys is made with the old one and stands under the new one: at its entry
            # a head may be signed with either.
            in_force = {
                log_head.public_key(self._session.keyring.key_at(DEVICE, at))
                for at in (number, number + 1)
            }
            earlier.check(next((key for key in in_force if key == earlier.public_key), b""))
            same = earlier.head.vault == opened.vault_id
            return same and self._session.audit.holds(number, earlier.head.hash)

    def export(self, path: Path) -> SignedHead:
        """Write the log to a file, which tells of that itself. Raises StorageError."""
        with self._session.reading():
            with self._session.changing():
                self._session.note(Action.EXPORTED, detail="audit log")
            head = self.signed_head()
            seed = self._session.keyring.key(DEVICE)
            write_log(path, self._session.audit.links(), head, seed)
            return head
