"""The words of the image archive, and of earlier reports on the clinic's server."""

from __future__ import annotations

from core.pacs.access import SignIn
from core.reporting.report import Agreement
from core.sentences import Sentence
from ui.language import Plural, in_every_language

ARCHIVE_TITLE = "Image archive"
ARCHIVE_HINT = "Find and fetch studies of the hospital's archive (PACS)"
NOT_SET_UP = "No image archive is set up on this device. A supervisor can set one up here."
ARCHIVE_AT = "Archive: {address}"

# Setting it up
SET_UP_TITLE = "Set up the archive"
SET_UP_TEXT = (
    "Outpost speaks DICOMweb. Whoever runs the archive gives the address and the sign-in. They are "
    "kept sealed in this vault, and only if the archive answers."
)
ADDRESS_FIELD = "Address, up to what comes before /studies"
SIGN_IN_AS = "How the archive lets you in"
SIGN_INS = {
    SignIn.NONE: "Without a sign-in",
    SignIn.PASSWORD: "User name and password",
    SignIn.TOKEN: "Token",
}
USER_FIELD, PASSWORD_FIELD, TOKEN_FIELD = "User name", "Password", "Token"
AUTHORITY_FIELD = "Certificate authority (PEM), if the clinic has its own"
TRY_AND_KEEP, CHANGE, FORGET = "Try it and keep it", "Change the archive", "Remove the archive"
CANCEL = "Cancel"
KEPT, FORGOTTEN = "The archive answered, and is set up.", "The archive is removed from this device."
TRYING = "Asking the archive"

# Finding and fetching
FIND_TITLE = "Find a study"
FIND_TEXT = "By the clinic's own accession number, written just as on the order."
NUMBER_FIELD, FIND = "Accession number", "Find"
SEARCHING, STOP = "Searching the archive", "Stop"
NOTHING_FOUND = "The archive has no study with this number."
FILES = Plural("{count} file", "{count} files")
FETCH = "Fetch and read"
FETCHING = Plural("{count} file has arrived", "{count} files have arrived")
FETCHING_OF = "{count} of {total} files have arrived"
CHECK_PATIENT = "Make sure that the number is this patient's: Outpost shows no names."
READING_FIRST = (
    "There is a reading under way. Save it or leave it first; then a study can be fetched."
)
NO_DATE = "No date"

# Sending
SEND = "Send to the archive"
SENDING = "Sending to the archive"
STORED = "The archive has it. The log keeps that it was sent."
FILED_APART = "In the archive it is a study of its own, under the pseudonym."

# Earlier reports
EARLIER_TITLE = "Earlier reports"
EARLIER_LOOK = "Ask the clinic's server"
EARLIER_ASKING = "Asking the clinic's server"
EARLIER_NO_PATIENT = "This case names no patient, so there is nothing to ask for."
EARLIER_NOT_ENROLLED = "This device is not enrolled with a server, so there is nobody to ask."
EARLIER_NONE = "The server has no other report on this patient."
EARLIER_FROM = "From {server}. Nothing of it is kept here."
EARLIER_STANDING = {
    Agreement.AGREES: "Verified: a clinician agrees",
    Agreement.DISAGREES: "Verified: a clinician disagrees",
}
EARLIER_UNVERIFIED = "Not verified by a clinician"


class ArchiveTrouble(Sentence):
    """Why a fetched study is not read."""

    READING_UNDER_WAY = (
        "The study was fetched while a reading is under way, so it was put away. Save the reading "
        "or leave it, then fetch the study again."
    )
    NUMBER_MISSING = "Type the accession number first."


in_every_language(__name__)
