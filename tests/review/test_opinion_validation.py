"""Validators that others wrote accept what is asked and what is answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from core.reporting.coding import urn
from core.reporting.report import Clinician
from core.sync.opinions_given import OTHER, Given, Outcome, entries_of
from core.sync.tasks import Ask, AskReason, Urgency, task_of
from tests.reporting.validators import Validator, fhirkit_rs, medplum, official_schema

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def answers() -> dict[str, Given]:
    """Every outcome, with as much and as little as may be said."""
    known = {
        "case_id": str(uuid4()),
        "report": "DiagnosticReport/7",
        "task": "Task/9",
        "subject": {"type": "Patient", "display": "No patient was named on the device."},
        "pack": "limb",
        "reviewer": Clinician("urn:oid:1.2.3", "doctor-3", "B. Doctor"),
        "at": AT,
        "read_at": AT.isoformat(),
        "organisation": "District Hospital",
    }
    full = {
        "label": "fracture",
        "display": "Fracture",
        "first_impression": OTHER,
        "note": "A vessel.",
        "follows": "DiagnosticReport/8",
        "practitioner": "Practitioner/12",
    }
    return {
        f"{outcome} {name}": Given(id=str(uuid4()), outcome=outcome, **known, **more)  # type: ignore[arg-type]
        for outcome in Outcome
        for name, more in (("bare", {}), ("full", full))
    }


def bundle_of(entries: tuple[dict[str, object], ...]) -> dict[str, object]:
    return {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}


def the_ask() -> dict[str, object]:
    ask = Ask(
        case_id=str(uuid4()),
        report_id=str(uuid4()),
        at=AT,
        reason=AskReason.ASK_REFUSED,
        urgency=Urgency.NOW,
        asked_by="7",
        pseudonym="1-abc",
    )
    request = {"method": "POST", "url": "Task"}
    return {"fullUrl": urn(ask.id), "resource": task_of(ask), "request": request}


@pytest.mark.parametrize("validator", [official_schema, fhirkit_rs, medplum])
def test_a_validator_accepts_every_question_and_every_answer(
    validator: Callable[[], Validator],
) -> None:
    judge = validator()
    wrong = {name: judge(bundle_of(entries_of(each))) for name, each in answers().items()}
    wrong["ask"] = judge(bundle_of((the_ask(),)))

    assert {name: found for name, found in wrong.items() if found} == {}
