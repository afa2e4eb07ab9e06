"""What is said of a reading, worked out from core's data. No widgets here, so tests need none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.reading.guidance import standing_sentence
from core.reading.manifest import Manifest, PackStatus, Role
from core.reading.result import Guidance, Reading, Urgency, Verdict
from ui import words
from ui.language import (
    Language,
    clinical,
    english_beside,
    formats,
    isolated,
    listed,
    said,
    said_part,
    speaking,
)
from ui.language.speech import both, is_reviewed


@dataclass(frozen=True)
class ProbabilityRow:
    """One bar. ``possible``: the finding is in the prediction set. ``spoken`` is read aloud."""

    name: str
    share: float
    percent: str
    possible: bool
    spoken: str


@dataclass(frozen=True)
class GuidanceView:
    urgency: Urgency
    urgency_line: str
    text: str
    source: str


@dataclass(frozen=True)
class ModelView:
    """Which model spoke, and what it was not made for."""

    title: str
    version: str
    status: str
    experimental: bool
    not_for: tuple[str, ...]


@dataclass(frozen=True)
class OtherModel:
    """A model that a person may choose instead."""

    id: str
    title: str


@dataclass(frozen=True)
class Label:
    """A class that the model knows: what a clinician may say that the image shows."""

    id: str
    name: str


@dataclass(frozen=True)
class ResultView:
    """Everything the result screen says."""

    verdict: Verdict
    word: str
    summary: str
    probabilities: tuple[ProbabilityRow, ...]
    reasons: tuple[str, ...]
    guidance: GuidanceView | None
    model: ModelView | None
    frames: str
    standing: str
    refused_before: tuple[str, ...]
    others: tuple[OtherModel, ...]
    labels: tuple[Label, ...] = ()


def result_view(
    reading: Reading,
    manifest: Manifest | None,
    readers: Iterable[Manifest] = (),
    before: Reading | None = None,
) -> ResultView:
    """What to say about a reading.

    ``manifest`` is the pack's that spoke, if one did; ``readers`` are all that could be asked
    instead; ``before`` is the refusal that a person overrode.
    """
    return ResultView(
        verdict=reading.verdict,
        word=words.VERDICTS[reading.verdict],
        summary=_summary(reading, manifest),
        probabilities=_rows(reading, manifest),
        reasons=tuple(dict.fromkeys(clinical(reason) for reason in reading.reasons)),
        guidance=_guidance(reading.guidance),
        model=_model(reading, manifest),
        frames=_frames(reading),
        standing=clinical(standing_sentence()),
        refused_before=tuple(clinical(reason) for reason in before.reasons) if before else (),
        others=_others(reading, readers),
        labels=tuple(Label(c.label, full_name(c.display)) for c in manifest.classes)
        if manifest
        else (),
    )


def display_name(manifest: Manifest | None, label: str) -> str:
    """A finding's name in the middle of a sentence."""
    return said_part(manifest.class_of(label).display.lower()) if manifest else label


def full_name(display: str) -> str:
    """A finding's name by itself, with the English one while no clinician has reviewed ours."""
    name = clinical(display)
    english = english_beside(name)
    return f"{name} ({isolated(english)})" if english else name


def _asked_for(reading: Reading) -> bool:
    """Whether a person overrode a refusal and got numbers for it."""
    chosen = reading.route is not None and reading.route.overridden_to is not None
    return chosen and bool(reading.probabilities)


def _summary(reading: Reading, manifest: Manifest | None) -> str:
    if reading.verdict is Verdict.REJECTED:
        return words.SAYS_NOTHING_ASKED if _asked_for(reading) else words.SAYS_NOTHING
    finding = display_name(manifest, reading.finding or "")
    if reading.verdict is Verdict.CONFIDENT:
        return words.FINDS.format(finding=finding)
    names = [display_name(manifest, label) for label in reading.prediction_set]
    if len(names) == 2:
        return words.COULD_BE_TWO.format(first=names[0], second=names[1])
    if len(names) > 2:
        return words.COULD_BE.format(findings=listed(names))
    return words.LEANS.format(finding=finding) if names else words.NOTHING_FITS


def percent(share: float) -> str:
    """A probability as people read it: never 0 % or 100 %, which no model can know."""
    if share >= 0.995:
        return formats.percent(99, "> ")
    if share < 0.005:
        return formats.percent(1, "< ")
    return formats.percent(share * 100)


def _rows(reading: Reading, manifest: Manifest | None) -> tuple[ProbabilityRow, ...]:
    """The bars. A refused image has none, unless a person asked for them."""
    if reading.verdict is Verdict.REJECTED and not _asked_for(reading):
        return ()
    ranked = sorted(reading.probabilities.items(), key=lambda item: -item[1])
    return tuple(_row(reading, manifest, label, share) for label, share in ranked)


def _row(reading: Reading, manifest: Manifest | None, label: str, share: float) -> ProbabilityRow:
    name = full_name(manifest.class_of(label).display) if manifest else label
    possible = label in reading.prediction_set
    spoken = words.PROBABILITY.format(name=name, percent=percent(share))
    if possible and len(reading.prediction_set) > 1:
        spoken = listed([spoken, words.STILL_POSSIBLE])
    return ProbabilityRow(name, share, percent(share), possible, spoken)


def _guidance(guidance: Guidance | None) -> GuidanceView | None:
    if guidance is None:
        return None
    return GuidanceView(
        guidance.urgency, _urgency_line(guidance), clinical(guidance.text), guidance.source
    )


def _urgency_line(guidance: Guidance) -> str:
    """How urgent, and when more so; with the English as long as either needs it."""
    line = _urgency_said(guidance)
    with speaking(Language.ENGLISH):
        english = _urgency_said(guidance)
        word = words.URGENCIES[guidance.urgency]
    parts = [word, guidance.escalation or word]
    return line if all(map(is_reviewed, parts)) else both(line, english)


def _urgency_said(guidance: Guidance) -> str:
    said_so = words.URGENCY.format(urgency=words.URGENCIES[guidance.urgency])
    return f"{said_so}; {said(guidance.escalation)}" if guidance.escalation else said_so


def _model(reading: Reading, manifest: Manifest | None) -> ModelView | None:
    if reading.pack is None:
        return None
    return ModelView(
        said(reading.pack.title),
        words.VERSION.format(version=reading.pack.version),
        words.STATUS[reading.pack.status],
        reading.pack.status == PackStatus.EXPERIMENTAL.value,
        tuple(map(clinical, manifest.contraindications)) if manifest else (),
    )


def _frames(reading: Reading) -> str:
    count = reading.frame_count
    if count.total < 2 or count.read == 0:
        return ""
    return words.FRAMES_OF.format(read=count.read, total=count.total)


def _others(reading: Reading, readers: Iterable[Manifest]) -> tuple[OtherModel, ...]:
    """The models to choose from after a refusal: none while there is nothing to override."""
    if reading.verdict is not Verdict.REJECTED:
        return ()
    asked = reading.route.overridden_to if reading.route else None
    return tuple(OtherModel(m.id, _offered_as(m)) for m in readers if m.id != asked)


def _offered_as(manifest: Manifest) -> str:
    experimental = manifest.status is PackStatus.EXPERIMENTAL
    title = said(manifest.title)
    return words.TITLE_EXPERIMENTAL.format(title=title) if experimental else title


def heat_label(reading: Reading, manifest: Manifest) -> tuple[str, str] | None:
    """Which finding the heat map is drawn for, and its caption; None when none may be shown.

    A normal finding has no place in the image: the likeliest abnormal one is shown instead, and
    the caption says so where that one was ruled out.
    """
    if reading.finding is None or not reading.frames:
        return None
    if manifest.class_of(reading.finding).role is not Role.NORMAL:
        name = display_name(manifest, reading.finding)
        return reading.finding, words.HEAT_CAPTION.format(finding=name)
    abnormal = [c.label for c in manifest.classes if c.role is Role.ABNORMAL]
    if not abnormal:
        return None
    likeliest = max(abnormal, key=lambda label: reading.probabilities[label])
    possible = likeliest in reading.prediction_set
    caption = words.HEAT_CAPTION if possible else words.HEAT_CAPTION_NORMAL
    return likeliest, caption.format(finding=display_name(manifest, likeliest))
