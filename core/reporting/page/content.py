"""What stands on the page, in the order in which it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.errors import OutpostError
from core.reading.guidance import standing_sentence
from core.reading.manifest import Manifest, PackStatus
from core.reading.result import Verdict
from core.reporting.fhir_actors import SOFTWARE
from core.reporting.illustration import Illustration, Picture
from core.reporting.page.speech import ENGLISH, Speech
from core.reporting.page.texts import PageText
from core.reporting.report import Agreement, Confirmation, Report
from core.reporting.wording import percent, standing

#: Figures that a page has room for: what holds for all classes comes first in a manifest.
_MOST_FIGURES = 7
_BANNERS = {
    Verdict.CONFIDENT: PageText.VERDICT_CONFIDENT,
    Verdict.UNCERTAIN: PageText.VERDICT_UNCERTAIN,
    Verdict.REJECTED: PageText.VERDICT_REJECTED,
}
_STATUSES = {
    PackStatus.EXPERIMENTAL: PageText.EXPERIMENTAL,
    PackStatus.RELEASED: PageText.RELEASED,
}
_OPINIONS = {
    None: PageText.UNCONFIRMED,
    Agreement.AGREES: PageText.AGREED,
    Agreement.DISAGREES: PageText.DISAGREED,
}


class DocumentError(OutpostError):
    """A page could not be written."""


@dataclass(frozen=True)
class Share:
    """One class: ``probability`` 0..1, ``percent`` in words, ``standing`` what it is here."""

    name: str
    probability: float
    percent: str
    standing: str
    possible: bool


@dataclass(frozen=True)
class Advice:
    """What to do next, with its urgency and its source, as guidance.json has them."""

    urgency: str
    text: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """The page. ``pictures`` are captioned, (h, w, 3) uint8; ``facts`` are label and value;
    ``code`` is what the QR code says: the case's URN, which names no one."""

    title: str
    banner: str
    opinion: str
    confirmed: bool
    verdict: Verdict
    headline: str
    standing: str
    reasons: tuple[str, ...]
    pictures: tuple[tuple[str, Picture], ...]
    shares: tuple[Share, ...]
    meaning: str
    advice: Advice | None
    limits: tuple[str, ...]
    model: str
    figures: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    code: str
    made_at: datetime
    speech: Speech = ENGLISH

    def say(self, text: PageText, **details: object) -> str:
        """One of the page's own texts, in its language."""
        return self.speech.say(text, **details)


def page(
    report: Report,
    manifest: Manifest | None,
    shown: Illustration | None,
    speech: Speech = ENGLISH,
) -> Page:
    """The page about a report, in the language of ``speech``. ``manifest`` is that of the pack
    that read; ``shown`` is None where the image is not at hand."""
    confirmation = report.confirmation
    agreement = confirmation.agreement if confirmation else None
    return Page(
        title=speech.say(PageText.TITLE),
        banner=speech.say(_BANNERS[report.reading.verdict]),
        opinion=speech.say(_OPINIONS[agreement]),
        confirmed=confirmation is not None,
        verdict=report.reading.verdict,
        headline=_headline(report, speech),
        standing=standing(report),
        reasons=tuple(speech.translate(each) for each in report.reading.reasons),
        pictures=_pictures(report, shown, speech) if shown else (),
        shares=_shares(report, speech),
        meaning=speech.say(PageText.MEANING if report.findings else PageText.NO_PROBABILITIES),
        advice=_advice(report, speech),
        limits=_limits(manifest, speech),
        model=_model(manifest, speech),
        figures=_figures(manifest, speech),
        facts=_facts(report, confirmation, speech),
        code=f"urn:uuid:{report.case_id}",
        made_at=report.read_at.known,
        speech=speech,
    )


def _headline(report: Report, speech: Speech) -> str:
    """The most probable class; of a refusal, that there is none."""
    if report.reading.verdict is Verdict.REJECTED or not report.findings:
        return speech.say(PageText.NO_FINDING)
    leading = report.reading.finding or max(report.findings, key=report.findings.__getitem__)
    share = _percent(report.findings[leading], speech)
    name = speech.translate(report.display(leading))
    return speech.say(PageText.MOST_PROBABLE, finding=name, percent=share)


def _percent(probability: float, speech: Speech) -> str:
    if probability < 0.01:
        return speech.say(PageText.UNDER_ONE_PERCENT)
    return speech.say(PageText.OVER_99_PERCENT) if probability > 0.99 else percent(probability)


def _pictures(
    report: Report, shown: Illustration, speech: Speech
) -> tuple[tuple[str, Picture], ...]:
    caption = speech.say(PageText.IMAGE)
    if shown.frames > 1:
        caption = speech.say(PageText.FRAME, number=shown.frame + 1, total=shown.frames)
    pictures = [(caption, shown.image)]
    if shown.heat is not None and shown.heat_label is not None:
        finding = speech.translate(report.display(shown.heat_label))
        pictures.append((speech.say(PageText.HEAT, finding=finding), shown.heat))
    elif report.findings:
        pictures[0] = (f"{caption}. {speech.say(PageText.NO_HEAT)}", shown.image)
    return tuple(pictures)


def _shares(report: Report, speech: Speech) -> tuple[Share, ...]:
    possible = set(report.reading.prediction_set)
    ordered = sorted(report.findings.items(), key=lambda each: -each[1])
    return tuple(
        Share(
            speech.translate(report.display(label)),
            probability,
            _percent(probability, speech),
            speech.say(PageText.POSSIBLE if label in possible else PageText.UNLIKELY),
            label in possible,
        )
        for label, probability in ordered
    )


def _advice(report: Report, speech: Speech) -> Advice | None:
    guidance = report.reading.guidance
    if guidance is None:
        return None
    urgency = speech.translate(guidance.urgency.value)
    if guidance.escalation:
        urgency = f"{urgency}; {speech.translate(guidance.escalation)}"
    source = speech.say(PageText.SOURCE, source=guidance.source) if guidance.source else ""
    return Advice(
        "" if guidance.urgency.value == "none" and not guidance.escalation else urgency,
        speech.translate(guidance.text),
        source,
    )


def _limits(manifest: Manifest | None, speech: Speech) -> tuple[str, ...]:
    said = [speech.translate(standing_sentence()), f"{speech.say(PageText.NOT_A_DEVICE)}."]
    if manifest:
        said.append(speech.say(PageText.MADE_FOR, text=speech.translate(manifest.intended_use)))
        said.append(speech.say(PageText.TESTED_ON, text=speech.translate(manifest.population)))
        if manifest.contraindications:
            unfit = "; ".join(
                speech.translate(each).rstrip(".") for each in manifest.contraindications
            )
            said.append(speech.say(PageText.NOT_FOR, text=f"{unfit}."))
    return tuple(said)


def _model(manifest: Manifest | None, speech: Speech) -> str:
    if manifest is None:
        return speech.say(PageText.NO_MODEL)
    return speech.say(
        PageText.PACK,
        title=speech.translate(manifest.title),
        id=manifest.id,
        version=manifest.version,
        status=speech.say(_STATUSES[manifest.status]),
        day=manifest.review_by,
    )


def _figures(manifest: Manifest | None, speech: Speech) -> tuple[str, ...]:
    """The first figures of the pack, those of one test together."""
    every = manifest.raw.get("evaluation", []) if manifest else []
    shown = every[:_MOST_FIGURES]
    said = [
        speech.say(
            PageText.FIGURES,
            figures="; ".join(_figure(each, speech) for each in together),
            test=_test(together[0], speech),
        )
        for together in _by_test(shown, speech)
    ]
    if len(every) > len(shown):
        said.append(speech.say(PageText.MORE_FIGURES, count=len(every) - len(shown)))
    return tuple(said)


def _by_test(figures: Sequence[Mapping[str, Any]], speech: Speech) -> list[list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for each in figures:
        found.setdefault(_test(each, speech), []).append(each)
    return list(found.values())


def _figure(item: Mapping[str, Any], speech: Speech) -> str:
    if item["value"] is None:
        return speech.say(PageText.FIGURE_LACKING, metric=item["metric"])
    value, interval = f"{item['value']:.3g}", item["interval"]
    if not interval:
        return speech.say(PageText.FIGURE_ALONE, metric=item["metric"], value=value)
    low, high = (f"{each:.3g}" for each in interval)
    return speech.say(PageText.FIGURE, metric=item["metric"], value=value, low=low, high=high)


def _test(item: Mapping[str, Any], speech: Speech) -> str:
    """What a figure must never be shown without: its test set, size, prevalence and method."""
    said = [
        speech.say(
            PageText.TEST, name=item["test_set"], images=item["images"], groups=item["groups"]
        )
    ]
    shares = ", ".join(f"{name} {share:.0%}" for name, share in item["prevalence"].items())
    if shares:
        said.append(speech.say(PageText.PREVALENCE, shares=shares))
    if item["interval"]:
        said.append(speech.say(PageText.METHOD, method=item["interval_method"]))
    return "; ".join(said)


def _facts(
    report: Report, confirmation: Confirmation | None, speech: Speech
) -> tuple[tuple[str, str], ...]:
    known, device = report.read_at.known, report.read_at.device
    facts = [
        (PageText.CASE, report.case_id),
        (PageText.PATIENT, report.pseudonym or speech.say(PageText.NO_PATIENT)),
        (PageText.READ_AT, _moment(known)),
    ]
    if _moment(known) != _moment(device):
        facts.append((PageText.DEVICE_CLOCK, _moment(device)))
    if report.clinician:
        facts.append((PageText.CLINICIAN, report.clinician.name or report.clinician.value))
    if confirmation:
        said = speech.say(
            PageText.OPINION,
            name=confirmation.clinician.name or confirmation.clinician.value,
            organisation=confirmation.organisation,
            day=_moment(confirmation.at),
        )
        facts.append((PageText.CONFIRMED_BY, said))
    facts.append((PageText.REPORT, report.id))
    if report.replaces:
        facts.append((PageText.REPLACES, report.replaces.id))
    facts.append((PageText.PROGRAM, f"{SOFTWARE} {report.software}"))
    return tuple((speech.say(label), value) for label, value in facts)


def _moment(at: datetime) -> str:
    """A day that cannot be misread, and the time with its UTC offset."""
    offset = at.strftime("%z")
    return f"{at:%d %b %Y, %H:%M} UTC{offset[:3]}:{offset[3:5]}"
