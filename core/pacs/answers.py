"""What an archive answers, read from DICOM JSON (PS3.18 F) with nothing taken for granted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from core.pacs.failures import PacsError, PacsFailure

#: Attributes asked for and read of a study (PS3.18 10.6.3.3.1), by tag.
STUDY_UID, ACCESSION, DATE = "0020000D", "00080050", "00080020"
MODALITIES, DESCRIPTION, INSTANCES = "00080061", "00081030", "00201208"
PATIENT_ID, PATIENT_NAME = "00100020", "00100010"
_FAILED, _REFERENCED = "00081198", "00081199"
_INSTANCE_UID, _REASON = "00081155", "00081197"


@dataclass(frozen=True)
class FoundStudy:
    """A study in an archive. What names the patient is not printed with it."""

    study_uid: str
    accession: str
    date: str
    modalities: tuple[str, ...]
    description: str = field(repr=False)
    instances: int | None
    patient_id: str = field(repr=False)
    patient_name: str = field(repr=False)


@dataclass(frozen=True)
class Refused:
    """An object that the archive did not keep, and its Failure Reason (PS3.3 C.14.1.1)."""

    instance_uid: str
    reason: int | None


@dataclass(frozen=True)
class Receipt:
    """What became of each object sent: only what the archive named as kept was kept."""

    kept: tuple[str, ...]
    refused: tuple[Refused, ...]

    @property
    def is_complete(self) -> bool:
        return not self.refused


def studies(answer: Any) -> list[FoundStudy]:
    """The studies of a QIDO-RS answer. Raises ``PacsError`` (``pacs_answer_unknown``)."""
    try:
        return [_study(each) for each in answer]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise PacsError(PacsFailure.PACS_ANSWER_UNKNOWN) from None


def receipt(answer: Any, sent: list[str]) -> Receipt:
    """What a STOW-RS answer says of the objects ``sent``, by SOP Instance UID. One that the
    answer does not name counts as refused. Raises ``PacsError`` (``pacs_answer_unknown``)."""
    try:
        named = {_text(each, _INSTANCE_UID) for each in _items(answer, _REFERENCED)}
        reasons = {
            _text(each, _INSTANCE_UID): _number(each, _REASON) for each in _items(answer, _FAILED)
        }
    except (KeyError, TypeError, ValueError, AttributeError):
        raise PacsError(PacsFailure.PACS_ANSWER_UNKNOWN) from None
    kept = tuple(uid for uid in sent if uid in named and uid not in reasons)
    refused = tuple(Refused(uid, reasons.get(uid)) for uid in sent if uid not in kept)
    return Receipt(kept, refused)


def _study(answer: Any) -> FoundStudy:
    uid = _text(answer, STUDY_UID)
    if not uid:
        raise ValueError("a study without its UID")
    return FoundStudy(
        study_uid=uid,
        accession=_text(answer, ACCESSION),
        date=_text(answer, DATE),
        modalities=tuple(str(each) for each in _values(answer, MODALITIES)),
        description=_text(answer, DESCRIPTION),
        instances=_number(answer, INSTANCES),
        patient_id=_text(answer, PATIENT_ID),
        patient_name=_text(answer, PATIENT_NAME),
    )


def _values(answer: Any, tag: str) -> list[Any]:
    found = answer.get(tag, {}).get("Value", [])
    if not isinstance(found, list):
        raise TypeError("a value that is no list")
    return [each for each in found if each is not None]


def _text(answer: Any, tag: str) -> str:
    """The first value; a person's name in its alphabetic form (PS3.18 F.2.2)."""
    first = next(iter(_values(answer, tag)), "")
    if isinstance(first, dict):
        first = first.get("Alphabetic", "")
    return str(first)


def _number(answer: Any, tag: str) -> int | None:
    first = next(iter(_values(answer, tag)), None)
    return None if first is None else int(first)


def _items(answer: Any, tag: str) -> list[Any]:
    return _values(answer, tag)
