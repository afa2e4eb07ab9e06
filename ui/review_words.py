"""The words of second opinions: asked for on one device, given on another."""

from __future__ import annotations

from core.sync.opinions_given import Outcome
from core.sync.tasks import AskReason, Urgency
from ui.language import Plural, in_every_language

# Asking
SECOND_TITLE = "Second opinion"
SECOND_HINT = (
    "A reviewer at the clinic looks at this case as your clinic sends it, and their answer comes "
    "back with a later sync. Your own view stays as it is."
)
ASK = "Ask for a second opinion"
WHY_ASK = "Why do you ask?"
REASONS = {
    AskReason.ASK_UNCERTAIN: "The program is not sure",
    AskReason.ASK_DISAGREES: "I see something else",
    AskReason.ASK_CONFIRM: "Confirm before we act",
    AskReason.ASK_REFUSED: "The program does not read it",
}
HOW_SOON = "How soon?"
URGENCIES = {
    Urgency.NOW: "Now",
    Urgency.TODAY: "Today",
    Urgency.WHEN_THERE_IS_TIME: "When there is time",
}
ASK_NOW, CANCEL = "Ask", "Cancel"
NO_IMAGE_SENT = (
    "Your clinic does not send images, so the reviewer sees the reading alone. A supervisor can "
    "change that in the settings."
)
ASKED = "Asked. The question goes out with the next sync."
WAITING_SINCE = "A second opinion was asked for on {when} and has not come yet."
SAVE_FIRST = "Keep the case first; then you can ask for a second opinion."

# What came back
OPINION_LINE = "{who}: {outcome}"
OUTCOMES = {
    Outcome.CONFIRMS: "confirms the reading",
    Outcome.AMENDS: "amends the reading",
    Outcome.CANNOT_TELL: "cannot tell",
}
HELD_RIGHT = "Held to be right: {finding}"
FIRST_SEEN = "Seen first, without the reading: {finding}"
REPLACED = "The reviewer has given another opinion since. Both are kept."
UNNAMED = "A reviewer"

# Reviewing
REVIEW_TITLE = "Reviews"
REVIEW_HINT = "Answer those who asked for a second opinion"
REVIEWERS_ONLY = (
    "Questions are answered by reviewers and supervisors, signed in by name. Ask a supervisor to "
    "add you as a reviewer."
)
LOADING = "Asking the server"
NOTHING_OPEN = "Nobody is waiting for a second opinion."
LOOK_AGAIN = "Look again"
COUNT_OPEN = Plural("{count} case waits for an opinion.", "{count} cases wait for an opinion.")
UNSENT = Plural(
    "{count} answer is kept here and has not reached the server yet.",
    "{count} answers are kept here and have not reached the server yet.",
)
URGENT_LINE = "{urgency}: {reason}"
ASKED_ON = "Asked on {when}"
TAKEN_BY = "{name} is at it"
SIGN_IN = "Sign in at the server as yourself"
SIGN_IN_HINT = (
    "Then your answers carry the name that the server knows you by. Without it they carry your "
    "name on this device."
)
SIGNING_IN = "Sign in in the window that has opened, then come back here."
STOP_SIGNING_IN = "Stop waiting"
SIGNED_IN = "You are signed in at the server as yourself."
COME_BACK = "You are signed in. Close this window and go back to Outpost."
APP_ID = "This app's id at the server (client id)"
NO_PICTURE = (
    "There is no image of this case on the server: the clinic sends none, or it has not come yet."
)
FIRST_TITLE = "What do you see?"
FIRST_WHY = (
    "Say it before you see what the program says, so that your eye is not led. Both are kept."
)
SEE_NOTHING_YET = "I cannot say"
NO_IMAGE_GO_ON = "Show the reading"
REVEALED_TITLE = "What the program says"
YOUR_IMPRESSION = "You saw first: {finding}"
HEAT_TITLE = "Where the model looked"
EARLIER = "Opinions before yours"
ANSWER_TITLE = "Your answer"
CONFIRM, AMEND, CANNOT = "Confirm the reading", "Amend it", "I cannot tell"
RIGHT_ONE = "What is it?"
OTHER = "Something else"
NOTE = "A word to whoever asked"
NOTE_HINT = "It is sent. Name no patient in it."
ANSWERED = "{opinion}. More below."
SEND = "Give this answer"
SENT = "Your answer is at the server."
KEPT = "Your answer is kept here and goes out as soon as the server can be reached."

in_every_language(__name__)
