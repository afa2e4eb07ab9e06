"""The clinic's settings: sealed like everything else, and every change is in the audit log."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from storage.audit import Action
from storage.failures import StorageError, StorageFailure
from storage.rows import OWN_KEY, opened_row, sealed_row
from storage.session import Session

FORMAT = 1
#: All settings stand in one row.
ROW = "clinic"
_PLACE = ("settings", ROW)
_LONGEST_ADDRESS = 500
_LONGEST_NAME, _MOST_DAYS, _MOST_MEGABYTES, _LONGEST_WAIT = 120, 3650, 1 << 20, 24 * 3600


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a clinic decides. The defaults keep as little as possible of what names a patient.

    ``language`` is a BCP 47 tag. ``keep_drafts`` is about
    work that is not saved yet. ``originals_days`` count from the last receipt of a case: its
    original files are removed then; None keeps them. ``ask_first_impression`` n means in one case
    of n, 0 never. Times are in seconds, sizes in megabytes of 1,000,000 bytes. A sync begins by
    itself above a battery charge in percent, and from one hour of the day until another, by known
    time with the device's UTC offset. ``send_names`` are those of clinicians, never of patients.
    """

    clinic_name: str = ""
    device_name: str = ""
    language: str = "en"
    keep_codes: bool = False
    keep_review_copies: bool = True
    keep_drafts: bool = True
    keep_originals: bool = False
    originals_days: int | None = 30
    originals_megabytes: int = 2000
    export_images: bool = False
    ask_first_impression: int = 10
    lock_when_idle: int = 300
    lock_in_background: int = 60
    sync_while_locked: bool = False
    packs_address: str = ""
    send_images: bool = False
    send_names: bool = False
    create_patients: bool = False
    sync_on_mobile_data: bool = True
    sync_above_battery: int = 20
    sync_from_hour: int = 0
    sync_until_hour: int = 24

    def checked(self) -> Settings:
        """Itself. Raises StorageError (SETTING_OUT_OF_RANGE) when a person mistyped something."""
        days = 0 if self.originals_days is None else self.originals_days
        sound = (
            max(len(self.clinic_name), len(self.device_name)) <= _LONGEST_NAME
            and len(self.packs_address) <= _LONGEST_ADDRESS
            and 0 < len(self.language) <= 35
            and 0 <= days <= _MOST_DAYS
            and 0 <= self.originals_megabytes <= _MOST_MEGABYTES
            and 0 <= self.ask_first_impression <= 1000
            and 0 < self.lock_when_idle <= _LONGEST_WAIT
            and 0 <= self.lock_in_background <= _LONGEST_WAIT
            and 0 <= self.sync_above_battery <= 100
            and 0 <= self.sync_from_hour < self.sync_until_hour <= 24
        )
        if not sound:
            raise StorageError(StorageFailure.SETTING_OUT_OF_RANGE)
        return self


@dataclass
class Known:
    """The settings as they were read or changed last: one for everyone who is in, and used under
    the session's ``reading`` only."""

    settings: Settings | None = None

    def forget(self) -> None:
        """Let go of what is known, at locking."""
        self.settings = None


class SettingsRow:
    """The row that holds the settings."""

    def __init__(self, session: Session, known: Known) -> None:
        self._session = session
        self._known = known

    def current(self) -> Settings:
        """The settings; the defaults until someone changes one.

        Raises StorageError (ROW_DAMAGED): what a clinic decided is not replaced by a guess.
        """
        with self._session.reading():
            if self._known.settings is None:
                row = self._row()
                if not self._session.commitments.settings_are(row and row[-1]):
                    raise StorageError(StorageFailure.ROW_DAMAGED)  # An older one, put back.
                plain = row and opened_row(self._session.keyring, _PLACE, row)
                self._known.settings = _read(plain) if plain else Settings()
            return self._known.settings

    def careful(self) -> Settings:
        """The settings; the defaults while the row is damaged, so that cases can still be kept.

        They keep no more than any clinic wants. ``storage.notices`` tells of it.
        """
        try:
            return self.current()
        except StorageError as error:
            if error.failure is not StorageFailure.ROW_DAMAGED:
                raise
            return Settings()

    def change(self, settings: Settings) -> None:
        """Keep other settings. Anyone may change the language, and supervisors the rest.

        Raises StorageError (ONLY_SUPERVISORS, SETTING_OUT_OF_RANGE).
        """
        settings.checked()
        with self._session.reading():
            if not self._same_but_for_language(settings):
                self._session.supervisors_only()
            with self._session.changing():
                row = self._row()
                version = row[0] + 1 if row and isinstance(row[0], int) else 1
                sealed = sealed_row(self._session.keyring, _PLACE, version, _written(settings))
                change = "INSERT OR REPLACE INTO settings VALUES (?, ?, ?, ?, ?)"
                self._session.db.execute(change, [ROW, *sealed])
                digest = hashlib.sha256(sealed[-1]).hexdigest()
                self._session.note(Action.SETTINGS_CHANGED, row=ROW, row_hash=digest)
            self._known.settings = settings
            self._session.forget_the_log()
            for other in self._session.ground.others(self._session):
                for told in other.settings_changed:
                    told(settings)

    def alter(self, alter: Callable[[Settings], Settings]) -> Settings:
        """Change the settings as they are now; the defaults, where they are damaged."""
        with self._session.reading():
            altered = alter(self.careful())
            self.change(altered)
            return altered

    def _same_but_for_language(self, settings: Settings) -> bool:
        """Damaged settings are the same as no others."""
        try:
            return replace(self.current(), language=settings.language) == settings
        except StorageError:
            return False

    def _row(self) -> tuple[Any, ...] | None:
        query = f"SELECT {OWN_KEY} FROM settings WHERE id = ?"
        row: tuple[Any, ...] | None = self._session.db.execute(query, [ROW]).fetchone()
        return row


def _written(settings: Settings) -> bytes:
    return json.dumps({"format": FORMAT, **asdict(settings)}, sort_keys=True).encode()


def _read(content: bytes) -> Settings:
    """Settings that this version does not know are left out, and new ones have their default."""
    try:
        document = json.loads(content)
        known = {each.name for each in fields(Settings)}
        return Settings(**{name: value for name, value in document.items() if name in known})
    except (ValueError, TypeError, AttributeError):
        raise StorageError(StorageFailure.ROW_DAMAGED) from None  # The cause may quote the row.
