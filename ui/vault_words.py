"""The words of signing in: first start, lock, users."""

from __future__ import annotations

from ui.language import in_every_language

# First start
WELCOME = "Welcome to Outpost"
STEP_OF = "Step {number} of {total}"
NEXT, BACK = "Next", "Back"
YOU_TITLE = "Who are you?"
YOU_TEXT = (
    "You become this device's first supervisor: you can let others in and out. What you keep is "
    "sealed; only people with a name and a secret here can open it."
)
NAME = "Your name"
SECRET_PIN_OK = "PIN or passphrase"
SECRET_PASSPHRASE = "Passphrase"
SHOW, HIDE = "Show {what}", "Hide {what}"
SECRET_AGAIN = "The same again"
PIN_RULE = (
    "A PIN of at least 6 digits, not all the same and not in counting order; or a passphrase of "
    "at least 5 words."
)
PASSPHRASE_RULE = (
    "At least 5 words that have nothing to do with each other. A PIN is not enough here: {reason}"
)
NO_KEY_STORE_BROWSER = (
    "in a browser there is no protected key store, so whoever copied the files could try all "
    "PINs within minutes."
)
NO_KEY_STORE_DEVICE = (
    "this device has no protected key store, so whoever copied the files could try all PINs "
    "within minutes."
)
SECRETS_DIFFER = "These two are not the same. Type the second one again."
MAKING = "Making the vault. This takes a few seconds, on purpose: it makes guessing slow."
MAKE = "Make the vault"
RECOVERY_TITLE = "Write this recovery key down"
RECOVERY_TEXT = (
    "It is shown this once. If every PIN and passphrase is forgotten, or this device breaks and "
    "only a backup is left, this key is the only way back. Write it on paper and lock it away, "
    "not on this device."
)
RECOVERY_LABEL = "Recovery key"
RECOVERY_WRITTEN = "I have written it down"
CLINIC_TITLE = "Your clinic and this device"
CLINIC_TEXT = "So that reports say where they come from. Both can be changed later in Settings."
CLINIC, DEVICE = "Clinic (may stay empty)", "This device (may stay empty)"
START = "Start reading"

# Unlocking
UNLOCK_TITLE = "Outpost is locked"
WHO = "Who are you?"
SUPERVISOR = "supervisor"
UNLOCK = "Unlock"
UNLOCKING = "Unlocking. This takes a moment, on purpose: it makes guessing slow."
SOMEONE_ELSE = "Someone else"
USE_RECOVERY = "Use the recovery key"
RECOVERY_FIELD = "Recovery key, as it was written down"
RECOVERY_HINT = (
    "Nine groups of four letters and digits. Capitals, spaces and dashes do not matter. You come "
    "in as a supervisor without a name: add yourself as a user again, or nothing changes."
)
OPEN_WITH_KEY = "Open with the recovery key"
WAIT_SECONDS = "Too many wrong tries. Try again in {seconds} s; keep Outpost open."
WAIT_MINUTES = "Too many wrong tries. Try again in {minutes} min {seconds} s; keep Outpost open."
HELD = (
    "Outpost is open in another tab or window of this computer. Only one at a time can be signed "
    "in: when you unlock here, it is locked there. What is not saved there stays in that tab."
)
LOCKED_BY_TIME = "Outpost locked itself: nobody used it for a while. Unlock to go on."
LOCKED_ELSEWHERE = (
    "This window is locked: somebody unlocked Outpost in another one. Unlock to go on here."
)
LOCKED_BY_ACCESS = (
    "Outpost is locked: your access was changed, or your secret. If you cannot unlock it, ask a "
    "supervisor."
)
WORK_KEPT = (
    "An unsaved reading waits behind the lock, in this device's memory only: unlock and save it. "
    "It is lost when Outpost is closed or the device restarts."
)
LOCK = "Lock"
SWITCH_USER = "Signed in: {name}. Lock and switch user"
RECOVERED_NAME = "Recovery key"

# A vault that cannot be used
BARRED_TITLE = "The vault cannot be opened"
TRY_AGAIN = "Try again"
LOOKING = "Looking for the vault"

in_every_language(__name__)
