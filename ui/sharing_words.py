"""The words of taking a copy of a case off the device."""

from __future__ import annotations

from ui.language import in_every_language

SHARE_TITLE = "Take a copy"
SHARE_INTRO = "A file for someone else, or for the patient's record. Choose what it should be."
SAVE_FIRST = "Save the case first: then a copy of it can be taken."
SAVE_FILE, SHARE_FILE = "Save the file", "Share the file"
MAKING_FILE = "Writing the file"
FILE_SAVED = "The file was written. The log keeps that a copy was taken."
NOT_TAKEN = "No file was taken. The log keeps that one had been made ready."

PDF_FORM, HTML_FORM, TEXT_FORM = "Page as PDF", "Web page", "Plain text"
PICTURE_FORM, FHIR_FORM = "Picture", "FHIR record"
STRUCTURED_REPORT_FORM, SECONDARY_CAPTURE_FORM = "DICOM report", "DICOM picture"

PDF_ABOUT = "One page to print or file: the image, the heat map, the reading, its limits."
HTML_ABOUT = "The same page for any browser, whole in one file, in every script."
TEXT_ABOUT = "The reading in words, without pictures: for a message."
PICTURE_ABOUT = "The image alone, with the heat map over it where there is one."
FHIR_ABOUT = "For another health-record system: a FHIR R4 transaction."
STRUCTURED_REPORT_ABOUT = "For a hospital's image archive: the findings, coded."
SECONDARY_CAPTURE_ABOUT = "For a hospital's image archive: the picture with the heat map burnt in."

# What of identity leaves the device
LEAVES_REPORT = (
    "What leaves: the reading, its day and time, the case's random number, the clinic's name, and "
    "the names of those who saved it and gave their view."
)
LEAVES_PICTURE_ONLY = "What leaves: the picture, and nothing beside it."
LEAVES_PSEUDONYM = "The patient is named by the pseudonym only."
LEAVES_NO_PATIENT = "No patient is named."
STAYS = "The patient's own code and your note stay here."
LOOK_FOR_WRITING = "Writing in the picture that is not covered leaves with it."
NO_PICTURES_ALLOWED = (
    "The picture stays here: your clinic's settings keep pictures out of FHIR records."
)
UNSEALED = "The file is not sealed, and Outpost cannot call it back."

in_every_language(__name__)
