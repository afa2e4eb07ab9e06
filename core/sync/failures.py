"""Every way in which talking to a clinic's server can fail, in words."""

from __future__ import annotations

from core.errors import OutpostError
from core.sentences import Sentence


class SyncFailure(Sentence):
    """Why the server did not do what it was asked. None names a patient or an address."""

    # The way there
    SYNC_ADDRESS_INVALID = (
        "This is not the address of a FHIR server. Ask whoever runs the server for a new "
        "enrolment code."
    )
    SYNC_NOT_ENCRYPTED = (
        "This address is not encrypted (http), so nothing is sent to it. Ask whoever runs the "
        "server for an https address."
    )
    SYNC_UNREACHABLE = (
        "The server cannot be reached. Everything stays here and is sent later. Check the network."
    )
    SYNC_TOO_SLOW = (
        "The server did not answer in time. Everything stays here and is sent later. Try again "
        "when the network is better."
    )
    SYNC_CUT_OFF = (
        "The connection broke off. Everything stays here and is sent later. Try again when the "
        "network is better."
    )
    SYNC_CERTIFICATE = (
        "The server's certificate cannot be trusted, so nothing was sent. Check this device's "
        "date; if it is right, tell whoever runs the server."
    )
    SYNC_CERTIFICATE_CHANGED = (
        "The server shows another certificate than the one this device was told to expect, so "
        "nothing was sent. Ask whoever runs the server whether it was changed, and for a new "
        "enrolment code."
    )
    SYNC_TRUST_INVALID = (
        "The certificate or key in this enrolment cannot be read. Ask whoever runs the server for "
        "a new enrolment code."
    )
    SYNC_PORTAL = (
        "This network answers in the server's place, usually to ask for a sign-in. Nothing was "
        "sent. Open a web page to sign in to the network, or use another one."
    )
    SYNC_ANSWER_TOO_LARGE = (
        "The server's answer is larger than {limit_megabytes} MB, so it was not read. Show this "
        "to whoever runs the server."
    )
    SYNC_ANSWER_UNKNOWN = (
        "The server's answer (status {status}) is not FHIR, so it counts for nothing. Everything "
        "stays here. Show this to whoever runs the server."
    )

    # This device
    SYNC_CODE_INVALID = (
        "This is not a whole enrolment code. Copy it again from its first letter to its last, and "
        "paste it."
    )
    SYNC_NOT_ENROLLED = (
        "This device is not enrolled with any server. Ask whoever runs the server for an "
        "enrolment code and paste it under Sync."
    )
    SYNC_VAULT_COPIED = (
        "The server has met this vault in a later or another state: it was copied to a second "
        "device, or put back from a backup. Nothing was sent. If this is the one to go on with, "
        "a supervisor enrols this device anew."
    )
    SYNC_UNDER_WAY = (
        "Another Outpost on this device is sending already. Wait until it has finished."
    )
    SYNC_DROP_NEEDS_REASON = "What is not sent needs a reason: choose one from the list."

    # What it says
    SYNC_BUSY = (
        "The server is busy or out of order (status {status}). Everything stays here and is sent "
        "later. If this lasts for a day, tell whoever runs the server."
    )
    SYNC_SIGN_IN = (
        "The server no longer lets this device in. Everything stays here. Ask whoever runs the "
        "server whether this device is still registered."
    )
    SYNC_FORBIDDEN = (
        "The server does not allow this device what it asked. Everything stays here. Ask whoever "
        "runs the server for the permissions that Outpost's sync page lists."
    )
    SYNC_REFUSED = (
        "The server refused what it was asked (status {status}). Show this to whoever runs it."
    )
    SYNC_NOT_FHIR = (
        "There is no FHIR R4 server at this address. Ask whoever runs it for a new enrolment code."
    )
    SYNC_NO_SIGN_IN = "The server does not say where devices sign in. Show this to whoever runs it."


class SyncError(OutpostError):
    """The server could not be reached, or did not do what it was asked.

    ``status`` is the HTTP status, 0 where there was none. ``retry_after_s`` is how long the server
    asked to be left alone, in seconds. ``words`` are the server's own, bounded and without line
    breaks: they may quote what was sent, so they are kept sealed and never logged.
    """

    def __init__(
        self,
        failure: SyncFailure,
        *,
        status: int = 0,
        retry_after_s: float | None = None,
        words: str = "",
        **details: object,
    ) -> None:
        super().__init__(failure, status=status, **details)
        self.status, self.retry_after_s, self.words = status, retry_after_s, words

    @property
    def is_passing(self) -> bool:
        """Whether the same request may succeed later, without anyone doing anything."""
        return self.failure in _PASSING


_PASSING = {
    SyncFailure.SYNC_UNREACHABLE,
    SyncFailure.SYNC_TOO_SLOW,
    SyncFailure.SYNC_CUT_OFF,
    SyncFailure.SYNC_PORTAL,
    SyncFailure.SYNC_BUSY,
    SyncFailure.SYNC_ANSWER_UNKNOWN,
}
