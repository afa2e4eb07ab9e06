"""What stands on the page, in the order in which it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.errors import OutpostError
from core.reading.guidance import standing_sentence
from core.reading.manifest import Manifest
from core.reading.result import Verdict
from core.reporting.fhir_actors import SOFTWARE
from core.reporting.illustration import Illustration, Picture
from core.reporting.page.texts import PageText
from core.reporting.report import Agreement, Confirmation, Report
from core.reporting.wording import percent, standing, verdict

#: Figures that a page has room for: what holds for all classes comes first in a manifest.
_MOST_FIGURES = 7
_BANNERS = {
    Verdict.CONFIDENT: PageText.VERDICT_CONFIDENT,
    Verdict.UNCERTAIN: PageText.VERDICT_UNCERTAIN,
    Verdict.REJECTED: PageText.VERDICT_REJECTED,
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


def page(report: Report, manifest: Manifest | None, shown: Illustration | None) -> Page:
    """The page about a report. ``manifest`` is that of the pack that read; ``shown`` is None
    where the image is not at hand."""
    confirmation = report.confirmation
    agreement = confirmation.agreement if confirmation else None
    return Page(
        title=PageText.TITLE.say().text,
        banner=_BANNERS[report.reading.verdict].say().text,
        opinion=_OPINIONS[agreement].say().text,
        confirmed=confirmation is not None,
        verdict=report.reading.verdict,
        headline=verdict(report).split(". ", 1)[1],
        standing=standing(report),
        reasons=tuple(each.text for each in report.reading.reasons),
        pictures=_pictures(report, shown) if shown else (),
        shares=_shares(report),
        meaning=(PageText.MEANING if report.findings else PageText.NO_PROBABILITIES).say().text,
        advice=_advice(report),
        limits=_limits(manifest),
        model=_model(manifest),
        figures=_figures(manifest),
        facts=_facts(report, confirmation),
        code=f"urn:uuid:{report.case_id}",
        made_at=report.read_at.known,
    )


def _pictures(report: Report, shown: Illustration) -> tuple[tuple[str, Picture], ...]:
    caption = PageText.IMAGE.say().text
    if shown.frames > 1:
        caption = PageText.FRAME.say(number=shown.frame + 1, total=shown.frames).text
    pictures = [(caption, shown.image)]
    if shown.heat is not None and shown.heat_label is not None:
        finding = report.display(shown.heat_label)
        pictures.append((PageText.HEAT.say(finding=finding).text, shown.heat))
    elif report.findings:
        pictures[0] = (f"{caption}. {PageText.NO_HEAT.say().text}", shown.image)
    return tuple(pictures)


def _shares(report: Report) -> tuple[Share, ...]:
    possible = set(report.reading.prediction_set)
    ordered = sorted(report.findings.items(), key=lambda each: -each[1])
    return tuple(
        Share(
            report.display(label),
            probability,
            percent(probability),
            (PageText.POSSIBLE if label in possible else PageText.UNLIKELY).say().text,
            label in possible,
        )
        for label, probability in ordered
    )


def _advice(report: Report) -> Advice | None:
    guidance = report.reading.guidance
    if guidance is None:
        return None
    urgency = guidance.urgency.value
    if guidance.escalation:
        urgency = f"{urgency}; {guidance.escalation}"
    source = PageText.SOURCE.say(source=guidance.source).text if guidance.source else ""
    return Advice("" if urgency == "none" else urgency, guidance.text, source)


def _limits(manifest: Manifest | None) -> tuple[str, ...]:
    said = [standing_sentence(), f"{PageText.NOT_A_DEVICE.say().text}."]
    if manifest:
        said.append(PageText.MADE_FOR.say(text=manifest.intended_use).text)
        said.append(PageText.TESTED_ON.say(text=manifest.population).text)
        if manifest.contraindications:
            unfit = "; ".join(each.rstrip(".") for each in manifest.contraindications)
            said.append(PageText.NOT_FOR.say(text=f"{unfit}.").text)
    return tuple(said)


def _model(manifest: Manifest | None) -> str:
    if manifest is None:
        return PageText.NO_MODEL.say().text
    return PageText.PACK.say(
        title=manifest.title,
        id=manifest.id,
        version=manifest.version,
        status=manifest.status.value,
        day=manifest.review_by,
    ).text


def _figures(manifest: Manifest | None) -> tuple[str, ...]:
    """The first figures of the pack, those of one test together."""
    every = manifest.raw.get("evaluation", []) if manifest else []
    shown = every[:_MOST_FIGURES]
    said = [
        PageText.FIGURES.say(
            figures="; ".join(_figure(each) for each in together), test=_test(together[0])
        ).text
        for together in _by_test(shown)
    ]
    if len(every) > len(shown):
        said.append(PageText.MORE_FIGURES.say(count=len(every) - len(shown)).text)
    return tuple(said)


def _by_test(figures: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for each in figures:
        found.setdefault(_test(each), []).append(each)
    return list(found.values())


def _figure(item: Mapping[str, Any]) -> str:
    if item["value"] is None:
        return PageText.FIGURE_LACKING.say(metric=item["metric"]).text
    value, interval = f"{item['value']:.3g}", item["interval"]
    if not interval:
        return PageText.FIGURE_ALONE.say(metric=item["metric"], value=value).text
    low, high = (f"{each:.3g}" for each in interval)
    return PageText.FIGURE.say(metric=item["metric"], value=value, low=low, high=high).text


def _test(item: Mapping[str, Any]) -> str:
    """What a figure must never be shown without: its test set, size, prevalence and method."""
    said = [
        PageText.TEST.say(name=item["test_set"], images=item["images"], groups=item["groups"]).text
    ]
    shares = ", ".join(f"{name} {share:.0%}" for name, share in item["prevalence"].items())
    if shares:
        said.append(PageText.PREVALENCE.say(shares=shares).text)
    if item["interval"]:
        said.append(PageText.METHOD.say(method=item["interval_method"]).text)
    return "; ".join(said)


def _facts(report: Report, confirmation: Confirmation | None) -> tuple[tuple[str, str], ...]:
    known, device = report.read_at.known, report.read_at.device
    facts = [
        (PageText.CASE, report.case_id),
        (PageText.PATIENT, report.pseudonym or PageText.NO_PATIENT.say().text),
        (PageText.READ_AT, _moment(known)),
    ]
    if _moment(known) != _moment(device):
        facts.append((PageText.DEVICE_CLOCK, _moment(device)))
    if report.clinician:
        facts.append((PageText.CLINICIAN, report.clinician.name or report.clinician.value))
    if confirmation:
        said = PageText.OPINION.say(
            name=confirmation.clinician.name or confirmation.clinician.value,
            organisation=confirmation.organisation,
            day=_moment(confirmation.at),
        )
        facts.append((PageText.CONFIRMED_BY, said.text))
    facts.append((PageText.REPORT, report.id))
    if report.replaces:
        facts.append((PageText.REPLACES, report.replaces.id))
    facts.append((PageText.PROGRAM, f"{SOFTWARE} {report.software}"))
    return tuple((label.say().text, value) for label, value in facts)


def _moment(at: datetime) -> str:
    """A day that cannot be misread, and the time with its UTC offset."""
    offset = at.strftime("%z")
    return f"{at:%d %b %Y, %H:%M} UTC{offset[:3]}:{offset[3:5]}"
