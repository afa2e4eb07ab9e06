"""Every way in which the vault can refuse, and what a person can do about each.

Each failure's sentence ends in what to do. None ever holds a name, a code, a path or a secret.
"""

from __future__ import annotations

from core.errors import OutpostError
from core.sentences import Sentence


class StorageError(OutpostError):
    """The vault refused, and left everything as it was."""


class StorageFailure(Sentence):
    """Why the vault refused."""

    # People and their secrets
    WRONG_SECRET = (
        "This name and this PIN or passphrase do not belong together on this device. Check both "
        "and try again."
    )
    WAIT_BEFORE_TRYING = (
        "There were several wrong tries. Wait {seconds} seconds, keep Outpost open meanwhile, "
        "and try again."
    )
    PIN_NEEDS_KEY_STORE = (
        "This device has no protected key store, so a PIN would be too easy to guess. Choose a "
        "passphrase of at least {words} words."
    )
    PIN_TOO_SIMPLE = (
        "A PIN needs at least {digits} digits, neither all the same nor in counting order. "
        "Choose another PIN."
    )
    PASSPHRASE_TOO_SHORT = (
        "A passphrase needs at least {words} different words. Add words that have nothing to do "
        "with each other."
    )
    NAME_TAKEN = "There is already someone of this name here. Choose another name."
    NAME_MISSING = "A name needs between 1 and {limit} letters. Write the name again."
    NO_SUCH_USER = "There is no one of this name here. Look at the list of users and choose again."
    ONLY_SUPERVISORS = "Only a supervisor may do this. Ask a supervisor to sign in and do it."
    ONLY_REVIEWERS = (
        "Only a reviewer or a supervisor, signed in by name, may answer for others. Ask a "
        "supervisor to add you as a reviewer."
    )
    LAST_SUPERVISOR = (
        "This is the only supervisor, and without one nobody could add or remove users. Make "
        "someone else a supervisor first."
    )
    RECOVERY_KEY_MISTYPED = (
        "This is not a whole recovery key: a letter is wrong or missing. Compare it with the "
        "printed one, group by group, and type it again."
    )
    RECOVERY_KEY_NOT_OURS = (
        "This recovery key does not belong to this vault. Look for the one printed last for this "
        "device and type that."
    )

    DEVICE_SECRET_LOST = (
        "This device has lost its part of the vault's keys, so no PIN or passphrase can open it. "
        "Open the vault with the printed recovery key."
    )

    KEY_STORE_FAILED = (
        "This device's protected key store gives no answer. Nothing was changed. Restart the "
        "device and try again."
    )

    NO_FINGERPRINT = (
        "Unlocking by fingerprint or face is not set up for this person. Sign in with the PIN or "
        "passphrase."
    )

    # The key file
    KEY_FILE_MISSING = (
        "The file that holds this vault's keys is gone. Nothing was changed. Restore it from a "
        "backup of the device."
    )
    KEY_FILE_DAMAGED = (
        "The file that holds this vault's keys is damaged or was altered. It was left as it is. "
        "Restore it from a backup of the device."
    )
    KEY_FILE_OLD = (
        "The file that holds this vault's keys is from before they were changed, so it opens "
        "nothing. It was left as it is. Restore a backup, and tell whoever is responsible for data "
        "protection."
    )
    KEY_FILE_NEWER = (
        "This vault's keys were written by a newer Outpost. They were left as they are. Install "
        "the newest version and open the vault with it."
    )
    ALREADY_A_VAULT = "There is already a vault here. Open it, or choose an empty folder."

    NOT_A_VAULT = (
        "What is in this folder is not a vault of Outpost, so nothing was erased. Choose the "
        "vault's own folder."
    )

    # The database
    DATABASE_MISSING = (
        "The vault's database is gone, and none was made in its place. Restore it from a backup."
    )
    DATABASE_DAMAGED = (
        "The vault's database is damaged. It was left as it is. Copy the vault's folder to a safe "
        "place, then restore a backup."
    )
    DATABASE_NOT_OURS = (
        "The file at the vault's place is not a vault of Outpost. It was left as it is. Move it "
        "away, then restore a backup."
    )
    DATABASE_NEWER = (
        "This vault was written by a newer Outpost. It was left as it is. Install the newest "
        "version and open the vault with it."
    )
    OPEN_ELSEWHERE = (
        "This vault is open in another Outpost on this device. Close the other one and try again."
    )
    DEVICE_FULL = (
        "The device has no room left, so nothing was saved. Free some space and save again."
    )
    READ_ONLY = (
        "The vault's folder cannot be written to. Ask whoever manages this device for access, "
        "then try again."
    )
    LOW_SPACE = (
        "The device has less than {megabytes} MB left, too little to be sure that a case can be "
        "kept. Free some space, then read the image."
    )
    ORIGINALS_FULL = (
        "The {megabytes} MB set aside for original files are full of files that were not sent "
        "yet, so nothing was saved. Send them, or ask a supervisor to set more aside."
    )
    DEVICE_ERROR = (
        "The device reported an error while the vault was read or written. Copy the vault's "
        "folder to a safe place, restart the device and try again."
    )

    TRIAL_FAILED = (
        "A trial vault on this device came back otherwise than it was kept. Do not keep cases on "
        "this device; make a backup if you can, and use another device."
    )

    BACKUP_DAMAGED = (
        "This file is not a backup of a vault, or it is damaged. Nothing was changed. Copy it "
        "again from where it is kept, or choose an older one."
    )
    BACKUP_NEWER = (
        "This backup was written by a newer Outpost. It was left as it is. Install the newest "
        "version and restore it with that."
    )
    BACKUP_SECRET_WRONG = (
        "This recovery key or passphrase does not open this backup. Use the recovery key that was "
        "printed last before the backup, or the backup's own passphrase."
    )

    SETTING_OUT_OF_RANGE = (
        "One of these settings is too large, too small or too long, and none was changed. Correct "
        "it and save again."
    )

    IS_A_FOLDER = (
        "There is a folder at this place, so nothing was written. Choose another name for the file."
    )
    FOLDER_NOT_EMPTY = (
        "There is something in this folder already, so nothing was written. Choose a new or an "
        "empty folder."
    )

    # Rows
    LOCKED = "The vault is locked. Sign in and try again."
    SYNC_WHILE_LOCKED_OFF = (
        "The clinic's settings do not allow sending while the vault is locked. Sign in, or ask a "
        "supervisor to allow it."
    )
    ROW_DAMAGED = (
        "Part of this vault is damaged or was altered, and is not shown. Run the vault check and "
        "restore what it names from a backup."
    )
    LOG_NOT_GENUINE = (
        "This record of the audit log was altered, cut or signed by another device. Export it "
        "again from the device, and keep this one as evidence."
    )
    LOG_WAS_CUT = (
        "Entries that this audit log once held are missing from it. Keep a copy of the vault's "
        "folder and report this to whoever is responsible for data protection."
    )
    CASE_CHANGED = (
        "Somebody else has changed this case since you opened it, so nothing was saved. Open it "
        "again from the list, and then change it."
    )
    NO_SUCH_CASE = "This case is no longer in the vault. Go back to the list and choose another."
