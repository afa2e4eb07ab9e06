"""A report in words, the same in every form that it is sent in."""

from __future__ import annotations

from core.reading.guidance import standing_sentence
from core.reading.result import Verdict
from core.reporting.report import Agreement, Confirmation, Report
from core.reporting.sentences import ReportSentence

_VERDICTS = {
    Verdict.CONFIDENT: ReportSentence.CONFIDENT,
    Verdict.UNCERTAIN: ReportSentence.UNCERTAIN,
    Verdict.REJECTED: ReportSentence.REJECTED,
}


def conclusion(report: Report) -> str:
    """The report in words: whether a clinician has confirmed it, verdict, reasons, and the
    sentence that goes with every result."""
    said = [
        standing(report),
        verdict(report),
        *(reason.text for reason in report.reading.reasons),
        standing_sentence(),
    ]
    return " ".join(said)


def standing(report: Report) -> str:
    """Whether a clinician has said something of the reading, and what."""
    if report.confirmation is None:
        return ReportSentence.UNVERIFIED.say().text
    return confirmed(report, report.confirmation)


def confirmed(report: Report, confirmation: Confirmation) -> str:
    said = {
        Agreement.AGREES: ReportSentence.AGREED,
        Agreement.DISAGREES: ReportSentence.DISAGREED,
    }[confirmation.agreement]
    text = said.say().text
    if confirmation.label is None:
        return text
    held = ReportSentence.CLINICIAN_HOLDS.say(finding=report.display(confirmation.label))
    return f"{text} {held.text}"


def verdict(report: Report) -> str:
    """The verdict and the most probable class."""
    reading, details = report.reading, {}
    if report.findings:
        leading = reading.finding or max(report.findings, key=report.findings.__getitem__)
        details = {
            "finding": report.display(leading),
            "percent": percent(report.findings[leading]),
        }
    return _VERDICTS[reading.verdict].say(**details).text


def percent(probability: float) -> str:
    """A probability in words that never say "certain"."""
    if probability < 0.01:
        return "under 1%"
    if probability > 0.99:
        return "over 99%"
    return f"{probability:.0%}"
