"""Second opinions between the vault and the clinic's server: the same for the app and for every
sync. Slow: never on the event loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from core.sync import known
from core.sync.delivery import Delivery, Kept, Refused
from core.sync.failures import SyncError, SyncFailure
from core.sync.opinions import Received, pull
from core.sync.parcels import Parcel
from core.sync.server import FhirServer
from core.sync.sign_in import SignIn
from core.sync.tasks import Ask, AskReason, Urgency, complete, send_ask
from core.sync.wire import Wire
from core.sync.writing import Plan, planned
from storage.audit import Action
from storage.failures import StorageError
from storage.opinions import GivenOpinion, OpinionKind, OpinionRole
from storage.second_opinions import KeptAnswer, SecondOpinions
from storage.store import OpenVault
from storage.sync_enrolment import SyncEnrolment
from storage.vault import Opinion, ReferenceStandard
from ui.case_report import report_of


def ask(vault: OpenVault, case_id: str, reason: AskReason, urgency: Urgency) -> Ask:
    """Ask for a second opinion on a case. It is kept here at once, and goes with the next sync.

    Raises StorageError.
    """
    case = vault.case(case_id)
    session = vault.parts.session
    sends_names = vault.settings().send_names
    report = report_of(case, None, people=(), clinic="", labelled_at=case.read_at)
    made = Ask(
        case_id=case_id,
        report_id=report.id,
        at=session.clock.now().known,
        reason=reason,
        urgency=urgency,
        asked_by=(session.user_id or "") if sends_names else "",
        pseudonym=case.pseudonym,
    )
    SecondOpinions(session).ask(made)
    vault.record(Action.EXPORTED, row=case_id, detail="second opinion asked")
    return made


def waits_for_answer(vault: OpenVault, case_id: str) -> Ask | None:
    """The last question on a case that no second opinion has come for since."""
    asked = [one.ask for one in SecondOpinions(vault.parts.session).asked()]
    mine = [one for one in asked if one.case_id == case_id]
    given = [
        one.given_at
        for one in vault.opinions(case_id)
        if one.kind is OpinionKind.SECOND and one.given_at
    ]
    # The server tells times in whole seconds: an answer within the second of its question counts.
    if not mine or any(at >= mine[-1].at.replace(microsecond=0) for at in given):
        return None
    return mine[-1]


def ask_again(vault: OpenVault) -> None:
    """The server was put back from a backup: what was asked and not answered is asked again. Where
    the server still has a question, that makes no second one."""
    keeping = SecondOpinions(vault.parts.session)
    asks = [one.ask for one in keeping.asked() if one.sent]
    waiting = {ask.id for ask in asks if _is_waited_for(vault, ask)}
    if waiting:
        keeping.send_again(waiting)


def _is_waited_for(vault: OpenVault, ask: Ask) -> bool:
    try:
        waits = waits_for_answer(vault, ask.case_id)
    except StorageError:  # Deleted meanwhile.
        return False
    return waits is not None and waits.id == ask.id


@contextmanager
def clinic_server(vault: OpenVault, person: SignIn | None = None) -> Iterator[FhirServer]:
    """The server that this vault is enrolled with, signed in as this device, or as ``person``.

    Raises SyncError (SYNC_NOT_ENROLLED), StorageError.
    """
    keeping = SyncEnrolment(vault.parts.session)
    enrolment = keeping.required().enrolment
    sign_in = person or enrolment.sign_in(keeping.key())
    with FhirServer(enrolment.endpoint, sign_in=sign_in, wire=Wire(enrolment.trust)) as server:
        yield server


def plan_for(server: FhirServer) -> Plan:
    """How this server is written to. Raises SyncError."""
    about = known.learn(server)
    about.tell(server)
    return planned(about.capabilities)


def exchange(vault: OpenVault, server: FhirServer, plan: Plan) -> int:
    """Send what was asked and answered here, and fetch what others answered. Returns how many
    opinions are new here. Raises SyncError, StorageError."""
    send_asks(vault, server, plan)
    send_answers(vault, server, plan)
    return fetch(vault, server)


def send_asks(vault: OpenVault, server: FhirServer, plan: Plan) -> None:
    """Every question whose case the server has: one about nothing would only puzzle a reviewer."""
    keeping = SecondOpinions(vault.parts.session)
    for one in keeping.asked():
        if not one.sent and _has_receipt(vault, one.ask.case_id):
            send_ask(server, plan, one.ask)
            keeping.sent(one.ask.id)


def _has_receipt(vault: OpenVault, case_id: str) -> bool:
    try:
        return bool(vault.receipts(case_id))
    except StorageError:
        return False


def send_answers(
    vault: OpenVault,
    server: FhirServer,
    plan: Plan,
    given_by: Callable[[KeptAnswer], bool] = lambda answer: True,
) -> None:
    """Every answer that was ``given_by`` somebody here and has not arrived. Any repetition is
    harmless."""
    keeping = SecondOpinions(vault.parts.session)
    for one in filter(given_by, keeping.answers()):
        outcome = Delivery(server, plan).send([Parcel(1, one.entries)])[1]
        if isinstance(outcome, Refused):
            raise SyncError(SyncFailure.SYNC_REFUSED, status=outcome.status, words=outcome.words)
        if not isinstance(outcome, Kept):
            raise outcome
        complete(server, one.task, outcome.resource, one.at)
        keeping.answer_sent(one.id)


def is_by(answer: KeptAnswer, practitioner: str, account: str) -> bool:
    """Whether an answer is this person's: by the server's name of them, else by their account."""
    for each in answer.entries:
        resource = each["resource"]
        if resource["resourceType"] == "DiagnosticReport":
            who = resource["resultsInterpreter"][0]
            if practitioner:
                return bool(who.get("reference") == practitioner)
            return bool(who.get("identifier", {}).get("value") == account)
    return False


def answer(vault: OpenVault, given: KeptAnswer) -> None:
    """Keep a reviewer's answer: it is safe here before anything is sent. Raises StorageError."""
    SecondOpinions(vault.parts.session).keep_answer(given)


def fetch(vault: OpenVault, server: FhirServer) -> int:
    """Add the opinions on cases of this device that are not here yet. Returns how many are new."""
    keeping = SecondOpinions(vault.parts.session)
    cases = {one.ask.case_id for one in keeping.asked() if one.sent}
    if not cases:
        return 0
    before = time.monotonic()
    found = pull(server, cases, keeping.answered_until())
    # By the server's clock, which its answers have told by now: this device's may be years off.
    began = server.time.now() - timedelta(seconds=time.monotonic() - before)
    new = sum(_add(vault, each) for each in found)
    keeping.looked_until(began)
    return new


def _add(vault: OpenVault, received: Received) -> int:
    """Add one; 0 where it is here already, or its case was deleted meanwhile."""
    try:
        here = vault.opinions(received.case_id)
        if any(one.origin == received.origin for one in here):
            return 0
        vault.add_opinion(received.case_id, as_given(received, here))
    except StorageError:
        return 0
    return 1


def as_given(received: Received, here: Sequence[GivenOpinion]) -> GivenOpinion:
    """An opinion from the server as the vault keeps it. It replaces one only where the reviewer
    said so, or changed their own resource: both versions stay."""
    former = {received.resource, *received.follows}
    before = [one.id for one in here if one.origin and one.origin.split("/_history/")[0] in former]
    return GivenOpinion(
        opinion=Opinion(received.outcome.value),
        right_label=received.label or None,
        reference_standard=ReferenceStandard.SPECIALIST,
        first_impression=received.first_impression or None,
        blinded=bool(received.first_impression),
        note=received.note,
        given_by=received.reviewer or received.resource,
        name=received.reviewer_name,
        role=OpinionRole.REVIEWER,
        given_at=received.at,
        origin=received.origin,
        replaces=before[-1] if before else "",
    )
