"""A reviewer answers in a real browser, against a real FHIR server; the field sees the answer."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from PIL import Image

from core.reading.result import PackIdentity
from core.reporting.fhir import transaction
from core.reporting.report import AttachedPicture, PictureKind
from core.sync.delivery import Delivery, Kept
from core.sync.enrolment import Enrolment
from core.sync.opinions import pull
from core.sync.opinions_given import Outcome
from core.sync.parcels import Parcel
from core.sync.server import FhirServer
from core.sync.tasks import Ask, AskReason, Urgency, send_ask
from core.sync.writing import kind_of, planned
from storage import device_file, device_secret, door
from storage.opinions import GivenOpinion
from storage.store import OpenVault
from storage.sync_enrolment import SyncEnrolment
from storage.vault import Case, Opinion
from tests.e2e.conftest import (
    AMINA,
    DESKTOP,
    PHONE,
    TABLET,
    arrive,
    at_size,
    go,
    make_vault,
    put,
    sees,
    served,
    tap,
    unlock,
)
from tests.e2e.test_app import sticking_out
from tests.interop.sekmet import sekmet
from tests.packs import BRIGHT, Kind, Place, phantom
from tests.reporting.reports import CONFIDENT
from tests.review.test_opinions import a_report

READING = replace(
    CONFIDENT, pack=PackIdentity("limb", "0.0.1", "released", "Fracture on limb films")
)


@dataclass
class Clinic:
    """The addresses of the server and of the app."""

    server: str
    app: str


def jpeg(marked: bool) -> bytes:
    grey = phantom(Kind.HAND_FILM, {Place.MIDDLE: BRIGHT})
    picture = np.stack([grey, grey, grey], axis=-1)
    if marked:
        picture[96:160, 96:160, 0] = 255
    stream = io.BytesIO()
    Image.fromarray(picture).resize((512, 512)).save(stream, "JPEG")
    return stream.getvalue()


def ask_at(server: str) -> str:
    """What a phone of the field sends. Returns the case's id."""
    pictures = tuple(
        AttachedPicture(kind, jpeg(kind is PictureKind.HEAT_MAP), 512, 512) for kind in PictureKind
    )
    report = a_report(reading=READING, pictures=pictures)
    with FhirServer(server) as field:
        plan = planned(field.capabilities)
        delivery = Delivery(field, plan)
        entries = transaction(report)["entry"]
        assert isinstance(delivery.send([Parcel(1, tuple(entries))])[1], Kept)
        for each in entries:
            if kind_of(each) == "Binary":
                delivery.send_picture(each)
        ask = Ask(
            case_id=report.case_id,
            report_id=report.id,
            at=datetime.now(UTC),
            reason=AskReason.ASK_CONFIRM,
            urgency=Urgency.NOW,
        )
        send_ask(field, plan, ask)
    return report.case_id


def prepare(vault: OpenVault, server: str) -> None:
    """Enrolled, with a case of its own that a reviewer has answered twice."""
    SyncEnrolment(vault.parts.session).enrol(Enrolment(endpoint=server))
    case = vault.save(
        Case(id=str(uuid4()), reading=READING, read_at=datetime.now(UTC)),
        review_copy=jpeg(marked=False),
    )
    first = vault.add_opinion(
        case.id,
        GivenOpinion(
            opinion=Opinion.DISAGREES,
            right_label="no_fracture",
            first_impression="fracture",
            blinded=True,
            note="A vessel, not a break.",
            given_by="Practitioner/12",
            name="B. Doctor",
            origin="DiagnosticReport/7/_history/1",
        ),
    )
    vault.add_opinion(
        case.id,
        GivenOpinion(
            opinion=Opinion.AGREES,
            given_by="Practitioner/12",
            name="B. Doctor",
            origin="DiagnosticReport/9/_history/1",
            replaces=first.id,
        ),
    )


@pytest.fixture(scope="module")
def clinic(repo: Path, models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    pytest.importorskip("sekmet")
    folder = tmp_path_factory.mktemp("review")
    make_vault(folder / "vault")
    device = device_file.read_device(device_secret.secret_file(folder / "vault"))
    with sekmet(folder) as server:
        entrance = door.Door(folder / "vault", device)
        vault = entrance.unlock(entrance.users()[0].id, AMINA[1])
        prepare(vault, server)
        vault.lock()
        with served(repo, models, folder / "app.log", folder / "vault") as app:
            yield Clinic(server, app)


def to_reviews(page: Any) -> None:
    go(page, "More")
    page.get_by_role("button", name=re.compile("^Reviews")).click()


@pytest.fixture
def tab(browser: Any, clinic: Clinic) -> Iterator[Callable[..., Any]]:
    pages = []

    def open_tab(size: tuple[int, int] = PHONE, scheme: str = "light") -> Any:
        page = arrive(browser, clinic.app, size, scheme)
        pages.append(page)
        unlock(page, AMINA)
        sees(page, "Choose image")
        return page

    yield open_tab
    for page in pages:
        page.context.close()


def test_a_reviewer_looks_first_then_sees_the_reading_and_amends_it(
    tab: Callable[..., Any], clinic: Clinic
) -> None:
    case_id = ask_at(clinic.server)
    page = tab(DESKTOP, "dark")
    to_reviews(page)
    sees(page, "1 case waits for an opinion.")
    page.get_by_role("button", name=re.compile("^Now: Confirm before we act")).click()
    sees(page, "What do you see?")
    assert "Confident" not in page.locator("flt-semantics-host").inner_text()
    tap(page, "Fracture")
    sees(page, "You saw first: Fracture")
    sees(page, "Confident")
    # The last one so tall that all that is tapped is in sight.
    sizes = (DESKTOP, TABLET, (PHONE[0], 2000))
    assert [at_size(page, size, sticking_out) for size in sizes] == [[], [], []]
    tap(page, "Amend it")
    sees(page, "What is it?")
    tap(page, "No fracture")
    put(page, "A word to whoever asked", "A vessel.")
    tap(page, "Give this answer")
    sees(page, "Your answer is at the server.")
    sees(page, "Nobody is waiting for a second opinion.")
    with FhirServer(clinic.server) as field:
        (found,) = pull(field, [case_id])
    assert (found.outcome, found.label) == (Outcome.AMENDS, "no_fracture")
    assert (found.first_impression, found.note) == ("fracture", "A vessel.")
    assert found.reviewer_name == AMINA[0]


def test_the_field_sees_every_opinion_and_may_ask(tab: Callable[..., Any]) -> None:
    page = tab(PHONE)
    go(page, "History")
    page.get_by_role("button", name=re.compile("^Confident")).first.click()
    sees(page, "B. Doctor: confirms the reading. More below.")
    sees(page, "B. Doctor: amends the reading")
    sees(page, "B. Doctor: confirms the reading")
    sees(page, "Both are kept.")
    sees(page, "Seen first, without the reading: fracture")
    tap(page, "Ask for a second opinion")
    tap(page, "Confirm before we act")
    tap(page, "Today")
    tap(page, "Ask")
    sees(page, "Asked. The question goes out with the next sync.")
    sees(page, "has not come yet.")
