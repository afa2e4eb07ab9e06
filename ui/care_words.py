"""The words of looking after the vault: backups, keys, erasing."""

from __future__ import annotations

from ui.language import Plural, in_every_language

CARE_TITLE = "Vault and backups"
CARE_HINT = "Back up, restore, change keys, erase"
CARE_INTRO = "The cases of this device are in its vault. A lost device takes them with it."
SUPERVISORS_ONLY = "Only a supervisor looks after the vault. Ask one to sign in here."
CANCEL, WORKING = "Cancel", "A moment"

# Backup
BACKUP_TITLE = "Back up"
BACKUP_TEXT = (
    "One sealed file with every case, its pictures, the users' names and the log. Keep it "
    "somewhere else than this device: on a memory stick, or on the clinic's computer."
)
BACKUP_OPENS = (
    "The recovery key opens it. A passphrase of its own may open it too: at least five words that "
    "have nothing to do with each other."
)
BACKUP_PASSPHRASE = "Passphrase of the backup (may stay empty)"
BACKUP_AGAIN = "The same passphrase again"
PASSPHRASES_DIFFER = "These two are not the same. Type the second one again."
WITH_ORIGINALS = "With the original files (much larger)"
MAKE_BACKUP = "Make the backup"
BACKING_UP = "Writing the backup: {percent}"
READING_BACK = "Reading the backup again, to be sure that it can be read"
BACKED_UP = "The backup is written and was read again to the last byte."
BACKUP_NOT_TAKEN = "The backup was made, and no place was chosen for it. There is no backup."

# Merge and restore
MERGE_TITLE = "Take over cases from a backup"
MERGE_TEXT = (
    "What this vault has not comes in: the cases of another device, or of this one before. Nothing "
    "here is lost or doubled. Settings and users do not come along."
)
CHOOSE_BACKUP = "Choose the backup file"
CHOOSE_ANOTHER_BACKUP = "Choose another file"
BACKUP_CHOSEN = "A file of {size} MB was chosen."
OPENER = "Recovery key, or the backup's passphrase"
MERGE_NOW = "Take the cases over"
MERGED_ADDED = Plural("{count} case came in.", "{count} cases came in.")
MERGED_UPDATED = Plural("{count} case was newer there.", "{count} cases were newer there.")
MERGED_KEPT_BOTH = Plural(
    "{count} case was changed here and there: both are kept.",
    "{count} cases were changed here and there: both are kept.",
)
MERGED_KNOWN = Plural("{count} case was here already.", "{count} cases were here already.")
MERGED_DESTROYED = Plural(
    "{count} case was deleted here and stays deleted.",
    "{count} cases were deleted here and stay deleted.",
)
MERGED_DAMAGED = Plural(
    "{count} case is damaged in the backup.", "{count} cases are damaged in the backup."
)
MERGED_INCOMPLETE = Plural(
    "{count} case came without a picture or file that is damaged there.",
    "{count} cases came without a picture or file that is damaged there.",
)
RESTORE_TITLE = "Restore from a backup"
RESTORE_LINK = "Restore from a backup instead"
RESTORE_TEXT = (
    "Makes this device's vault from a backup. You become its supervisor, under a name and a secret "
    "for this device; the cases, the log and the settings are the backup's. Its recovery key stays "
    "the same."
)
RESTORE_NOW = "Restore"
RESTORING = "Restoring, and checking every byte"
RESTORED = "The backup was restored, and every byte of it was as it was written."

# Keys
KEYS_TITLE = "Keys"
ROTATE = "Change the vault key"
ROTATE_TEXT = (
    "Every case gets a new lock; nobody notices anything else. Do it when a device or a copy of it "
    "was out of your hands. Removing a user does it by itself."
)
ROTATED = "The vault key was changed."
NEW_PSEUDONYMS = "Begin new pseudonyms"
NEW_PSEUDONYMS_TEXT = (
    "From now on patients get other pseudonyms, made with a new key of this site. The former ones "
    "can still be matched here, and by nobody else. Do it when the former key may be known."
)
PSEUDONYMS_BEGUN = "New pseudonyms begin with {epoch}-."
NEW_KEY_HINT = "A new recovery key is made on the Users page."
SAVE_CHECK, CHECK_SAVED = "Save the check's report", "The report of the check was saved."
SURE, YES_DO_IT = "This cannot be undone.", "Yes, do it"

# Erase
ERASE_TITLE = "Erase this vault"
ERASE_TEXT = (
    "Destroys the keys first, then every case, picture, user and log entry on this device. Nobody "
    "can bring them back, not even we. Only backups made before remain."
)
ERASE = "Erase the vault"
ERASE_NOT_SENT = Plural(
    "{count} case still waits to be sent. It goes too.",
    "{count} cases still wait to be sent. They go too.",
)
ERASE_SECRET = "Your PIN or passphrase, once more"
ERASE_KEY = "The recovery key, once more"
ERASE_TYPE = "Type {word} to go on"
ERASE_WORD = "ERASE"
ERASE_NOW = "Destroy everything here for good"
ERASING = "Erasing"
ERASED_TITLE = "The vault is erased"
ERASED_TEXT = "This is the receipt. It holds no patient; keep it if someone may ask."
SAVE_RECEIPT = "Save the receipt"
START_AGAIN = "Start anew"

in_every_language(__name__)
