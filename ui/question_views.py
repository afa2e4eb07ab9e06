"""How a pack's question is asked, and what was answered. No widgets here, so tests need none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.reading.manifest import Requirement, RequirementKind
from core.reading.requirements import QUESTIONS, Answers
from ui import words
from ui.language import said

if TYPE_CHECKING:
    from ui.study_view import Shown

#: The body part that stands for every one the pack was not made for.
OTHER_BODY_PART = "ANOTHER PART"
#: Ages of packs without a real upper limit.
_NO_LIMIT = 120


@dataclass(frozen=True)
class Choice:
    """One answer to tap. ``value`` None: not known."""

    label: str
    value: float | bool | str | None


@dataclass(frozen=True)
class QuestionView:
    """One question, answered in one tap; an age may also be typed. ``picture``: which of several
    images it is about."""

    kind: RequirementKind
    title: str
    choices: tuple[Choice, ...]
    picture: Shown | None = None


def question_view(requirement: Requirement) -> QuestionView:
    """How a pack's requirement is asked."""
    title = said(QUESTIONS[requirement.kind])
    return QuestionView(requirement.kind, title, tuple(_choices(requirement)))


def _choices(requirement: Requirement) -> Iterable[Choice]:
    match requirement.kind:
        case RequirementKind.KNOWN_LESION:
            yield Choice(words.YES_LESION, True)
            yield Choice(words.NO_LESION, False)
        case RequirementKind.CONTRAST:
            yield Choice(words.YES_CONTRAST, True)
            yield Choice(words.NO_CONTRAST, False)
        case RequirementKind.BODY_PART:
            for part in requirement.allowed:
                yield Choice(body_part_name(part), part)
            yield Choice(words.ANOTHER_PART, OTHER_BODY_PART)
        case RequirementKind.AGE_YEARS:
            # Any age inside the range has the same consequence, so its middle stands for it.
            yield Choice(age_range(requirement), (requirement.minimum + requirement.maximum) / 2)
    yield Choice(words.NOT_KNOWN, None)


def body_part_name(part: str) -> str:
    """A DICOM Body Part Examined value as people write it."""
    plain = part.replace("_", " ")
    return words.BODY_PARTS.get(plain, plain.capitalize())


def age_range(requirement: Requirement) -> str:
    lowest, highest = f"{requirement.minimum:g}", f"{requirement.maximum:g}"
    if requirement.maximum >= _NO_LIMIT:
        return words.AGE_FROM.format(lowest=lowest)
    if requirement.minimum <= 0:
        return words.AGE_UNDER_RANGE.format(highest=highest)
    return words.AGE_RANGE.format(lowest=lowest, highest=highest)


def typed_age(text: str) -> float | None:
    """An age that a person typed; None when it is none. Digits of any script count."""
    try:
        age = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return age if 0 <= age <= 130 else None


def answered(answers: Answers, kind: RequirementKind, value: float | bool | str) -> Answers:
    """``answers`` with one more."""
    return replace(answers, **{kind.value: value})
