"""Every word that a page has of its own, in one table, so that another language is one more.

What a reading says (reasons, guidance) and what a pack says of itself come from elsewhere.
"""

from __future__ import annotations

from core.sentences import Sentence


class PageText(Sentence):
    """Headings, labels and the sentences that explain them."""

    TITLE = "Computer reading of an image"
    NOT_A_DEVICE = "Not a certified medical device"
    UNCONFIRMED = "NOT CONFIRMED BY A CLINICIAN"
    AGREED = "A CLINICIAN AGREES"
    DISAGREED = "A CLINICIAN DISAGREES"
    VERDICT_CONFIDENT = "CONFIDENT"
    VERDICT_UNCERTAIN = "UNCERTAIN"
    VERDICT_REJECTED = "REFUSED"
    MOST_PROBABLE = "Most probable: {finding} ({percent})."
    NO_FINDING = "The program gives no finding for this image."
    UNDER_ONE_PERCENT = "under 1%"
    OVER_99_PERCENT = "over 99%"
    IMAGE = "The image"
    FRAME = "The image: frame {number} of {total}"
    HEAT = "Brightest where the model saw most that speaks for: {finding}. Not an outline."
    NO_HEAT = "No heat map: no place in the image speaks for the finding more than for the rest."
    PROBABILITIES = "Probabilities"
    POSSIBLE = "possible"
    UNLIKELY = "unlikely"
    MEANING = (
        "Calibrated on the pack's own validation images: of images like those to which the model "
        "gives 80%, about 80 in 100 have the finding. Where a finding is rarer or more common than "
        "it was there, the same number means less or more. Classes marked “possible” cannot be "
        "ruled out."
    )
    NO_PROBABILITIES = "What the model said of such an image means nothing, so it is not shown."
    NEXT = "What to do next"
    SOURCE = "Source: {source}. Reviewed by: nobody yet."
    LIMITS = "Limits"
    MADE_FOR = "Made for: {text}"
    TESTED_ON = "Tested on people like: {text}"
    NOT_FOR = "Not for: {text}"
    MODEL = "Model and its figures"
    PACK = "{title} ({id} {version}), {status}, to be reviewed by {day}."
    EXPERIMENTAL = "experimental"
    RELEASED = "released"
    FIGURES = "{figures}. {test}."
    FIGURE = "{metric}: {value} ({low} to {high})"
    FIGURE_ALONE = "{metric}: {value} (no interval)"
    FIGURE_LACKING = "{metric}: none, for nothing was there to measure"
    TEST = "Test set: {name}; images {images}, groups {groups}"
    PREVALENCE = "prevalence: {shares}"
    METHOD = "in brackets 95% intervals, {method}"
    MORE_FIGURES = "{count} further figures are in the pack's model card."
    NO_MODEL = "No model was asked."
    CASE = "Case"
    REPORT = "Report"
    PATIENT = "Patient (pseudonym)"
    NO_PATIENT = "none named"
    READ_AT = "Read at"
    DEVICE_CLOCK = "Device's clock"
    CLINICIAN = "Asked by"
    CONFIRMED_BY = "Opinion of"
    OPINION = "{name}, {organisation}, {day}"
    REPLACES = "Replaces report"
    PROGRAM = "Program"
    QR = "Case number"


class DocumentFailure(Sentence):
    """Why a page cannot be written."""

    PDF_NEEDS_ANOTHER_SCRIPT = (
        "This report has letters that a PDF made here cannot show. Save it as a web page (HTML) "
        "instead; every browser can print that."
    )
