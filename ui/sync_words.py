"""The words of sync: what waits, what was refused, and with which server."""

from __future__ import annotations

from core.sentences import Sentence
from storage.sync_quarantine import DropReason
from ui.language import Plural, in_every_language

SYNC_TITLE = "Sync"
SYNC_HINT = "What waits to be sent, and the clinic's server"
#: On Home.
WAIT_SINCE = Plural(
    "{count} result waits to be sent, since {since}.",
    "{count} results wait to be sent, the oldest since {since}.",
)
SET_ASIDE = Plural(
    "The server refused {count} result. Decide under More, Sync.",
    "The server refused {count} results. Decide under More, Sync.",
)

# What is so
NOT_ENROLLED = (
    "This device is not enrolled with a server. Results stay in the vault, and nothing is sent."
)
SERVER = "Server: {address}"
WAITING = Plural(
    "{count} result waits, since {since}.", "{count} results wait, the oldest since {since}."
)
NOTHING_WAITS = "No result waits to be sent."
RECEIVED = Plural(
    "{count} result has a server's receipt.", "{count} results have a server's receipt."
)
LAST_SYNC = "The last sync was completed on {when}."
NEVER_SENT = "No sync with this server was ever completed from this device."
ONLY_WHILE_OPEN = (
    "Outpost sends while it is open and unlocked. When it is closed, nothing is sent, and what "
    "waits goes on waiting."
)
ALSO_WHILE_LOCKED = (
    "Outpost sends while it is open, and goes on when the vault is locked. When it is closed, "
    "nothing is sent, and what waits goes on waiting."
)
#: On the lock screen.
GOES_ON = "What waits for the clinic's server is still being sent."
NEXT_TRY = "It will be tried again by itself within {minutes} min while Outpost is open."
SEND_NOW = "Send now"
SENDING = "Sending: {sent} have arrived, {count} wait."
RETRYING = "Waiting a moment before the next try: {sent} have arrived, {count} wait."
JUST_SENT = Plural(
    "{count} result arrived at the server.", "{count} results arrived at the server."
)

# Why it waits by itself
ON_MOBILE_DATA = "It waits for a network other than mobile data, as the clinic's settings say."
BATTERY_LOW = "It waits until the battery has more than {percent} percent."
OUTSIDE_HOURS = "It waits for the hours that the clinic set: {start} to {end} o'clock."
CANNOT_TELL = (
    "This device does not tell Outpost what network it is on or how full its battery is, so these "
    "two settings hold nothing back here."
)

# Enrolment
ENROL_TITLE = "Enrol with a server"
ENROL_TEXT = (
    "Whoever runs the server needs this device's public key first, and then gives you an enrolment "
    "code. The code is tried before it is kept."
)
SHOW_KEY = "Show this device's public key"
COPY_KEY = "Copy the key"
KEY_COPIED = "The key was copied. It is no secret."
CODE_FIELD = "Enrolment code"
ENROL = "Try the code and keep it"
ENROLLED = "The server let this device in."
ENROL_AGAIN = "Enrol anew"
LACKS = "What this server lacks"
PERMISSIONS = "Permissions (SMART scopes) that this device asks the server for: {scopes}"

# Quarantine
REFUSED_TITLE = "Refused by the server"
REFUSED_TEXT = (
    "These results are safe in the vault and hold no others back. The server's own words say why. "
    "Correct the case and save it, or let it be sent again once the server was put right."
)
REFUSED_LINE = "{when}, status {status}: {words}"
NO_WORDS = "the server gave no reason"
OPEN_CASE = "Open the case"
RETRY, RETRY_ALL = "Send again", "Send all of these again"
DROP = "Do not send"
DROP_WHY = "Why is this not to be sent? The case stays in the vault."
REASONS = {
    DropReason.TEST_CASE.value: "It was a test",
    DropReason.WRONG_PATIENT.value: "It was the wrong patient",
    DropReason.TOLD_OTHERWISE.value: "It was told in another way",
}
KEEP = "Keep it here for now"
DROPPED = "It will not be sent. The case stays in the vault."
WILL_RETRY = "It is sent with the next sync."

# Settings
SETTINGS_TITLE = "When, and what"
MOBILE_DATA = "Also send over mobile data"
WHILE_LOCKED = "Go on sending while the vault is locked"
WHILE_LOCKED_HINT = (
    "Then the key of what waits stays in memory until it is sent. It opens no case. Results whose "
    "image is sent, and second opinions, wait until someone signs in."
)
ABOVE_BATTERY = "By itself only with the battery above"
ANY_CHARGE, CHARGE = "any charge", "{percent} percent"
BETWEEN_HOURS = "By itself only between"
ANY_HOUR, HOURS = "all day", "{start} and {end} o'clock"
IMAGES = "Also send images, without what names the patient (letters in the picture stay)"
NAMES = "Send clinicians' names with their opinions"
PATIENTS = "Make a Patient on the server for each pseudonym"


class SyncTrouble(Sentence):
    """What can go wrong around sync in the interface itself."""

    SERVER_CLOCK = (
        "The server's date is more than half a year after the latest time that is known here, and "
        "this device's clock shows another one. So it was not believed, and records go by the time "
        "that is known. Set this device's clock, then send again."
    )
    CODE_MISSING = "There is no code in the field. Paste the enrolment code and try again."


in_every_language(__name__)
