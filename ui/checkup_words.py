"""The words of the self-test: what was tried, what came out, and what to do."""

from __future__ import annotations

from core.sentences import Sentence
from ui.language import Plural, in_every_language

CHECKUP_TITLE = "Self-test"
CHECKUP_HINT = "Try models, vault, space and camera on this device"
CHECKUP_INTRO = "Tries what every reading needs, on this device. No patient's image is used."
RUN_AGAIN, RUNNING = "Try again", "Trying: {what}"
ALL_FINE = "Everything that was tried works."
SOME_WARN = Plural("{count} thing to look at.", "{count} things to look at.")
SOME_FAIL = Plural("{count} thing does not work.", "{count} things do not work.")

PACKS_NAME, READING_NAME, VAULT_NAME = "Models", "A known picture", "Vault"
SPACE_NAME, CAMERA_NAME, LEFTOVER_NAME = "Space", "Camera", "Left copies"
FINE, LOOK, FAILED, NOT_TRIED = "Works", "Look at this", "Does not work", "Not tried"


class CheckFinding(Sentence):
    """What a check found, and what to do about it."""

    PACKS_FINE = "All {count} models are as their publishers signed them."
    PACKS_MISSING = "No model is on this device. Install one: without it nothing can be read."
    PACKS_OVERDUE = (
        "The review of {packs} is overdue, so it says nothing with confidence. Install a newer "
        "version, or ask its publisher."
    )
    READING_KNOWN = "Known pictures were read with the known answers, by {count} models."
    READING_REPEATED = (
        "A drawn picture was read twice with the same answer, in {milliseconds} ms. No known "
        "answer is on board to compare it with."
    )
    READING_WRONG = (
        "The same picture was read twice, with different answers. Do not rely on this device; use "
        "another one."
    )
    VAULT_FINE = "A trial vault was made, locked, opened again and removed. All of it came back."
    SPACE_FINE = "{megabytes} MB are free."
    SPACE_SHORT = "Only {megabytes} MB are free. Free some space before it runs out."
    SPACE_OUT = (
        "Only {megabytes} MB are free, too little for a reading to be kept. Free some space; "
        "until then no image is read."
    )
    CAMERA_ALLOWED = "Outpost may use the camera."
    CAMERA_ASKS = "Outpost will ask for the camera when you take the first picture."
    CAMERA_REFUSED = (
        "Outpost may not use the camera. Allow it in the device's settings, or choose files "
        "instead."
    )
    CAMERA_ELSEWHERE = "The browser or the system asks for the camera by itself."
    NO_CAMERA_HERE = "On this device images come from files."
    LEFT_NOTHING = "No copy of an image was left behind in the app's cache."
    LEFT_REMOVED = "Copies of images that had been left behind: {count}. They are removed now."
    LEFT_IN_USE = "Copies of images that belong to the open reading: {count}. They go with it."
    CHECK_BROKE = (
        "This could not be tried: something went wrong inside Outpost. Try again, and report it "
        "if it happens again."
    )


in_every_language(__name__)
