"""The words around an image: checked before it is read, looked at closely, compared."""

from __future__ import annotations

from core.imaging.removed_identity import IdentityKind
from core.sentences import Sentence
from ui.language import in_every_language


class ImageTrouble(Sentence):
    """What can go wrong around an image in the interface itself."""

    NOTHING_TO_PASTE = (
        "There is no image on the clipboard. Copy an image in another program, then paste it here."
    )
    NO_PASTE = (
        "This browser or device does not let Outpost read images from the clipboard. Save the "
        "image as a file and choose that."
    )
    EMPTY_FOLDER = "There are no images in this folder. Choose another folder."
    RESUME_FAILED = "Unsaved work was found, but could not be brought back. Choose the image again."
    TOO_LARGE_TO_KEEP = (
        "This series is too large to be kept while it is not saved: it would be lost if Outpost "
        "were closed. Save the case soon."
    )
    NOT_SHOWN = (
        "This part of the image could not be shown. Choose another frame, or choose the file again."
    )


# Home
PASTE = "Paste an image"
CHOOSE_FOLDER = "Choose a folder"
NO_FOLDER_HERE = (
    "A browser cannot open a folder: choose all files of a series together instead. Outpost's "
    "window on a computer can."
)

# Camera
GUIDE_HINT = (
    "Lay the film inside the frame with all four edges in sight: straight on, no flash, sharp."
)

# The image before it is read
CHECK_TITLE = "Check the image"
READ_IT = "Read this image"
RETAKE = "Take the photo again"
CHOOSE_ANOTHER = "Choose another image"
TURN_LEFT, TURN_RIGHT = "Turn left", "Turn right"
CROP, STRAIGHTEN = "Crop", "Straighten"
AS_IT_WAS = "As it was"
ASKEW = "This looks like a photo of a film that does not lie straight."
CROP_TITLE, STRAIGHTEN_TITLE = "Crop the image", "Straighten the film"
CROP_HINT = "Drag the corners to what shall be read, or move them with the arrows."
STRAIGHTEN_HINT = "Drag the corners onto those of the film, or move them with the arrows."
CORNERS_SUGGESTED = "The corners were suggested by Outpost. Check each of them."
CORNERS_NOT_FOUND = "Outpost could not tell where the film ends."
CORNERS = ("Top left corner", "Top right corner", "Bottom right corner", "Bottom left corner")
MOVE_LEFT, MOVE_UP, MOVE_RIGHT, MOVE_DOWN = "Move left", "Move up", "Move right", "Move down"
USE_IT = "Use this"
CANCEL = "Cancel"
CORNERS_WRONG = "A film cannot have these corners: the corner stays where it was."
CHECK_IMAGE_LABEL = "The image as it will be read"
EDIT_IMAGE_LABEL = "The image with its corners"

# What is taken out of the file
REMOVED_TITLE = "Left out of the reading"
REMOVED_TEXT = "These fields of the file are dropped. Their contents are not shown and not kept."
REMOVED_FROM_SERIES = "Counted in one of {count} files."
REMOVED_NOTHING = "The file names nobody outside the picture itself."
REMOVED_LINE = "{kind}: {count}"
BURNED_IN = (
    "The file says that there is writing in the picture itself. Cover it, or crop it away, if it "
    "names somebody."
)
IDENTITY_KINDS = {
    IdentityKind.PATIENT: "Patient (name, number, birth date and more)",
    IdentityKind.PEOPLE: "Names of staff and others",
    IdentityKind.PLACES: "Hospital, department and machine",
    IdentityKind.TIMES: "Dates and times",
    IdentityKind.NUMBERS: "Numbers of the examination",
    IdentityKind.FREE_TEXT: "Free text",
    IdentityKind.PRIVATE: "Private fields of the maker",
    IdentityKind.WHERE_TAKEN: "Place where the photo was taken",
    IdentityKind.CAMERA: "Camera",
    IdentityKind.HIDDEN_TEXT: "Hidden text",
    IdentityKind.PREVIEW: "Hidden small picture",
}

# Looking closely
ENLARGE, MAKE_SMALL = "Enlarge", "Make it small again"
ZOOM_IN, ZOOM_OUT, ZOOM_RESET = "Zoom in", "Zoom out", "Whole image"
INVERT = "Invert black and white"
HEAT_HIDE, HEAT_BACK = "Hide the heat map", "Show the heat map"
CONTOUR = "Contour of the hottest region"
CONTOUR_LABEL = "Contour of the hottest region over the image"
ADJUST_VIEW = "Window and frames"
HIDE_VIEW = "Hide window and frames"
VIEW_ONLY = "This changes what you see, and not what the model reads."
WINDOWS_TITLE = "Window"
PRESETS = {
    "brain": "Brain",
    "subdural": "Subdural",
    "bone": "Bone",
    "lung": "Lung",
    "soft_tissue": "Soft tissue",
}
OWN_WINDOW = "As first shown"
LEVEL, WIDTH = "Window level: {value}", "Window width: {value}"
LEVEL_NAME, WIDTH_NAME = "Window level", "Window width"
HOUNSFIELD = "{value} HU"
LESS, MORE = "{what}: less", "{what}: more"
DRAG_WINDOW = "Drag on the image: sideways for the width, up and down for the level."
DRAG_SWITCH = "Drag to set the window"
FRAME_NAME = "Frame"
FRAME_NUMBER = "Frame {number} of {total}"
FRAMES_TITLE = "Frames"
STRIP_EARLIER, STRIP_LATER = "Earlier frames", "Later frames"
STRIP_FRAME = "Show frame {number}"
TOP_FRAMES = "Frames that decided"
NO_HEAT_HERE = "No heat map for this frame: it is not among those that decided."

# Comparing
COMPARE_TITLE = "Compare"
COMPARE_SECTION = "Other studies of this patient"
COMPARE_LOOK = "Look for other studies"
COMPARE_NONE = "No other study of this patient is in the vault."
COMPARE_WITH = "Compare with {when}"
COMPARE_UNKNOWN = "No patient is named with this case, so there is nothing to compare it with."
COMPARE_END = "Back to the case"
COMPARE_EARLIER, COMPARE_LATER = "Earlier: {when}", "Later: {when}"
COMPARE_MORE = "Only the latest {count} are listed."
COMPARE_WARNING = (
    "Two readings, side by side. Outpost does not compare the images itself, and a difference "
    "between two percentages is no measure of change."
)

# Unsaved work
KEEP_DRAFTS = "Keep unsaved work, sealed, until it is saved or left"
UNSAVED = "Not saved: until you save it or leave it, only a sealed draft on this device holds it."
RESUMED = "Your unsaved reading was brought back. It was kept sealed on this device."

in_every_language(__name__)
