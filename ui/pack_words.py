"""The words of the models on board: what their figures mean, and where new ones come from."""

from __future__ import annotations

from ui.language import Plural, in_every_language

# Figures that anyone can read
FIGURES_TITLE = "Of 100 images like those it was tested on"
ANSWERED_RIGHT = "{count} answered with confidence, and rightly"
ANSWERED_WRONG = "{count} answered with confidence, and wrongly"
NOT_ANSWERED = "{count} called uncertain or refused: a person decides"
NEVER_ANSWERED = (
    "It answers none of them with confidence: at no level were enough of its answers right. Its "
    "probabilities still show what it leans to."
)
ABOUT_RIGHT = "Of 100 confident answers, {count} were right ({low} to {high})."
TESTED_ON = "Tested on {images} images in {groups} groups that it never learned from: {test_set}."
#: A pack's own test set, as its manifest calls it.
OWN_TEST_GROUPS = "{pack} test groups"
TESTED_ON_UNGROUPED = (
    "Tested on {images} images that it never learned from, of patients nobody counted: {test_set}."
)
IN_THE_TEST = "Of 100 images there: {shares}."
SHARE_OF = "{count} {name}"
IMAGES_NOT_PATIENTS = (
    "Images were counted, not patients: several images of one patient count several times."
)
ALARM_TITLE = "As an alarm for: {finding}"
ALARM_TEXT = (
    "Set so that it points at {alarms} of 100 images without it, it points at {found} of 100 "
    "images with it. How much that is worth depends on how common it is where you work:"
)
WITH_INTERVAL = "{count} ({low} to {high})"
WHERE_COMMON = "Where {count} of 100 images show it"
AS_IN_THE_TEST = "Where {count} of 100 images show it, as in its test"
OF_100_ALARMS = "Of 100 images that it points at, {count} show it."
OF_100_SILENT = "Of 100 images that it does not point at, {count} show it all the same."
FEWER_THAN_ONE = "fewer than 1"
DOTS = "{count} of 100 dots are filled"

# On the first screen
ON_BOARD = "What can be read here"
ALL_MODELS = "All about the models"
EXPERIMENTAL_OFF = "{title}: experimental, off"
EXPERIMENTAL_ON = "{title}: experimental, on"
CANNOT_BE_USED = "{title}: cannot be used"

# What may be done
PACK_ACTIONS = "Get and change models"
SHOW_MORE, SHOW_LESS = "What the figures mean for you", "Hide the figures"
MARKED_EVERYWHERE = "Experimental: its readings are marked, and it is off unless you turn it on."
CHECK_AGAIN, CHECKED = "Check all signatures again", "Every model was checked again."
CHECK_FAULTS = Plural(
    "{count} model cannot be used. Its card says why.",
    "{count} models cannot be used. Their cards say why.",
)
INSTALL_FILE = "Install from a file"
INSTALL_HINT = "A file that ends in .outpostpack, as its publisher gave it."
INSTALLED = "{title} {version} is in use now. It passed its self-test on this device."
GO_BACK = "Go back to the version before"
WENT_BACK = "{title} {version} is in use again."
SOURCE_FIELD = "Address of a folder of models (https)"
LOOK = "Look for newer ones"
LOOKING = "Asking"
NOTHING_NEWER = "There is nothing newer than what is on this device."
OFFERED = "{pack} {version} is offered; here is {present}. {megabytes} MB."
OFFERED_NEW = "{pack} {version} is offered; it is not on this device yet. {megabytes} MB."
INSTALL_OFFER = "Install {pack} {version}"
FETCHING = "Fetching {pack}: {percent}"
TRYING = "Checking it, and trying it on known images"
PUBLISHER_ONLY = "Only models that a publisher known to this device has signed are taken."
SUPERVISORS_ONLY = "Only a supervisor installs models or goes back."
PAST_REVIEW = (
    "{title} was to be reviewed by {day}, and was not. It still reads, and says nothing with "
    "confidence. Install a newer version, or ask its publisher."
)

in_every_language(__name__)
