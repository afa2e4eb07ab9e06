"""FHIR validators that others wrote, each skipped by name where it is not installed."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from typing import Any

import fastjsonschema
import pytest

from tests.reporting.fetch_schema import HERE, MODULES, SCHEMA

Json = dict[str, Any]
#: Says what is wrong with a transaction; an empty list is its blessing.
Validator = Callable[[Json], list[str]]


@cache
def _definition(kind: str) -> Callable[[Any], Any]:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    # Resources inside others are validated on their own: the union of all 146 is slow to compile.
    definitions = {**schema["definitions"], "ResourceList": {}}
    one = {
        "$schema": schema["$schema"],
        "definitions": definitions,
        "$ref": f"#/definitions/{kind}",
    }
    compiled: Callable[[Any], Any] = fastjsonschema.compile(one, use_default=False)
    return compiled


def by_official_schema(bundle: Json) -> list[str]:
    """HL7's JSON schema of R4, for the Bundle and every resource in it."""
    found = []
    for resource in [bundle, *(entry["resource"] for entry in bundle["entry"])]:
        try:
            _definition(str(resource.get("resourceType")))(copy.deepcopy(resource))
        except fastjsonschema.JsonSchemaException as error:
            found.append(str(error))
    return found


def by_fhirkit(bundle: Json) -> list[str]:
    """fhirkit-rs, generated from HL7's specification: required elements, types and choices."""
    import fhirkit

    wholes = [bundle, *(entry["resource"] for entry in bundle["entry"])]
    return [str(issue) for whole in wholes for issue in fhirkit.validate(whole)]


@cache
def _medplum() -> subprocess.Popen[str]:
    """Medplum's validator, kept running: it takes a second to start."""
    program = HERE / "medplum.mjs"
    return subprocess.Popen(
        ["node", str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def by_medplum(bundle: Json) -> list[str]:
    """Medplum's validator, which warns too. It judges resources as a server holds them, so the
    references inside the transaction become what the server would make of them."""
    process = _medplum()
    assert process.stdin is not None
    assert process.stdout is not None
    found: list[str] = []
    for resource in _as_held(bundle):
        process.stdin.write(json.dumps(resource) + "\n")
        process.stdin.flush()
        found += json.loads(process.stdout.readline())
    return found


def _as_held(bundle: Json) -> list[Json]:
    whole = json.dumps([entry["resource"] for entry in bundle["entry"]])
    for entry in bundle["entry"]:
        name = f"{entry['resource'].get('resourceType')}/{entry['fullUrl'].split(':')[-1]}"
        whole = whole.replace(f'"reference": "{entry["fullUrl"]}"', f'"reference": "{name}"')
    held: list[Json] = json.loads(whole)
    return held


def installed() -> list[Validator]:
    """The validators at hand."""
    found: list[Validator] = [by_official_schema] if SCHEMA.is_file() else []
    if MODULES.is_dir() and shutil.which("node"):
        found.append(by_medplum)
    try:
        import fhirkit  # noqa: F401
    except ImportError:
        return found
    return [*found, by_fhirkit]


def official_schema() -> Validator:
    if not SCHEMA.is_file():
        pytest.skip("no FHIR schema here: python3 tests/reporting/fetch_schema.py (needs npm)")
    return by_official_schema


def medplum() -> Validator:
    if not MODULES.is_dir() or not shutil.which("node"):
        pytest.skip("no Medplum here: python3 tests/reporting/fetch_schema.py (needs npm)")
    return by_medplum


def fhirkit_rs() -> Validator:
    pytest.importorskip("fhirkit", reason="fhirkit-rs is not installed: pip install fhirkit-rs")
    return by_fhirkit
