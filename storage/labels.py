"""The labels of a case, and what each is worth: its clinician's, and every second opinion's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from storage.opinions import GivenOpinion, OpinionKind, in_force
from storage.vault import Case, Opinion, ReferenceStandard


@dataclass(frozen=True)
class GivenLabel:
    """The class that one person holds true.

    ``seen_ai_first`` says whether the reading was seen before any impression was given, and
    ``blinded`` whether the label is such an impression, unchanged. ``role`` is a value of
    ``storage.opinions.OpinionRole``; "" where a case from an earlier version names none.
    """

    label: str
    role: str
    reference_standard: ReferenceStandard | None
    seen_ai_first: bool
    blinded: bool


def labels_of(case: Case, opinions: Iterable[GivenOpinion]) -> list[GivenLabel]:
    """The case's own label, then those of the second opinions that none replaced, the oldest
    first. Whoever is not sure, or names no class, gives no label."""
    own = case.label
    found = [] if own is None else [_own(case, own)]
    for one in in_force(opinions):
        said = _said(case, one)
        if one.kind is OpinionKind.SECOND and said is not None:
            found.append(_second(one, said))
    return found


def _own(case: Case, label: str) -> GivenLabel:
    role = case.labelled_role.value if case.labelled_role else ""
    blinded = case.own_impression == label
    return GivenLabel(label, role, case.reference_standard, case.seen_ai_first, blinded)


def _second(one: GivenOpinion, label: str) -> GivenLabel:
    blinded = one.first_impression == label
    return GivenLabel(label, one.role.value, one.reference_standard, not one.blinded, blinded)


def _said(case: Case, one: GivenOpinion) -> str | None:
    """As ``Case.label``."""
    if one.opinion is Opinion.AGREES:
        return case.reading.finding
    return one.right_label if one.opinion is Opinion.DISAGREES else None
