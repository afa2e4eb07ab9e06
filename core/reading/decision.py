"""From probabilities to a verdict. One frame or many, the rules are all here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.reading.calibration import geometric_mean, prediction_set
from core.reading.guidance import guidance_for
from core.reading.manifest import Manifest, Role
from core.reading.result import FrameReading, Guidance, Urgency, Verdict
from core.reading.sentences import ReadingReason
from core.sentences import Statement

_GRAVITY = {urgency: rank for rank, urgency in enumerate(reversed(Urgency))}


@dataclass(frozen=True)
class Decision:
    """What the probabilities allow to be said. ``finding`` is the most probable label."""

    verdict: Verdict
    finding: str
    probabilities: Mapping[str, float]
    prediction_set: tuple[str, ...]
    reasons: tuple[Statement, ...]


def _name(manifest: Manifest, label: str) -> str:
    return manifest.class_of(label).display.lower()


def decide(manifest: Manifest, probabilities: Mapping[str, float]) -> Decision:
    """The verdict on one image by its probabilities alone.

    Confident only when the conformal set holds one label, and its probability reaches the level
    that the pack's validation images set for that label.
    """
    kept = prediction_set(probabilities, manifest.minimum_probability)
    finding = max(probabilities, key=lambda label: (probabilities[label], label))
    doubts: list[Statement] = []
    if not kept:
        doubts.append(ReadingReason.NOTHING_FITS.say())
    elif len(kept) > 1:
        names = ", ".join(_name(manifest, label) for label in kept)
        doubts.append(ReadingReason.COULD_BE_EITHER.say(findings=names))
    level = manifest.confident_from[finding]
    if level is None:
        doubts.append(ReadingReason.FINDING_NEVER_CONFIDENT.say(finding=_name(manifest, finding)))
    elif probabilities[finding] < level:
        doubts.append(ReadingReason.PROBABILITY_LOW.say(finding=_name(manifest, finding)))
    if doubts:
        return Decision(Verdict.UNCERTAIN, finding, probabilities, kept, tuple(doubts))
    reason = ReadingReason.ABOVE_THRESHOLD.say(finding=_name(manifest, finding))
    return Decision(Verdict.CONFIDENT, finding, probabilities, kept, (reason,))


def _has_normal(manifest: Manifest) -> bool:
    return any(item.role is Role.NORMAL for item in manifest.classes)


def _abnormal_share(manifest: Manifest, frame: FrameReading) -> float:
    return sum(
        frame.probabilities[item.label] for item in manifest.classes if item.role is Role.ABNORMAL
    )


def looks_abnormal(manifest: Manifest, frame: FrameReading) -> bool:
    """Whether a frame's prediction set or most probable label is a disease, in a pack that also
    knows health."""
    if not _has_normal(manifest):
        return False
    single = decide(manifest, frame.probabilities)
    labels = {single.finding, *single.prediction_set}
    return any(manifest.class_of(label).role is Role.ABNORMAL for label in labels)


def rank_frames(manifest: Manifest, frames: Sequence[FrameReading]) -> list[FrameReading]:
    """The most telling frame first: the most abnormal where there is a normal class, else the
    surest."""
    if _has_normal(manifest):
        return sorted(frames, key=lambda frame: -_abnormal_share(manifest, frame))
    return sorted(frames, key=lambda frame: -max(frame.probabilities.values()))


def decide_series(manifest: Manifest, frames: Sequence[FrameReading]) -> Decision:
    """The verdict on a series: never confident, for packs are validated on single images.

    Where there is a normal class the most abnormal frame speaks for the series, so that one
    diseased slice is not outvoted; else the geometric mean of the frames' probabilities.
    """
    ranked = rank_frames(manifest, frames)
    if _has_normal(manifest):
        probabilities = dict(ranked[0].probabilities)
    else:
        rows = [list(frame.probabilities.values()) for frame in frames]
        means = geometric_mean(rows)
        probabilities = {label: float(p) for label, p in zip(manifest.labels, means, strict=True)}
    single = decide(manifest, probabilities)
    reasons = [reason for reason in single.reasons if single.verdict is not Verdict.CONFIDENT]
    tops = {max(frame.probabilities, key=frame.probabilities.__getitem__) for frame in frames}
    if len(tops) > 1 and not _has_normal(manifest):
        reasons.append(ReadingReason.FRAMES_DISAGREE.say())
    reasons.append(ReadingReason.SERIES_NOT_VALIDATED.say())
    return Decision(
        Verdict.UNCERTAIN, single.finding, probabilities, single.prediction_set, tuple(reasons)
    )


def past_review(manifest: Manifest, today: date) -> Statement | None:
    """The doubt of a pack whose review is overdue, or None."""
    if today <= manifest.review_by:
        return None
    return ReadingReason.PACK_PAST_REVIEW.say(review_by=manifest.review_by.isoformat())


def guidance_of(manifest: Manifest, decision: Decision) -> Guidance | None:
    """What to do next. Where several findings remain possible, the gravest of them speaks, so
    that an uncertain reading never reassures."""
    labels = {decision.finding, *decision.prediction_set}
    if decision.verdict is Verdict.CONFIDENT:
        labels = {decision.finding}
    elif all(manifest.class_of(label).role is Role.NORMAL for label in labels):
        labels = set(manifest.labels)
    keys = [key for label in labels if (key := manifest.class_of(label).guidance)]
    if not keys:
        return None

    def gravity(key: str) -> tuple[int, float]:
        pointing = [c.label for c in manifest.classes if c.guidance == key and c.label in labels]
        probability = max(decision.probabilities[label] for label in pointing)
        return _GRAVITY[guidance_for(key).urgency], probability

    return guidance_for(max(keys, key=gravity))
