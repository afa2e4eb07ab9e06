"""What a report says in words, and why one cannot be written or understood."""

from __future__ import annotations

from core.sentences import Sentence


class ReportSentence(Sentence):
    """The parts of a report's conclusion. Whoever reads it may never have seen Outpost."""

    UNVERIFIED = "Read by a computer program; no clinician has confirmed it."
    AGREED = "Read by a computer program; a clinician agrees with it."
    DISAGREED = "Read by a computer program; a clinician disagrees with it."
    CLINICIAN_HOLDS = "The clinician's finding: {finding}."
    CONFIDENT = "Verdict: confident. Most probable: {finding} ({percent})."
    UNCERTAIN = "Verdict: uncertain. Most probable: {finding} ({percent})."
    REJECTED = "Verdict: rejected. The program gives no finding for this image."
    PROBABILITY_OF = "Calibrated probability by a computer program: {finding}"
    IMAGE_NOT_SENT = "The image stayed on the device that read it."
    IMAGE_SENT = "The image that was read, smaller, without the patient's name in its header."
    HEAT_MAP_SENT = "Where the model looked. Not an outline."
    SECOND_OPINION = "Second opinion on an image that a computer program read."
    PATIENT_NOT_NAMED = "No patient was named on the device."


class ReportFailure(Sentence):
    """Why what a server sent cannot be understood as a report of Outpost."""

    REPORT_NOT_OURS = (
        "The server sent a report that Outpost did not write, so it cannot be shown here. Open it "
        "on the server."
    )
    REPORT_DAMAGED = (
        "The server sent a report with a missing or changed part ({part}), so it cannot be shown "
        "here. Open it on the server."
    )


class CaptureSentence(Sentence):
    """What stands below a picture with a heat map."""

    HEAT = "Brightest where the model saw most that speaks for: {finding}. Not an outline."
    NO_HEAT = "No heat map: no place in the image speaks for it more than for the rest."
