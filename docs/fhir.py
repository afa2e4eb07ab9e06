"""Write docs/fhir.md: what Outpost tells a health-record server, with real examples.

Run ``python docs/fhir.py`` after changing core/reporting; a test fails until then.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "fhir.md"
sys.path.insert(0, str(ROOT))

from core.imaging.study import Source  # noqa: E402 (the path must be set first)
from core.reading.manifest import Code, PackClass, Role  # noqa: E402
from core.reading.result import PackIdentity, Reading, Verdict  # noqa: E402
from core.reading.sentences import ReadingReason  # noqa: E402
from core.reporting.coding import System  # noqa: E402
from core.reporting.fhir import transaction  # noqa: E402
from core.reporting.fhir_findings import DECIMALS  # noqa: E402
from core.reporting.report import (  # noqa: E402
    Agreement,
    AttachedPicture,
    Clinician,
    Confirmation,
    PictureKind,
    ReadAt,
    Replaced,
    Report,
    SecondOpinion,
    Subject,
)

HEAD = """\
# FHIR R4: what Outpost tells a health-record server

For those who run the server, or build on it. This page is written by `python docs/fhir.py` from
the code that makes the reports, so the examples are what is sent. The people and times in them
are made up.

One reading is one `transaction` Bundle, built by `core.reporting.fhir.transaction` as plain
dictionaries. `main.py report CASE|IMAGE --fhir OUT` writes one.

## What a report holds

| resource | when | what it says |
| --- | --- | --- |
| Patient | only where the clinic chose it | the pseudonym, and nothing else |
| Practitioner | only when a clinician is given | the clinic's identifier; a name if wanted |
| Device | always | the model pack and its version; Outpost itself where no model was asked |
| ImagingStudy or Media | always | that an image was read: DICOM or a picture |
| Observation | one per finding | the calibrated probability, from 0 to 1 |
| Observation | where a clinician has spoken | `agrees` or `disagrees`, and the class held right |
| DiagnosticReport | always | verdict and reasons; `preliminary` until a clinician has spoken |
| Task | when a second opinion is asked | `requested`, with the report as its focus |
| Media and Binary | only where the clinic chose it | image and heat map, reduced, JPEG |
| Provenance | always | which model and Outpost's version made the report, of what, and when |

## Rules

- **No patient, unless the clinic chose it.** `subject` is a reference by identifier alone: the
  pseudonym. By setting (`Subject.CREATED`) it points to a Patient that holds the pseudonym and
  nothing else, created once. Without one, it says that no patient was named. A reason may
  state an age (from 90 on only "90") or a part of the body, where a model refused for it.
- **Any repetition is harmless.** Each resource carries an identifier that the device made, and is
  created with `ifNoneExist`. Provenance and Binary have no identifier in R4, so they are put under
  a UUID of ours: the server must allow updates that create (`updateCreate`).
- **Nothing is changed.** A correction is a new report that names what it replaces, in the
  extensions `diagnosticReport-replaces` and `observation-replaces` and as a `revision` in
  Provenance. It shares the Device and the image with the report it corrects.
- **A clinician's word is a new report.** It names the report that it replaces, is `final`, has the
  clinician as `resultsInterpreter` and as `verifier` in Provenance, and an Observation of the
  clinician's own beside those of the program, whose values stay. A clinician who is not
  sure confirms nothing: the report stays `preliminary`. Notes are never sent.
- **A picture that comes later comes with the next label.** The Media that says that the image was
  not sent is never changed; the next report of the case points to a Media that has it.
- **An Observation is a probability, not a finding.** Its `code` is the class: SNOMED CT or RadLex
  where the pack has a code, and always ours. Read `valueQuantity` before counting it. The leading
  class, and the classes that remain possible, are marked in `interpretation`. Probabilities have
  {decimals} decimals.
- **A rejected reading has no findings**, also where a model was run: what it said of such an image
  means nothing. One Observation, `cancelled`, says so with a data-absent reason.
- **Two clocks.** `issued`, `effectiveDateTime`, `authoredOn` and Provenance's `recorded` are the
  known time of the reading; where a clinician has spoken, `issued` and `recorded` are the time of
  that. Provenance's `occurredDateTime` is what the device's clock said. Both carry their UTC
  offset.

Read the status of every entry in the answer: a server may answer 200 and refuse one entry.

## Back again

`core.reporting.fhir_reading` reads a transaction, or the answer to a search, back into a report.
Such a search brings what the reports point to, their Provenance and their Tasks:

    DiagnosticReport?subject:identifier=SYSTEM|PSEUDONYM
      &_include=DiagnosticReport:result&_include=DiagnosticReport:media
      &_include:iterate=Observation:device&_include:iterate=Observation:derived-from
      &_revinclude=Provenance:target&_revinclude=Task:focus
      &_include:iterate=Provenance:agent&_include=DiagnosticReport:subject

Where the clinic has Patients created, `subject:Patient.identifier` takes the place of
`subject:identifier`.

Tried by hand with sekmet-fhir 0.1.1: three reports sent three times each made nothing twice, and
came back as they were. Not every server understands every part of this search. Not sent, and so
not found again: route, guidance, pictures, timing, and what a rejected reading had for
probabilities. What was changed is refused in words, and what is not ours is passed over.

## How it is checked

Every verdict and every pack in the repository goes through HL7's JSON schema of R4, through
fhirkit-rs, and through Medplum's validator with its warnings counted as errors, where they are
installed; together they must reject {faults} planted faults (`tests/reporting`). `make test`
fetches what it can; `python3 tests/reporting/fetch_schema.py` fetches the schema and Medplum, `pip
install fhirkit-rs==0.1.0` the third. They check form, not meaning; none follows a reference, which
our own tests do.

## Code systems of ours

They are object identifiers made from a UUID (ITU-T X.667), and will not change.

| system | codes |
| --- | --- |
"""

CODES = {
    System.PACK_CLASS: "a class of a pack: pack, full stop, label",
    System.VERDICT: "`confident`, `uncertain`, `rejected`",
    System.REASON: "a reason of a verdict; its sentence stands beside it in `text`",
    System.PSEUDONYM: "identifiers of patients, by pseudonym",
    System.PACK_STATUS: "`released`, `experimental`",
    System.STANDING: "`leading`, `possible`: what a class is in its reading",
    System.ACT: "`image-reading`, `second-opinion`, `clinicians-opinion`, `clinicians-class`, "
    "`first-impression`",
    System.CASE: "identifiers of cases; a report and its corrections share one",
    System.DICOM_CODES: "our codes in DICOM, under the designator `99OUTPOST`",
    System.OPINION: "`agrees`, `disagrees`, `not_sure`, `other`: what is said of a reading",
    System.USER: "identifiers of clinicians, by their number in the vault",
    System.OPINION_ON: "the case that a second opinion is on, as its report's identifier",
    System.ASK_REASON: "why a second opinion is asked; its sentence stands beside it in `text`",
}


def example_class(label: str, display: str, code: str) -> PackClass:
    known = Code("http://snomed.info/sct", code, display)
    return PackClass(label, display, Role.ABNORMAL, known, label, None)


def examples() -> dict[str, Report]:
    """Reports to show, by title."""
    pack = PackIdentity("brain_mri", "1.0.0", "released", "Type of brain tumour")
    classes = {
        each.label: each
        for each in (
            example_class("glioma", "Glioma", "393564001"),
            example_class("meningioma", "Intracranial meningioma", "302820008"),
            example_class("pituitary", "Pituitary adenoma", "254956000"),
        )
    }
    at = ReadAt(
        device=datetime(2019, 1, 1, 0, 4, 9, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        known=datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
    )
    uncertain = Reading(
        verdict=Verdict.UNCERTAIN,
        reasons=(ReadingReason.COULD_BE_EITHER.say(findings="glioma, meningioma"),),
        pack=pack,
        probabilities={"glioma": 0.59, "meningioma": 0.4, "pituitary": 0.01},
        prediction_set=("glioma", "meningioma"),
        finding="glioma",
    )
    rejected = Reading(
        verdict=Verdict.REJECTED,
        reasons=(ReadingReason.UNSUPPORTED_KIND.say(kind="a photograph"),),
    )
    correction = Report(
        id="0b8f8a5e-55b2-4a0c-9a3e-0e0c6c1f7d02",
        case_id="5f0e6a31-6c0e-4c52-8f3e-2a9b0d4c1e77",
        reading=uncertain,
        read_at=at,
        software="0.1.0",
        source=Source.DICOM,
        classes=classes,
        modality="MR",
        pseudonym="K7QX-2M4P",
        clinician=Clinician("urn:oid:2.25.1234", "nurse-7"),
        second_opinion=SecondOpinion.ASKED,
        replaces=Replaced("7a1c2f8e-1d3b-4a77-9a55-3f0f2f6f1c10", tuple(classes)),
    )
    refusal = Report(
        id="c3f0f0a4-7f57-4a51-8d6e-6a4f2c9b1e05",
        case_id="c3f0f0a4-7f57-4a51-8d6e-6a4f2c9b1e05",
        reading=rejected,
        read_at=at,
        software="0.1.0",
        source=Source.PICTURE,
    )
    confirmed = replace(
        correction,
        id="9b3c41d0-7b35-4d0e-8a41-6f2d1c0e5a17",
        second_opinion=SecondOpinion.NOT_ASKED,
        replaces=Replaced(correction.id, tuple(uncertain.probabilities)),
        confirmation=Confirmation(
            Clinician("urn:oid:2.25.1234", "doctor-3"),
            datetime(2026, 11, 23, 14, 5, tzinfo=timezone(timedelta(hours=5, minutes=30))),
            Agreement.DISAGREES,
            "District Hospital",
            "meningioma",
        ),
        subject=Subject.CREATED,
        pictures=(AttachedPicture(PictureKind.HEAT_MAP, b"(the bytes of a JPEG)", 640, 480),),
    )
    return {
        "A correction with all that a report may hold": correction,
        "The same after a clinician disagreed, with a Patient and a heat map": confirmed,
        "A picture that was refused": refusal,
    }


def page(faults: int) -> str:
    """The whole page; ``faults`` is how many planted faults the tests know."""
    rows = [f"| `{system}` | {said} |" for system, said in CODES.items()]
    parts = [HEAD.format(decimals=DECIMALS, faults=faults) + "\n".join(rows)]
    for title, report in examples().items():
        bundle: dict[str, Any] = transaction(report)
        shown = json.dumps(bundle, indent=1, ensure_ascii=False)
        parts.append(f"## {title}\n\n```json\n{shown}\n```")
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    from tests.reporting.faults import FAULTS

    PAGE.write_text(page(len(FAULTS)), encoding="utf-8")
