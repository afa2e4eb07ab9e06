"""The open vault: what may be done with cases, people and the log after signing in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.sentences import Statement
from storage.arrival import Arrival, arrive, arrive_beside
from storage.attempts import Attempts
from storage.audit import TOLD_BY_THE_APP, Action, Entry
from storage.clock import Moment
from storage.failures import StorageError, StorageFailure
from storage.history import Filter, HistoryPage
from storage.key_file import Role, Slot
from storage.keyring import SYNC
from storage.keys import OpenKeys, User
from storage.log_book import LogBook
from storage.log_head import SignedHead
from storage.notices import notices
from storage.opinions import GivenOpinion
from storage.outgoing import Receipt
from storage.parts import Parts
from storage.people import People
from storage.pseudonym import pseudonym
from storage.session import Session
from storage.settings import Settings
from storage.slots import VaultKey
from storage.stretching import Cost
from storage.vault import Case, Page
from storage.verification import Fault, faults


@dataclass(frozen=True)
class Copied:
    """What opens a copy, whatever becomes of the vault's own keys meanwhile: once they have been
    changed, ``vault_key`` raises LOCKED, as it does after locking."""

    vault_id: str
    recovery_slot: Slot
    vault_key: VaultKey


class OpenVault:
    """A vault after signing in at its ``storage.door.Door``. Keeps ``storage.vault.Vault``."""

    def __init__(
        self, session: Session, attempts: Attempts, beside: OpenVault | None = None
    ) -> None:
        """``beside``: the same vault as somebody else has it who is in already."""
        self._session = session
        self._attempts = attempts
        nothing = Arrival(tail_lost=False, keys_put_back=False)
        self._arrival: Arrival = beside._arrival if beside else nothing
        self._log_book = LogBook(self._session)
        self._people = People(self._session, attempts)
        self.parts: Parts = Parts(self._session, beside.parts.remembered if beside else None)
        self._settings, self._history = self.parts.settings, self.parts.history
        self._outgoing, self._originals = self.parts.outgoing, self.parts.originals
        self._space, self._cases = self.parts.space, self.parts.cases
        self.drafts = self.parts.drafts

    @property
    def folder(self) -> Path:
        """Where the vault stands."""
        return self._session.folder

    @property
    def put_out(self) -> list[Callable[[], None]]:
        """Told when this person was removed, or their secret changed: they are out. Called in any
        thread, and they raise nothing."""
        return self._session.put_out

    @property
    def settings_changed(self) -> list[Callable[[Settings], None]]:
        """Told of settings that somebody else who is in has changed. Called in any thread, and they
        raise nothing."""
        return self._session.settings_changed

    @property
    def is_locked(self) -> bool:
        """Whether this person has left, or was put out."""
        return self._session.is_closed

    @property
    def was_put_out(self) -> bool:
        """Whether this person was removed, or their secret changed, while they were in: nothing
        that they began is ended, and nothing is handed to them."""
        return self._session.was_put_out

    def is_anyone_beside(self) -> bool:
        """Whether somebody else is in, too."""
        return bool(self._session.ground.others(self._session))

    # Cases

    def save(
        self, case: Case, *, review_copy: bytes | None = None, originals: Sequence[Path] = ()
    ) -> Case:
        """Seal the case with all that hangs on it, its entry and its copy in one transaction.

        Returns it as it was kept: with its pseudonym, and with who saved and labelled it. Raises
        StorageError (CASE_CHANGED among others), and ValueError for a code without letters or too
        large a ``review_copy``.
        """
        return self._cases.save(case, review_copy, originals)

    def case(self, case_id: str) -> Case:
        """The case of this id. Raises StorageError (NO_SUCH_CASE, ROW_DAMAGED)."""
        return self._cases.open(case_id)

    def cases(self, *, limit: int = 50, before: int | None = None) -> Page:
        """The cases first saved last, at most ``limit``."""
        return self._cases.page(limit, before)

    def history(
        self, wanted: Filter | None = None, *, limit: int = 50, before: int | None = None
    ) -> HistoryPage:
        """Lines of the list, the newest first. The first filter after signing in takes longest."""
        return self._history.page(wanted or Filter(), limit, before)

    def prepare_history(self) -> None:
        """Make the first filter and the first case fast. For a background thread: it lets others
        in between."""
        self._history.load()
        self._session.commitments.load(self._session.reading)

    def review_copy(self, case_id: str) -> bytes | None:
        """The picture kept with a case; None when there is none. Raises StorageError."""
        return self._cases.review_copy(case_id)

    def checked_picture(self, case_id: str) -> bytes | None:
        """The same, where a person has looked at it for writing that names somebody; else None.

        What leaves the device is made of this one. Raises StorageError.
        """
        return self._cases.checked_picture(case_id)

    def export_originals(self, case_id: str, folder: Path) -> list[Path]:
        """Write a case's original files into a folder, in clear. Raises StorageError.

        The log tells of it. They hold whatever the camera or the scanner wrote into them.
        """
        return self._cases.export_originals(case_id, folder)

    def add_opinion(self, case_id: str, opinion: GivenOpinion) -> GivenOpinion:
        """Add a second opinion beside the clinician's own label. Returns it as it is kept.

        One whose ``origin`` is kept already is not added again. Raises StorageError
        (NO_SUCH_CASE, ROW_DAMAGED), and ValueError when it replaces no second opinion on the case.
        """
        return self.parts.opinions.add(case_id, opinion)

    def opinions(self, case_id: str) -> list[GivenOpinion]:
        """Everything said of a case, the oldest first: every label it had, and second opinions.

        ``storage.opinions.in_force`` leaves out what was replaced. Raises StorageError.
        """
        return self.parts.opinions.of(case_id)

    def destroy(self, case_id: str, reason: str = "") -> None:
        """Destroy the case's keys with its rows and files. Raises StorageError (NO_SUCH_CASE).

        The log keeps the ``reason``: a code from a list, never words about the patient.
        """
        self._cases.destroy(case_id, reason)

    def check_space(self, originals: Sequence[Path] = ()) -> None:
        """Ask before a reading starts. Raises StorageError (LOW_SPACE, ORIGINALS_FULL)."""
        self._space.check(self._settings.careful(), originals)

    def expire_originals(self) -> int:
        """Remove original files that were sent long enough ago; done at every unlock, too."""
        return self._space.expire(self._settings.current())

    def settings(self) -> Settings:
        """What the clinic decided. Raises StorageError (ROW_DAMAGED)."""
        return self._settings.current()

    def change_settings(self, settings: Settings) -> None:
        """Keep other settings. Raises StorageError (ONLY_SUPERVISORS, SETTING_OUT_OF_RANGE)."""
        self._settings.change(settings)

    def alter_settings(self, alter: Callable[[Settings], Settings]) -> Settings:
        """Keep what ``alter`` makes of the settings as they are, which somebody else may have just
        changed. Returns them. Raises StorageError (ONLY_SUPERVISORS, SETTING_OUT_OF_RANGE)."""
        return self._settings.alter(alter)

    def pseudonym(self, code: str) -> str:
        """The patient's pseudonym at this site. Raises ValueError for a code without letters."""
        with self._reading():
            return pseudonym(code, self._session.keyring.site_key())

    def pseudonyms(self, code: str) -> list[str]:
        """The patient's pseudonyms of all epochs, the newest first, to match what was sent."""
        with self._reading():
            return [pseudonym(code, site) for site in self._session.keyring.site_keys()]

    def replace_site_key(self) -> int:
        """Begin a new epoch of pseudonyms. Raises StorageError (ONLY_SUPERVISORS)."""
        with self._reading() as opened, self._changing():
            opened.supervisors_only()
            epoch = self._session.keyring.add_site_key()
            self._session.note(Action.SITE_KEY_REPLACED, count=epoch)
            return epoch

    # What waits to be sent

    def outbox(self) -> list[tuple[int, Case]]:
        """What waits to be sent, the oldest first, by its number. Damaged copies are left out."""
        return self._outgoing.waiting()

    def settle(self, number: int, receipt: Receipt | None = None) -> None:
        """A receipt came for this number: the copy goes, the receipt stays.

        Raises StorageError (NO_SUCH_CASE) when nothing of this number waits.
        """
        self._outgoing.settle(number, receipt)

    def sync_key(self) -> bytes:
        """The key of the outbox, for ``Door.locked_outbox`` alone.

        Raises StorageError (SYNC_WHILE_LOCKED_OFF) unless the clinic's settings allow it.
        """
        with self._reading():
            if not self._settings.current().sync_while_locked:
                raise StorageError(StorageFailure.SYNC_WHILE_LOCKED_OFF)
            return bytes(self._session.keyring.key(SYNC))

    def send_again(self, case_id: str) -> int:
        """Queue a case as it is now, whatever was sent before. Returns its number in the outbox."""
        return self._outgoing.send_again(case_id)

    def receipts(self, case_id: str) -> list[Receipt]:
        """What servers answered about a case, the oldest first. Raises StorageError."""
        return self._outgoing.receipts(case_id)

    # People

    def user(self) -> User | None:
        """Who is signed in; None for whoever came with the recovery key."""
        with self._reading() as opened:
            return opened.user()

    def users(self) -> list[User]:
        """Everyone who may sign in on this device."""
        with self._reading() as opened:
            return opened.users()

    def add_user(self, name: str, role: Role, secret: str, cost: Cost) -> User:
        """Let someone in. Raises StorageError (ONLY_SUPERVISORS, NAME_TAKEN, a weak secret)."""
        return self._people.add(name, role, secret, cost)

    def remove_user(self, user_id: str) -> None:
        """Let someone in no more, and rotate the vault key and what hangs on it."""
        self._people.remove(user_id)

    def change_secret(self, current: str, secret: str, cost: Cost) -> None:
        """Give the one who is signed in, and still knows the current one, another secret, and
        rotate the vault key: with an older key file the former secret opens nothing."""
        self._people.change_secret(current, secret, cost)

    def opening_key(self, current: str) -> bytes:
        """What ``storage.biometrics`` keeps for the one who is signed in and knows the secret."""
        return self._people.opening_key(current)

    def new_recovery_key(self) -> str:
        """Another recovery key, to print once, and another vault key: the former recovery key
        opens nothing any more, not even with an older key file."""
        return self._people.new_recovery_key()

    def rotate(self) -> None:
        """Change the vault key and the keys that hang on it. Cut short anywhere, the next unlock
        goes on with it."""
        self._people.rotate()

    def arrive(self, wrong_tries: int) -> None:
        """What follows every unlock: ``storage.arrival``."""
        self._arrival = arrive(self.parts, self._attempts, wrong_tries)

    def arrive_beside(self, wrong_tries: int) -> None:
        """The same, where others are in."""
        arrive_beside(self.parts, self._attempts, wrong_tries)

    def notices(self) -> list[Statement]:
        """What a person should know after signing in: a wrong clock, a log that lost its end."""
        with self._reading():
            moment = self._session.clock.now()
            try:
                self._settings.current()
            except StorageError:
                return notices(moment, self._arrival, settings_damaged=True)
            return notices(moment, self._arrival, settings_damaged=False)

    def moment(self) -> Moment:
        """What the device's clock shows, what is known instead, and whether the two agree."""
        with self._reading():
            return self._session.clock.now()

    def confirm_clock(self, seen: datetime | None = None) -> datetime:
        """Say that the device's clock is right, though it is far ahead of what is sure: nothing
        else can where no server is ever reached. ``seen`` is the device time that was looked at;
        left out, what it shows now. Returns which it was.

        Raises StorageError (ONLY_SUPERVISORS).
        """
        with self._changing() as opened:
            opened.supervisors_only()
            shown = self._session.clock.confirm(seen)
            self._session.note(Action.CLOCK_CONFIRMED)
            return shown

    # The log, and the end

    def log(self) -> list[Entry]:
        """The audit log from its start, without entries that were altered."""
        with self._reading():
            return list(self._session.audit.entries())

    def verify(self) -> list[Fault]:
        """Walk the log and every seal; empty when all is as it was left."""
        with self._reading():
            return faults(self.parts)

    def head(self) -> tuple[int, str]:
        """The number and hash of the log's last entry, to be kept elsewhere."""
        with self._reading():
            return self._session.audit.head

    def signed_head(self) -> SignedHead:
        """The head as this device signs it, to be sent at every sync and kept elsewhere."""
        return self._log_book.signed_head()

    def public_key(self) -> bytes:
        """The Ed25519 key by which others check what this device signs, until the next rotation:
        the log names each that follows."""
        return self._log_book.public_key()

    def still_holds(self, earlier: SignedHead) -> bool:
        """Whether the log still goes through a head known from earlier: else its tail was cut.

        Raises StorageError (LOG_NOT_GENUINE) for a head that this vault never signed.
        """
        return self._log_book.still_holds(earlier)

    @property
    def device_id(self) -> str:
        """What tells this device from every other that goes back to the same vault: in every
        signed head, and another one once the vault was restored from a backup."""
        return self._log_book.device_id()

    def export_log(self, path: Path) -> SignedHead:
        """Write the whole log to a file that can be checked without the vault, and say so in it.

        ``storage.log_export.check_log`` checks it. Raises StorageError.
        """
        return self._log_book.export(path)

    def record(self, action: Action, *, row: str = "", detail: str = "") -> None:
        """Log what the app did beside the vault: one of ``TOLD_BY_THE_APP``."""
        if action not in TOLD_BY_THE_APP:
            raise ValueError("the vault logs this by itself")
        with self._changing():
            self._session.note(action, row=row, detail=detail)

    def copy_to(self, keys: Path, database: Path, contents: str = "cases") -> Copied:
        """Copies of the key file and the database that belong together, without what was deleted.

        The log keeps that they were made, and of what. Returns the keys that they need.
        """
        with self._reading() as opened:
            with self._changing():
                self._session.note(Action.BACKED_UP, detail=contents)
            keys.write_bytes(opened.file_bytes())
            self._session.db.execute("VACUUM INTO ?", [str(database)])
            return Copied(opened.vault_id, opened.recovery_slot(), opened.vault_key)

    def lock(self) -> None:
        """Close the vault for this person, and let go of its keys with the last one who is in.
        Does nothing the second time."""
        self._session.close()

    def _reading(self) -> AbstractContextManager[OpenKeys]:
        return self._session.reading()

    def _changing(self) -> AbstractContextManager[OpenKeys]:
        return self._session.changing()
