"""How one image after another of those that were chosen is read.

Opened, looked at, asked about, read. Each run holds what it reads from, so that one that was
stopped touches nothing of the next.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.errors import ImagingError, OutpostError
from core.imaging.failures import ImagingFailure
from core.imaging.opening import Origin
from core.reading.manifest import Requirement
from core.reading.reader import Experimental, Request
from core.reading.requirements import Answers
from core.reading.result import Verdict
from ui.case_work import make_case, questions
from ui.parked import Chosen
from ui.question_views import answered, question_view
from ui.read_case import Case
from ui.state import AppState, Progress, Stage
from ui.stop import Stop
from ui.study_view import Shown, StudyViewer

if TYPE_CHECKING:
    from core.imaging.study import Study
    from core.reading.reader import Reader
    from ui.sheet import Laid

#: Seconds between two movements of the progress bar.
_TICK = 0.1
#: Shows an image before it is read, and waits for how the person frames it and covers writing.
Look = Callable[["Study", Sequence[Origin], Stop], Awaitable["Laid"]]


@dataclass(frozen=True)
class ReadingRun:
    """Reads what was chosen until it is stopped. ``look``: one image alone is looked at first, and
    framed. ``make_reader`` is slow the first time."""

    state: AppState
    make_reader: Callable[[], Reader]
    chosen: Chosen
    stop: Stop
    look: Look | None = None

    async def read(self, number: int) -> Case:
        """One image of those chosen; what cannot be opened or read becomes a case that says so.
        Raises ReadingCancelled."""
        try:
            self.state.stage = Stage.OPENING
            reader = await asyncio.to_thread(self.make_reader)
            study = await self._opened(number)
            experimental = Experimental.ON if self.state.experimental else Experimental.OFF
            open_questions = await asyncio.to_thread(questions, reader, study, experimental)
            self.stop.check()
            answers = self.chosen.answers.get(number)
            if answers is None:
                picture = await self._picture(study) if open_questions else None
                answers = await self._ask(open_questions, Answers(), picture)
            self.chosen.answers[number] = answers
            request = Request(answers=answers, experimental=experimental)
            return await self._case(number, reader, study, request)
        except OutpostError as error:
            return Case(number, failure=error.statement)
        except MemoryError:
            # Here and not at the end of all: the other images of a batch may well fit.
            return Case(number, failure=ImagingError(ImagingFailure.NOT_ENOUGH_MEMORY).statement)

    async def read_with(self, number: int, pack: str) -> Case:
        """An image that was refused, with a pack that the person chose. Raises OutpostError and
        ReadingCancelled."""
        self.state.progress, self.state.stage = Progress(), Stage.OPENING
        reader = await asyncio.to_thread(self.make_reader)
        study = await asyncio.to_thread(self.chosen.study, number)
        answers = self.chosen.answers.get(number, Answers())
        still_open = await asyncio.to_thread(reader.questions, study, answers, pack)
        self.stop.check()
        answers = await self._ask(still_open, answers)
        request = Request(answers=answers, experimental=Experimental.ON, pack=pack)
        return await self._case(number, reader, study, request)

    async def _opened(self, number: int) -> Study:
        """The study as it is to be read: one alone is laid out for the person first."""
        study = await asyncio.to_thread(self.chosen.study, number)
        self.stop.check()
        if self.look is None or len(self.chosen.origins) != 1:
            return study
        laid = await self.look(study, self.chosen.origins[number], self.stop)
        self.chosen.framings[number] = laid.framing
        self.chosen.masks[number] = laid.masks
        self.state.stage = Stage.OPENING
        study = await asyncio.to_thread(self.chosen.study, number)
        self.stop.check()
        return study

    async def _case(self, number: int, reader: Reader, study: Study, request: Request) -> Case:
        chosen = self.chosen
        self.state.stage = Stage.READING
        request = replace(request, cancelled=self.stop.is_up, progress=self._progress())
        before = chosen.refusals.get(number) if request.pack else None
        reading = await asyncio.to_thread(reader.read, study, request)
        self.stop.check()
        if reading.verdict is Verdict.REJECTED and before is None:
            chosen.refusals[number] = reading
        case = await asyncio.to_thread(make_case, number, study, reading, reader, before)
        self.stop.check()
        case = replace(case, masks=chosen.masks.get(number))
        draft = chosen.drafts.get(number)
        return replace(case, draft=draft) if draft else case

    async def _picture(self, study: Study) -> Shown | None:
        """Of several images, the one that is asked about; one alone was seen a moment ago."""
        if len(self.chosen.origins) == 1:
            return None
        picture = await asyncio.to_thread(lambda: StudyViewer(study).begin().shown)
        self.stop.check()
        return picture

    async def _ask(
        self, open_questions: list[Requirement], answers: Answers, picture: Shown | None = None
    ) -> Answers:
        """One screen and one tap for each question. What is not known stays open."""
        for requirement in open_questions:
            self.stop.answer = asyncio.get_running_loop().create_future()
            self.state.question = replace(question_view(requirement), picture=picture)
            self.state.stage = Stage.ASKING
            value = await self.stop.answer
            if value is not None:
                answers = answered(answers, requirement.kind, value)
        return answers

    def _progress(self) -> Callable[[int, int], None]:
        """Called in the worker's thread; moves the bar on the event loop, not too often."""
        loop = asyncio.get_running_loop()
        last = 0.0

        def move(read: int, total: int) -> None:
            if not self.stop.is_up():
                self.state.progress = replace(self.state.progress, read=read, total=total)

        def note(read: int, total: int) -> None:
            nonlocal last
            now = time.monotonic()
            if read == total or now - last >= _TICK:
                last = now
                loop.call_soon_threadsafe(move, read, total)

        return note
