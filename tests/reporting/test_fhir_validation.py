"""Validators that others wrote accept every report, and would reject a faulty one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core.reporting.fhir import transaction
from tests.reporting.faults import FAULTS
from tests.reporting.reports import all_reports, confirmed
from tests.reporting.validators import Validator, fhirkit_rs, installed, medplum, official_schema


@pytest.mark.parametrize("validator", [official_schema, fhirkit_rs, medplum])
def test_a_validator_accepts_every_report(repo: Path, validator: Callable[[], Validator]) -> None:
    judge = validator()
    wrong = {name: judge(transaction(each)) for name, each in all_reports(repo).items()}

    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_rejected(fault: str) -> None:
    judges = installed()
    if len(judges) < 2:
        pytest.skip("needs two validators: fhirkit-rs, and tests/reporting/fetch_schema.py")
    bundle = json.loads(json.dumps(transaction(confirmed())))
    FAULTS[fault](bundle)

    assert any(judge(bundle) for judge in judges)
