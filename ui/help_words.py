"""The words of the help, and of reporting a problem."""

from __future__ import annotations

from ui.language import in_every_language

HELP_TITLE = "Help"
HELP_HINT = "How to use Outpost, without a network"
HELP_INTRO = "Tap a question. Everything here works offline."

FIRST_TITLE = "How do I read an image?"
FIRST_STEPS = (
    "Choose a file, or take a photo. A DICOM file from the machine is best; a picture exported "
    "from it comes next; a photo of a film comes last.",
    "Answer what the model has to know, in one tap. If you do not know, say so: the reading is "
    "then marked uncertain.",
    "Read the verdict first, then what to do next, then the probabilities.",
)
PHOTO_TITLE = "How do I photograph a film?"
PHOTO_STEPS = (
    "Put the film on a light box or against an evenly lit window. No flash, no lamp reflected.",
    "Hold the phone straight above its middle, so that the film fills the picture.",
    "Tap on the film to focus, and hold still. Take it again when letters on the film are blurred.",
)
VERDICTS_TITLE = "What do the three verdicts mean?"
VERDICT_CONFIDENT_HELP = (
    "On images like this one the model was right often enough to be heard. It can still be wrong."
)
VERDICT_UNCERTAIN_HELP = (
    "The model cannot decide, or something about the image or the answers keeps it from being "
    "sure. Decide as if there were no model."
)
VERDICT_REJECTED_HELP = (
    "This image is not of a kind that any model here was made for, or too poor to read. Nothing is "
    "said about the patient."
)
HEAT_TITLE = "What does the heat map show?"
HEAT_TEXT = (
    "Where the network found most that speaks for the finding, from dark (nothing) to bright "
    "(most). It is no outline of a disease, and a bright place is no proof. Switch it off to look "
    "at the image alone."
)
HEAT_SCALE = "From nothing to most"
NUMBERS_TITLE = "What do the probabilities mean?"
NUMBERS_TEXT = (
    "Of 100 test images to which the model gave 80%, about 80 showed the finding. Where a finding "
    "is rarer with you than it was in the test, the same number means less: the Models page shows "
    "how much less. Findings that “cannot be ruled out” are all still possible."
)
SAVING_TITLE = "What is kept, and who is the patient?"
SAVING_TEXT = (
    "Nothing, until you save it. A saved case is sealed on this device. The patient is known by "
    "your clinic's own code, never by a name: of the code a pseudonym is made, and the code itself "
    "is kept only where your clinic wants it. The same code finds the case again."
)
SHARING_TITLE = "How do I give a reading to someone else?"
SHARING_TEXT = (
    "Save it; then “Take a copy” on the case makes a PDF, a web page, a text, a picture, a FHIR "
    "record or a DICOM file. Before you tap, it says what of the patient leaves with it."
)
LOCK_TITLE = "Locked out?"
LOCK_TEXT = (
    "After wrong tries Outpost makes you wait: keep it open. A forgotten PIN or passphrase cannot "
    "be looked up by anyone: a supervisor adds you anew, or the printed recovery key opens the "
    "vault. Whoever loses that key too has lost the cases."
)
BACKUP_HELP_TITLE = "What if the device is lost?"
BACKUP_HELP_TEXT = (
    "Without the secret nobody can open what is on it. To have the cases again, a supervisor must "
    "have made a backup (More, Vault and backups) and kept it elsewhere. On a new device, choose "
    "“Restore from a backup” at the first start."
)
BROKEN_TITLE = "Something does not work"
BROKEN_TEXT = (
    "Run the self-test first: it says what is wrong and what to do. If that does not help, make a "
    "report without patient data and give it to whoever looks after this device."
)

# A report about a problem
PROBLEM_TITLE = "Report a problem"
PROBLEM_HINT = "A file about this device, without patient data"
PROBLEM_INTRO = (
    "This is the whole file, word for word. It holds no patient, no name, no code, no image and no "
    "address. Read it, then save it and give it to whoever looks after this device. Write beside "
    "it what you did and what happened, without names."
)
GATHERING = "Gathering"
SAVE_REPORT, SHARE_REPORT = "Save the report", "Share the report"
REPORT_SAVED = "The report was saved."

in_every_language(__name__)
