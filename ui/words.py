"""Every word of the interface, in one place and in English: ``ui.language`` translates.

What a reading says (reasons, failures, guidance) comes from core in words already.
"""

from __future__ import annotations

from core.reading.result import Urgency, Verdict
from core.sentences import Sentence
from ui.language import Plural, in_every_language

APP = "Outpost"
NOT_A_DEVICE = "Not a certified medical device"


class Trouble(Sentence):
    """What can go wrong in the interface itself."""

    UNEXPECTED_ERROR = (
        "Something went wrong inside Outpost, so there is no result. Try again; if it happens "
        "with the same image, use another image and report it with the code below."
    )
    NOT_DONE = (
        "Something went wrong inside Outpost, so this was not done. Try again; if it happens "
        "again, close Outpost, start it anew, and tell whoever looks after this device."
    )
    TOO_MANY_IMAGES = "{count} images were chosen; up to {limit} can be read at once. Choose fewer."
    NO_FILE_DIALOG = (
        "This computer has no file dialog that Outpost can open. On Linux, install zenity: "
        "sudo apt install zenity"
    )
    NOT_READ = "This image was not read, because the reading was stopped. Choose it again."
    NO_CAMERA = (
        "No camera could be opened. Allow Outpost to use the camera in the device's settings, or "
        "choose a file instead."
    )


# Navigation
READ_TAB, HISTORY_TAB, PACKS_TAB, MORE_TAB = "Read", "History", "Models", "More"
BACK, CLOSE = "Back", "Close this message"
SETTINGS_TITLE, SETTINGS_HINT = "Settings", "Lock time, image keeping, first impressions, theme"
USERS_TITLE, USERS_HINT = "Users", "Who may sign in here, secrets, the recovery key"
AUDIT_TITLE, AUDIT_HINT = "Audit log", "Who did what and when, and whether all is intact"
ABOUT_HINT = "What it is and is not, limits of each model, version"

# Home
HOME_SUBTITLE = "X-ray, MRI and other images the installed models were made for. Works offline."
CHOOSE_IMAGE = "Choose image"
CHOOSE_HINT = "DICOM, PNG or JPEG. Several DICOM files of one series can be chosen together."
TAKE_PHOTO = "Take a photo"
PHOTO_HINT = "Photograph a film on a light box or a screen: straight on, no flash, sharp."
PRIVACY = (
    "Images are read on this device, without a network. Names in the file are dropped when it is "
    "opened."
)
HOME_LIMITS = "Not a certified medical device. No clinician has reviewed its guidance yet."

# Camera
CAMERA_TITLE = "Take a photo"
CAMERA_PREVIEW = "Camera picture"
CAMERA_STARTING = "Starting the camera"
SHUTTER = "Take picture"

# Working
OPENING = "Opening the image"
READING = "Reading the image"
FRAMES_READ = "{read} of {total} frames"
IMAGE_OF = "Image {number} of {total}"
CANCEL = "Cancel"

# Questions
WHY_ASKED = "The model may only be used when this is known."
YES_LESION, NO_LESION = "Yes, a tumour was seen", "No"
YES_CONTRAST, NO_CONTRAST = "Yes, with contrast", "No contrast"
NOT_KNOWN = "Not known"
NOT_KNOWN_HINT = "The reading will then be marked uncertain."
ANOTHER_PART = "Another part"
BODY_PARTS = {
    "HAND": "Hand",
    "WRIST": "Wrist",
    "FINGER": "Finger",
    "THUMB": "Thumb",
    "FOREARM": "Forearm",
    "FOOT": "Foot",
    "TOE": "Toe",
    "ANKLE": "Ankle",
    "CALCANEUS": "Calcaneus",
    "LEG": "Leg",
    "KNEE": "Knee",
    "LOWER LEG": "Lower leg",
    "TIBIA": "Tibia",
    "FIBULA": "Fibula",
    "EXTREMITY": "Extremity",
    "HEEL": "Heel",
    "LOWER LIMB": "Lower limb",
    "HEAD": "Head",
    "BRAIN": "Brain",
    "CHEST": "Chest",
    "BREAST": "Breast",
    "ABDOMEN": "Abdomen",
    "LUNG": "Lung",
}
AGE_RANGE, AGE_UNDER_RANGE = "{lowest} to {highest} years", "Up to {highest} years"
AGE_FROM = "{lowest} years or older"
AGE_FIELD = "Another age, in years"
AGE_CONFIRM = "Use this age"
AGE_WRONG = "Enter a number from 0 to 130."

# Results
VERDICTS = {
    Verdict.CONFIDENT: "Confident",
    Verdict.UNCERTAIN: "Uncertain",
    Verdict.REJECTED: "Refused",
}
FINDS = "The model finds: {finding}."
COULD_BE = "Could be any of these: {findings}."
COULD_BE_TWO = "Could be either: {first} or {second}."
LEANS = "No sure finding. The model leans to: {finding}."
NOTHING_FITS = "None of the possible findings fits this image well."
SAYS_NOTHING = "Outpost says nothing about this image."
SAYS_NOTHING_ASKED = "Outpost refuses this image. The numbers below were asked for all the same."
PROBABILITIES = "Probabilities"
PROBABILITY = "{name}: {percent}"
STILL_POSSIBLE = "cannot be ruled out"
REASONS = "Why"
WHAT_NEXT = "What to do next"
URGENCY = "Urgency: {urgency}"
URGENCIES = {
    Urgency.EMERGENCY: "emergency",
    Urgency.URGENT: "urgent",
    Urgency.SOON: "soon",
    Urgency.ROUTINE: "routine",
    Urgency.NONE: "none",
}
SOURCE = "Source: {source}"
GUIDANCE_UNREVIEWED = "No clinician has reviewed this text yet."
NOT_REVIEWED_HERE = (
    "No clinician who speaks this language has reviewed the translation: the English counts."
)
MODEL = "The model that spoke"
VERSION = "Version {version}"
STATUS = {"released": "released", "experimental": "experimental: do not act on it alone"}
NOT_FOR = "Not made for"
REFUSED_BEFORE = "Outpost had refused this image"
CHOSEN_BY_YOU = "You chose this model yourself. What Outpost had said before:"
OVERRIDE_TITLE = "Read it with another model"
OVERRIDE_WARNING = (
    "Only if you are sure that Outpost mistook the image. The reading will be marked, and never "
    "confident."
)
TITLE_EXPERIMENTAL = "{title} (experimental)"
READ_WITH = "Read with: {title}"
ANOTHER_IMAGE = "Choose another image"
NEW_READING = "New reading"
BACK_TO_LIST = "Back to the list"
ERROR_TITLE = "This did not work"
CODE = "Code: {code}"
FRAME_OF = "Frame {number} of {total}"
FRAMES_OF = "{read} of {total} frames read"
LIST_TITLE = Plural("{count} image", "{count} images")
WAITING = "Waiting"
NOW_READING = "Being read"
STOP_BATCH = "Stop here, and keep what was read"
SUMMARY = "{confident} confident, {uncertain} uncertain, {refused} refused, {failed} not read"
SAVED_MARK = "saved"
IMAGE_NUMBER = "Image {number}"
FAILED_SHORT = "Could not be read"

# Heat map
IMAGE_LABEL = "The image"
HEAT_LABEL = "Heat map over the image"
HEAT_SHOW = "Heat map"
HEAT_STRENGTH = "Heat map strength"
HEAT_CAPTION = "Brightest where the model saw most that speaks for: {finding}. Not an outline."
HEAT_NOTHING = "No heat map: no place in the image speaks for it more than for the rest."
HEAT_CAPTION_NORMAL = (
    "Brightest where the model looked hardest for: {finding}. It is shown although the model does "
    "not find it."
)

# Packs
PACKS_TITLE = "Models on this device"
PACKS_LOADING = "Checking signatures"
PACKS_EMPTY = "No model is on this device. Install one; without it Outpost can read nothing."
EXPERIMENTAL_SWITCH = "Use experimental models"
EXPERIMENTAL_HINT = "Off unless you turn it on. Their readings are marked and need more care."
VERIFIED = "Signature verified"
EXPERIMENTAL = "Experimental"
INTENDED_USE, POPULATION = "Made for", "Tested on people like"
REVIEW_BY = "To be reviewed by {day}"
EVALUATION = "{metric} {value} ({interval}), {test_set}. Images: {images}, groups: {groups}."
INTERVAL = "95% interval {low} to {high}, {method}"
PREVALENCE = "Prevalence: {shares}."
SHOW_TESTS, HIDE_TESTS = "Show how it was tested ({count})", "Hide how it was tested"
NO_INTERVAL = "no interval"

# About
ABOUT_TITLE = "About Outpost"
WHAT_IT_IS = "What it is"
WHAT_IT_IS_TEXT = (
    "A reader of medical images for places with no network and no specialist. It says what kind "
    "of image it sees, what a model finds, where it looked, how sure it is and what to do next. "
    "It refuses images it was not made for, and says “uncertain” instead of guessing."
)
WHAT_IT_IS_NOT = "What it is not"
WHAT_IT_IS_NOT_TEXT = (
    "No regulator has approved it. It is for research, teaching and evaluation. It does not "
    "replace a radiologist, names no drug and no dose, and must not decide alone what is done "
    "for a patient."
)
GUIDANCE_TITLE = "Guidance"
GUIDANCE_TEXT = (
    "What to do next is taken from published guidelines, shortened. Reviewed by: nobody yet. "
    "Check it against your own guideline."
)
PRIVACY_TITLE = "Privacy"
PRIVACY_TEXT = (
    "Images are read on this device. Results leave it only where you share them, or where your "
    "clinic has set up sync. A reading is kept only when you save it, sealed, and only people "
    "with a name and a secret here can open it. Names and numbers in a file’s header are dropped "
    "when it is opened. Writing that is part of the picture itself stays visible on the "
    "screen."
)
LIMITS_TITLE = "Intended use and limits, model by model"
VERSION_TITLE = "Version and licence"
VERSION_TEXT = "Outpost {version}, {channel} build. Apache License 2.0."

# Starting
NO_WINDOW = (
    "Flet's desktop client is not on this computer, so Outpost opens in the browser instead of a "
    "window."
)
NO_DISPLAY = "There is no display here, so no window opens."
SERVING = "Outpost is at {address} (press Ctrl+C to stop it)."
PORT_TAKEN = "Port {port} on {host} cannot be used. Set FLET_SERVER_PORT to another."

in_every_language(__name__)
