"""What a pack must know before it may speak: from the header, else from the clinician."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.imaging.study import Facts
from core.reading.manifest import Manifest, Requirement, RequirementKind
from core.reading.sentences import ReadingReason
from core.sentences import Statement


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What the clinician said, in one tap each. None: not asked or not answered."""

    age_years: float | None = None
    known_lesion: bool | None = None
    body_part: str | None = None
    contrast: bool | None = None


class Unanswered(StrEnum):
    """What an open question does: assumed to be met and said so, or no confident verdict."""

    ASSUME = "assume"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True)
class Checked:
    """``refusals`` forbid a reading, ``doubts`` a confident one, ``assumptions`` are stated."""

    refusals: tuple[Statement, ...] = ()
    doubts: tuple[Statement, ...] = ()
    assumptions: tuple[Statement, ...] = ()


#: The question to the clinician, by what is required.
QUESTIONS = {
    RequirementKind.AGE_YEARS: "How old is the patient?",
    RequirementKind.BODY_PART: "Which part of the body is it?",
    RequirementKind.KNOWN_LESION: "Has a tumour already been seen?",
    RequirementKind.CONTRAST: "Was contrast given?",
}


Known = float | bool | str


def known_values(requirement: Requirement, facts: Facts, answers: Answers) -> list[Known]:
    """What is known of a requirement: the header's word first, then the clinician's. Two values
    when both speak and differ; none when neither does."""
    said: dict[RequirementKind, tuple[Known | None, Known | None]] = {
        RequirementKind.AGE_YEARS: (facts.age_years, answers.age_years),
        RequirementKind.BODY_PART: (facts.body_part, answers.body_part),
        RequirementKind.CONTRAST: (facts.contrast, answers.contrast),
        RequirementKind.KNOWN_LESION: (None, answers.known_lesion),
    }
    return list(dict.fromkeys(v for v in said[requirement.kind] if v is not None))


def open_questions(manifest: Manifest, facts: Facts, answers: Answers) -> list[Requirement]:
    """What still has to be asked: never what the header says."""
    return [r for r in manifest.requires if not known_values(r, facts, answers)]


def _number(value: float) -> str:
    return f"{value:g}"


def _refusal(requirement: Requirement, value: Known) -> Statement | None:
    """Why this value forbids a reading, or None when it does not."""
    if requirement.kind is RequirementKind.AGE_YEARS:
        # Whole years, as people count: a child of 5 years and 11 months is 5.
        whole = int(float(value)) if float(value) >= 1 else float(value)
        if requirement.minimum <= whole <= requirement.maximum:
            return None
        return ReadingReason.AGE_OUTSIDE.say(
            lowest=_number(requirement.minimum),
            highest=_number(requirement.maximum),
            age=_number(float(value)),
        )
    if requirement.kind is RequirementKind.BODY_PART:
        part = str(value).upper()
        if part in requirement.allowed:
            return None
        return ReadingReason.BODY_PART_OUTSIDE.say(body_part=part.lower())
    if value:
        return None
    if requirement.kind is RequirementKind.CONTRAST:
        return ReadingReason.CONTRAST_ABSENT.say()
    return ReadingReason.LESION_NOT_SEEN.say()


def _assumption(requirement: Requirement) -> Statement:
    if requirement.kind is RequirementKind.AGE_YEARS:
        return ReadingReason.ASSUMED_AGE.say(
            lowest=_number(requirement.minimum), highest=_number(requirement.maximum)
        )
    if requirement.kind is RequirementKind.BODY_PART:
        allowed = ", ".join(part.lower() for part in requirement.allowed)
        return ReadingReason.ASSUMED_BODY_PART.say(allowed=allowed)
    if requirement.kind is RequirementKind.CONTRAST:
        return ReadingReason.ASSUMED_CONTRAST.say()
    return ReadingReason.ASSUMED_KNOWN_LESION.say()


def check_requirements(
    manifest: Manifest, facts: Facts, answers: Answers, unanswered: Unanswered
) -> Checked:
    """Whether the pack may speak about this study, and how surely."""
    refusals, doubts, assumptions = _header_refusals(manifest, facts), [], []
    for requirement in manifest.requires:
        values = known_values(requirement, facts, answers)
        refusals += [refusal for v in values if (refusal := _refusal(requirement, v))]
        if len(values) > 1:
            doubts.append(ReadingReason.FACTS_DISAGREE.say(question=QUESTIONS[requirement.kind]))
        elif not values and unanswered is Unanswered.ASSUME:
            assumptions.append(_assumption(requirement))
        elif not values:
            question = QUESTIONS[requirement.kind]
            doubts.append(ReadingReason.NOT_ANSWERED.say(question=question))
    return Checked(tuple(dict.fromkeys(refusals)), tuple(doubts), tuple(assumptions))


def _header_refusals(manifest: Manifest, facts: Facts) -> list[Statement]:
    """What the header alone forbids: another modality, another part of the body."""
    refusals = []
    if facts.modality and manifest.modality and facts.modality not in manifest.modality:
        refusals.append(ReadingReason.MODALITY_MISMATCH.say(modality=facts.modality))
    if facts.body_part and manifest.body_part and facts.body_part not in manifest.body_part:
        part = facts.body_part.lower()
        refusals.append(ReadingReason.BODY_PART_OUTSIDE.say(body_part=part))
    return refusals
