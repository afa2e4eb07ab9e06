"""Who said what: a label is worth as much as is known of who gave it."""

from __future__ import annotations

from dataclasses import replace

from storage.key_file import Role
from storage.vault import Case


def stamped(case: Case, former: Case | None, user_id: str, role: Role) -> Case:
    """The case with the one who is signed in as whoever saved it first, where it names nobody,
    and as whoever labelled it, where the label is new or differs from the former case's."""
    if case.saved_by is None:
        known = former.saved_by if former else None
        case = replace(case, saved_by=user_id if known is None else known)
    if not _is_labelled(case):
        return replace(case, labelled_by=None, labelled_role=None)
    named = case.labelled_by is not None and (
        former is None
        or _label(case) == _label(former)
        or (case.labelled_by != former.labelled_by and not _is_from_before(case, former))
    )
    return case if named else replace(case, labelled_by=user_id, labelled_role=role)


def _is_from_before(case: Case, former: Case) -> bool:
    """Whether the case was opened before its last change: then the name on it is of a label that it
    had, and nobody's who gives this one."""
    return case.version is not None and case.version != former.version


def _is_labelled(case: Case) -> bool:
    return any(part is not None for part in _label(case))


def _label(case: Case) -> tuple[object, ...]:
    return case.opinion, case.right_label, case.reference_standard, case.own_impression
