"""The words around writing in a picture: found, shown, corrected, made black."""

from __future__ import annotations

from ui.language import Plural, in_every_language

TITLE = "Writing in the picture"
COVER = "Cover writing"
HINT = (
    "What is covered will be black in every copy that is kept or leaves. Drag over writing that "
    "names somebody. Tap a cover to move it, or to take it away."
)
PICTURE_LABEL = Plural("The picture with {count} cover", "The picture with {count} covers")
ONE_COVER = "Cover {number}"
WHERE = (
    "Cover {number}: begins {left} from the left and {top} from the top, is {width} wide and "
    "{height} high."
)
ADD, TAKE_AWAY = "Add a cover", "Take this cover away"
WIDER, NARROWER, TALLER, LOWER = "Wider", "Narrower", "Taller", "Lower"
NOTHING_TO_MASK = "Nothing to cover"
MASK_THESE = Plural("Cover this {count} place", "Cover these {count} places")
FOR_GOOD = "A covered place in a kept picture cannot be uncovered."

# What is known of a picture
LOOKING = "Looking for writing in the picture"
FOUND = Plural(
    "Writing was found in {count} place. It will be black in the picture that is kept and leaves.",
    "Writing was found in {count} places. They will be black in the picture that is kept and "
    "leaves.",
)
FOUND_NOTHING = (
    "No writing was found. Some may have been missed: if the picture names somebody, cover it."
)
CHOSEN = Plural(
    "You covered {count} place. It will be black in the picture that is kept and leaves.",
    "You covered {count} places. They will be black in the picture that is kept and leaves.",
)
CHOSEN_NOTHING = "You said that nothing is to be covered."
NOT_ON_BOARD = "Outpost cannot look for writing here. Look yourself, and cover what names somebody."
READ_UNCOVERED = "It is read without covers."

# Before it leaves
NOT_LOOKED_AT = (
    "Nobody has looked at this picture for writing yet. Look first: nothing with the picture "
    "leaves before."
)
LOOK_NOW, LOOK_AGAIN = "Look for writing", "Look for writing again"
STILL_THERE = Plural(
    "Outpost finds writing in {count} place that is not covered. If it names somebody, cover it.",
    "Outpost finds writing in {count} places that are not covered. If they name somebody, cover "
    "them.",
)
NONE_LEFT = "Outpost finds no writing that is not covered. Some may have been missed."
KEPT_COVERED = "The picture was looked at, and is kept as you see it."
AFTER_DELIVERY = (
    "The picture was looked at, and is kept as you see it. The clinic's server has this case "
    "without it: the picture follows with the next opinion that you save."
)

in_every_language(__name__)
