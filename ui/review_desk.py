"""Second opinions, one session's part in them: asking on one device, answering on another.

Whoever answers looks first and is shown the reading afterwards. An answer is kept in the vault
before it is sent, so that a lost network loses nothing.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from core.reporting.coding import System
from core.reporting.report import Clinician
from core.sync.opinions import former_of
from core.sync.opinions_given import Given, Outcome, entries_of
from core.sync.opinions_review import Reviewable, reviewable
from core.sync.person_sign_in import PersonSignIn, offers_people_a_sign_in
from core.sync.tasks import AskReason, OpenTask, Urgency, open_tasks, take
from storage.second_opinions import KeptAnswer, SecondOpinions
from storage.store import OpenVault
from ui import review_words as said
from ui import second_opinions
from ui.front_desk import FrontDesk
from ui.loopback_sign_in import ComingBack
from ui.review_shown import seconds_on, shown, task_line
from ui.review_views import ReviewStep, ReviewView, SecondView
from ui.state import AppState
from ui.troubles import statement_of

if TYPE_CHECKING:
    from core.reading.reader import Reader

T = TypeVar("T")


@dataclass
class _Desk:
    """What is behind the screen: the server's tasks by name, and the case that is open."""

    tasks: dict[str, OpenTask] = field(default_factory=dict)
    open: Reviewable | None = None
    person: PersonSignIn | None = None
    coming_back: ComingBack | None = None


class ReviewDesk:
    """What the screens may ask for."""

    def __init__(
        self,
        state: AppState,
        front: FrontDesk,
        reader: Callable[[], Reader],
        run: Callable[..., object],
        launch: Callable[[str], Any],
    ) -> None:
        """``run`` starts a task on the event loop; ``launch`` opens an address in a browser."""
        self._state, self._front, self._reader = state, front, reader
        self._run, self._launch = run, launch
        self._desk = _Desk()
        front.locked.append(self._forget)

    # On the device that asks

    def load_soon(self, case_id: str) -> None:
        """A case of the vault is on the screen: what is known of second opinions on it."""
        if self._state.second.case_id != case_id:
            self._state.second = SecondView(case_id)
            self._run(self._load, case_id)

    async def _load(self, case_id: str) -> None:
        vault = self._front.vault
        kept = self._state.kept
        pack = kept.reading.pack if kept and kept.reading else None
        read_by = pack.id if pack else None
        found = await self._in_thread(
            lambda: seconds_on(vault, case_id, read_by, self._reader()), keep=True
        )
        if found and self._state.second.case_id == case_id:
            self._state.second = found

    async def ask(self, reason: AskReason, urgency: Urgency) -> None:
        """Ask for a second opinion on the case on the screen."""
        vault, case_id = self._front.vault, self._state.second.case_id
        if await self._in_thread(lambda: second_opinions.ask(vault, case_id, reason, urgency)):
            self._state.told = said.ASKED
            await self._load(case_id)

    # On the reviewer's device

    async def refresh(self) -> None:
        """Ask the server who waits, and send what waits here. A clinician is shown nobody's."""
        view, person = self._state.review, self._state.person
        if person is None or not person.may_review:
            return
        self._state.review = replace(view, step=ReviewStep.LIST, lines=None, shown=None)

        signed_in, account = self._desk.person, person.id

        def mine(answer: KeptAnswer) -> bool:
            """Nobody's answer goes out under somebody else's sign-in."""
            who = signed_in.practitioner if signed_in else ""
            return signed_in is None or second_opinions.is_by(answer, who, account)

        def work(vault: OpenVault) -> tuple[list[OpenTask], bool]:
            with second_opinions.clinic_server(vault, self._desk.person) as server:
                plan = second_opinions.plan_for(server)
                second_opinions.send_answers(vault, server, plan, mine)
                return open_tasks(server), offers_people_a_sign_in(server.places)

        vault = self._front.vault
        found = await self._in_thread(lambda: work(vault))
        tasks, can_sign_in = found or ([], False)
        self._desk.tasks = {task.name: task for task in tasks}
        unsent = await self._in_thread(
            lambda: len(SecondOpinions(vault.parts.session).answers()), keep=True
        )
        if not self._front.still_has(vault):
            return
        self._state.review = replace(
            self._state.review,
            lines=tuple(map(task_line, tasks)),
            reached=found is not None,
            unsent=unsent or 0,
            can_sign_in=can_sign_in,
        )

    async def open(self, key: str) -> None:
        """Look at a case. Others are told that someone is at it."""
        task, vault = self._desk.tasks[key], self._front.vault

        def work() -> Reviewable:
            with second_opinions.clinic_server(vault, self._desk.person) as server:
                found = reviewable(server, task)
                take(server, task.name, {"display": self._name()})
                return found

        found = await self._in_thread(work)
        if found is None:
            return
        reader = await asyncio.to_thread(self._reader)
        view = await asyncio.to_thread(shown, found, reader)
        if not self._front.still_has(vault):
            return
        self._desk.open = found
        step = ReviewStep.LOOKING if view.image else ReviewStep.REVEALED
        self._state.review = replace(self._state.review, step=step, shown=view, impression="")

    def see(self, label: str) -> None:
        """A first impression was given: now the reading may be shown."""
        view = self._state.review
        self._state.review = replace(view, step=ReviewStep.REVEALED, impression=label)

    async def answer(self, outcome: Outcome, label: str, note: str) -> None:
        """Give an answer: kept here first, then sent."""
        found, view, vault = self._desk.open, self._state.review, self._front.vault
        if found is None or view.shown is None:
            return
        names = dict(view.shown.classes)
        given = self._given(found, outcome, label, names.get(label, ""), note.strip())

        def keep() -> bool:
            kept = KeptAnswer(given.id, given.task, given.at, entries_of(given))
            second_opinions.answer(vault, kept)
            return True

        if not await self._in_thread(keep):
            return
        await self.refresh()
        if self._state.trouble is None:
            self._state.told = said.SENT
        else:
            self._state.trouble, self._state.told = None, said.KEPT

    def _given(
        self, found: Reviewable, outcome: Outcome, label: str, display: str, note: str
    ) -> Given:
        person, reading = self._state.person, found.report.reading
        account = person.id if person else ""
        practitioner = self._desk.person.practitioner if self._desk.person else ""
        if outcome is Outcome.CONFIRMS:
            label = reading.finding or ""
            display = dict(self._state.review.shown.classes).get(label, "")  # type: ignore[union-attr]
        settings = self._state.settings
        return Given(
            id=str(uuid.uuid4()),
            case_id=found.report.case_id,
            report=found.resource,
            task=found.task.name,
            subject=found.subject,
            pack=reading.pack.id if reading.pack else "",
            outcome=outcome,
            reviewer=Clinician(System.USER.value, account, self._name()),
            practitioner=practitioner,
            at=self._front.vault.parts.session.clock.now().known,
            read_at=found.report.read_at.known.isoformat(timespec="seconds"),
            organisation=settings.clinic_name or self._name(),
            label=label if outcome is not Outcome.CANNOT_TELL else "",
            display=display if outcome is not Outcome.CANNOT_TELL else "",
            first_impression=self._state.review.impression,
            note=note,
            follows=former_of(found.opinions, account, practitioner),
        )

    def _name(self) -> str:
        return self._state.person.name if self._state.person else said.UNNAMED

    # Signing in as a person

    async def sign_in(self, client_id: str) -> None:
        """Open the server's sign-in in a browser and wait until it comes back."""
        vault, coming_back = self._front.vault, ComingBack()
        person = PersonSignIn(client_id.strip(), coming_back.address)
        self._desk.coming_back = coming_back
        self._state.review = replace(self._state.review, signing_in=True)

        def begin() -> str:
            with second_opinions.clinic_server(vault) as server:
                return person.address(server.places, server.address)

        address = await self._in_thread(begin)
        if address:
            await self._launch(address)
            done = await self._in_thread(lambda: self._come_back(vault, person, coming_back))
            if done and self._front.still_has(vault):
                self._desk.person = person
        coming_back.stop()
        if not self._front.still_has(vault):
            return
        self._state.review = replace(
            self._state.review, signing_in=False, signed_in=self._desk.person is not None
        )

    def stop_signing_in(self) -> None:
        if self._desk.coming_back:
            self._desk.coming_back.stop()

    @staticmethod
    def _come_back(vault: OpenVault, person: PersonSignIn, coming_back: ComingBack) -> bool:
        address = coming_back.wait()
        if not address:
            return False
        person.come_back(address)
        with second_opinions.clinic_server(vault, person) as server:
            open_tasks(server)  # Buys the token, and tells who it is.
        return True

    # How it is done

    def _forget(self) -> None:
        """Nothing of another's patients, and no sign-in, stays behind the lock."""
        self.stop_signing_in()
        self._desk = _Desk()
        self._state.review, self._state.second = ReviewView(), SecondView()

    async def _in_thread(self, work: Callable[[], T], *, keep: bool = False) -> T | None:
        """None when it went wrong, which is said. ``keep``: what was said before stays."""
        state = self._state
        if not keep:
            state.trouble, state.told = None, ""
        try:
            return await asyncio.to_thread(work)
        except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
            state.trouble = statement_of(error)
        return None
