"""The words of cases, users, the log and the settings."""

from __future__ import annotations

from core.sentences import Sentence
from storage.audit import Action
from storage.faults import FaultKind
from storage.vault import Opinion
from ui.language import Plural, in_every_language

# First impression
IMPRESSION_TITLE = "What do you see?"
IMPRESSION_WHY = (
    "In some cases Outpost asks you first, so that your answer is not led by the model's. Your "
    "answer is kept with the case; then the reading is shown."
)
IMPRESSION_LABEL = "Seen by you before the reading: {impression}"
OTHER_NAME, CANNOT_SAY_NAME = "Something else", "I cannot say"

# What the clinician says of a reading
JUDGE_TITLE, SAVE_TITLE = "Your view, and the case", "Keep it as a case"
JUDGE_QUESTION = "Do you agree with the reading?"
OPINIONS = {
    Opinion.AGREES: "Agree",
    Opinion.DISAGREES: "Disagree",
    Opinion.NOT_SURE: "Not sure",
}
OPINIONS_SAID = {
    Opinion.AGREES: "Clinician agreed",
    Opinion.DISAGREES: "Clinician disagreed",
    Opinion.NOT_SURE: "Clinician not sure",
}
CHOSEN = "chosen"
RIGHT_LABEL = "What is it, then?"
NOTE = "Note (may stay empty)"
CODE = "Patient code (may stay empty)"
CODE_NOT_KEPT = (
    "Your clinic's own code, never a name. Only a pseudonym made from it is kept: the same code "
    "finds the case again."
)
CODE_KEPT = "Your clinic's own code, never a name. It is kept, sealed, as your clinic decided."
CODE_KNOWN = "A code was given for this patient. Type it again only to change it."
SAVE, SAVE_CHANGES, SAVE_ALL = "Save case", "Save changes", "Save all that were read"
SAVING = "Saving"
SAVED = "Saved in the vault."
SAVED_AGAIN = "Changes saved in the vault."
NOT_SAVED = "Not saved yet."

# Leaving
LEAVING_TITLE = "Leave without saving?"
LEAVING_ONE = "The reading on the screen is not saved."
LEAVING_MANY = Plural("{count} reading is not saved.", "{count} readings are not saved.")
LEAVE_ONE, LEAVE, STAY = "Leave, and forget it", "Leave, and forget them", "Stay"

# Home and history
RECENT = "Recent cases"
ALL_CASES = "All cases"
GO_ON = "Go on with the unsaved reading"
HISTORY_TITLE = "History"
HISTORY_EMPTY = "No case is in the vault yet. A reading that you save comes here."
HISTORY_NOTHING = "No case fits. Take a filter off, or search for another code."
HISTORY_DAMAGED = Plural(
    "{count} case here is damaged and cannot be shown. Run the check in the audit log.",
    "{count} cases here are damaged and cannot be shown. Run the check in the audit log.",
)
SEARCH, SEARCH_BUTTON = "Search by patient code", "Search"
SEARCH_WHOLE = "The whole code, as it was typed when the case was saved."
FILTERS, HIDE_FILTERS = "Filters", "Hide filters"
FILTERS_ON = "Filters ({count} on)"
CLEAR = "Take all filters off"
ALL = "All"
BY_VERDICT, BY_OPINION, BY_PACK, BY_USER, BY_TIME = (
    "Verdict",
    "Agreement",
    "Model",
    "Saved or corrected by",
    "When",
)
NO_OPINION = "No opinion yet"
NO_PACK = "No model"
TODAY, WEEK, MONTH = "Today", "Last 7 days", "Last 30 days"
NEWER, OLDER = "Newer", "Older"
PAGE_OF = "Page {number}"
CASE_OF = "Case of {when}"
PATIENT = "Patient {code}"
PATIENT_KNOWN = "Patient known by pseudonym"
NO_PATIENT = "No patient named"
LOADING = "Opening"
LINE = "{verdict}: {finding}"
ERROR_CODE = "Code: {code}"

# The case page
TIMELINE = "What happened"
DID = "{what}, {who}"
NOBODY = "with the recovery key"
UNKNOWN_USER = "someone removed since"
NO_PICTURE = "No picture is kept with this case."
SENT_TO = "Received by {server}"
DELETE_TITLE = "Delete this case"
DELETE_TEXT = (
    "Its key is destroyed: nobody can open it again, not even from this device's disk. Backups "
    "made before still hold it. The audit log keeps that it was deleted, by whom and why."
)
DELETE, DELETE_NOW = "Delete case", "Delete for good"
WHY_DELETE = "Why?"
REASONS = {
    "wrong_image": "Wrong image or patient",
    "duplicate": "The same case twice",
    "patients_wish": "The patient wishes it",
    "test": "It was a test",
}
DELETED = "The case was deleted."
BACK_TO_HISTORY = "Back to the history"

ACTIONS = {
    Action.CREATED: "Vault made",
    Action.UNLOCKED: "Unlocked",
    Action.WRONG_TRIES: "Wrong tries",
    Action.SAVED: "Case saved",
    Action.EDITED: "Case corrected",
    Action.VIEWED: "Case looked at",
    Action.DESTROYED: "Case deleted",
    Action.LABELLED: "Label given",
    Action.OPINION_ADDED: "Second opinion added",
    Action.SENT: "Case sent",
    Action.QUEUED: "Case waits to be sent again",
    Action.SENDING_DROPPED: "Taken out of what waits to be sent",
    Action.SYNC_ENROLLED: "Enrolled with a server",
    Action.ARCHIVE_SET: "Set up the image archive",
    Action.MERGED: "Case taken over from a backup",
    Action.ORIGINAL_REMOVED: "Original file removed",
    Action.SETTINGS_CHANGED: "Settings changed",
    Action.OVERRIDDEN: "A refusal was overridden",
    Action.EXPORTED: "Exported",
    Action.PACK_INSTALLED: "Model installed",
    Action.ROTATION_BEGUN: "Change of the vault key begun",
    Action.ROTATED: "Vault key changed",
    Action.CLOCK_CONFIRMED: "Device clock confirmed",
    Action.SITE_KEY_REPLACED: "New pseudonyms begun",
    Action.BACKED_UP: "Backup made",
    Action.RESTORED: "Restored from a backup",
    Action.KEYS_PUT_BACK: "An older key file was found",
    Action.TAIL_LOST: "The end of the log had been lost",
    Action.USER_ADDED: "User added",
    Action.USER_REMOVED: "User removed",
    Action.SECRET_CHANGED: "Secret changed",
    Action.RECOVERY_KEY_CHANGED: "Recovery key changed",
    Action.FINGERPRINT_SET_UP: "Fingerprint set up",
}


class CaseTrouble(Sentence):
    """What can go wrong around cases in the interface itself."""

    CODE_WITHOUT_LETTERS = (
        "A patient code needs at least one letter or digit. Type it again, or leave it empty."
    )
    NOTHING_TO_SAVE = "There is no reading to save here. Read an image first."


# Audit
AUDIT_INTRO = (
    "Everything that was done with this vault, sealed entry by entry in a chain. Nothing in it "
    "can be changed or taken out without being seen."
)
LOG_HEAD = (
    "Newest entry: {number}. Mark of the log: {mark}. Write both down somewhere else: a log that "
    "loses entries later has another mark at this number."
)
VERIFY, VERIFYING = "Check log and vault", "Checking every entry and every seal"
VERIFIED_FINE = "All is as it was left: every entry of the log and every row fits."
VERIFIED_FAULTS = Plural(
    "{count} fault was found. Copy the vault’s folder to a safe place and tell whoever looks "
    "after this device:",
    "{count} faults were found. Copy the vault’s folder to a safe place and tell whoever looks "
    "after this device:",
)
FAULTS = {
    FaultKind.BAD: "altered or damaged",
    FaultKind.REPLAYED: "put back to an older state",
    FaultKind.SWAPPED: "swapped with another",
    FaultKind.MISSING: "missing",
    FaultKind.UNEXPECTED: "was never saved by Outpost",
}
FAULT = "{table} {row}: {kind}"
EXPORT_LOG = "Export the log"
EXPORT_LOG_HINT = (
    "A file that others can check without opening the vault. It names users and random case "
    "numbers, and no patients."
)
EXPORTED = "The log was exported."
LOG_NUMBER = "{number}. {when}"
WRONG_TRIES = Plural("after {count} wrong try", "after {count} wrong tries")
WRONG_TRIES_ON = "{count} for {name}"
CLOCK_WRONG = "the device's clock was wrong"

# Users
USERS_INTRO = "Everyone signs in with their own name, so that the log can say who did what."
YOU = "you"
CLINICIAN, REVIEWER, SUPERVISOR = "clinician", "reviewer", "supervisor"
ADD_USER, ADD_TITLE = "Add a user", "A new user"
USER_NAME = "Name"
ROLE_TITLE = "Role"
ROLE_HINT = (
    "Everyone reads images and keeps cases. A reviewer also answers those who ask for a second "
    "opinion; a supervisor does that too, and looks after the vault."
)
ADD_NOW = "Add"
ADDED = "{name} can sign in now."
REMOVE, REMOVE_TITLE = "Remove {name}", "Remove {name}?"
REMOVE_TEXT = (
    "They can no longer sign in here, and the vault gets a new key. Their cases and their name "
    "in the log stay."
)
REMOVE_NOW, CANCEL = "Remove", "Cancel"
REMOVED = "{name} can no longer sign in."
CHANGE_SECRET, CHANGE_TITLE = "Change your secret", "Change your secret"
CURRENT, NEW_SECRET = "The present one", "The new one"
CHANGE_NOW = "Change"
SECRET_CHANGED = "Your secret was changed."
NEW_RECOVERY, NEW_RECOVERY_TITLE = "New recovery key", "A new recovery key?"
NEW_RECOVERY_TEXT = "The former one opens nothing any more, except backups made before."
MAKE_IT, DONE = "Make it", "Done"
ONLY_SUPERVISORS = "Only supervisors add and remove users."
CAME_WITH_KEY = (
    "You came in with the recovery key. Add yourself as a supervisor below; then lock, and sign "
    "in with your name."
)
WORKING = "A moment"

# Settings
SETTINGS_INTRO = "These are the clinic's: only a supervisor changes them."
CLINIC_NAME, DEVICE_NAME = "Clinic", "This device"
NAMES_TITLE, LOCK_TITLE = "Clinic and device", "Lock"
KEEP_TITLE, ASK_TITLE, THEME_TITLE = "What is kept", "First impression", "Theme"
IDLE, GRACE = "Lock without a touch after", "Lock in the background after"
MINUTES, SECONDS, AT_ONCE = "{count} min", "{count} s", "at once"
LOCK_HINT = "While the camera or the file picker is open, the background does not count."
KEEP_CODES = "Keep patient codes, sealed"
KEEP_REVIEW = "Keep a small picture with each case"
KEEP_ORIGINALS = "Keep the original files, sealed"
KEEP_HINT = (
    "Without codes, cases are found only by the whole code. Originals may show names; they are "
    "removed {days} days after they were sent, and take {megabytes} MB at most."
)
ASK_HINT = "How often you are asked what you see before the reading is shown."
ASK_NEVER, ASK_ONE_IN, ASK_ALWAYS = "Never", "1 case in {count}", "Every case"
THEMES = {
    "system": "As the device",
    "light": "Light",
    "dark": "Dark",
    "contrast": "High contrast",
}
THEME_HINT = "For this device or browser only."
SETTINGS_SAVED = "Saved."
SAVE_SETTINGS = "Save settings"
LANGUAGE_TITLE = "Language"

in_every_language(__name__)
