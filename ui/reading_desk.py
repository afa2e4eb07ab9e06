"""What happens between choosing an image and seeing its result.

Slow work runs in threads, one step at a time; the state is only ever touched on the event loop.
Nothing raised here reaches the screen as anything but a sentence.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import OutpostError
from core.imaging.opening import Origin, group_series
from core.reading.reader import ReadingCancelled
from core.reading.result import Verdict
from core.sentences import Statement
from ui import picked_copies
from ui.case_work import retold
from ui.parked import Chosen, Parked, put_aside, take_up
from ui.read_case import Case
from ui.reading_run import Look, ReadingRun
from ui.state import AppState, Progress, Stage
from ui.stop import Stop
from ui.words import Trouble

if TYPE_CHECKING:
    from core.imaging.study import Study
    from core.reading.reader import Reader

_log = logging.getLogger("outpost.ui")

#: Images read in one go. More belong to the command line.
MAX_IMAGES = 50
#: What is given up when somebody else signs in.
_UNDER_WAY = {Stage.OPENING, Stage.CHECKING, Stage.ASKING, Stage.READING, Stage.CAMERA}


class ReadingDesk:
    """The person's hands: choose, answer, cancel, override, start again."""

    def __init__(
        self,
        state: AppState,
        reader: Callable[[], Reader],
        asks_first: Callable[[], bool] = lambda: False,
        check_space: Callable[[Sequence[Path]], None] = lambda _: None,
    ) -> None:
        """``asks_first``: whether this reading is one of the share in which the clinician says
        what they see before they are shown it. ``check_space`` raises when a reading of these
        files could not be kept."""
        self._state, self._reader, self._asks_first = state, reader, asks_first
        self._check_space = check_space
        self._stop = Stop()
        self._chosen = Chosen()
        self._look_first: Look | None = None

    # What the person does

    async def read(self, origins: Sequence[Origin]) -> None:
        """Read everything that was chosen, and show it."""
        if origins:
            self._chosen, self._look_first = Chosen(), None
            await self._guarded(self._read_all(list(origins)))

    async def check(self, origins: Sequence[Origin], look: Look) -> None:
        """Like ``read``; but one image alone is looked at first, and framed."""
        if origins:
            self._chosen, self._look_first = Chosen(), look
            await self._guarded(self._read_all(list(origins)))

    async def go_on(self, chosen: Chosen, look: Look | None) -> None:
        """Take up what an earlier process had chosen: what was answered is not asked again."""
        self._chosen, self._look_first = chosen, look
        origins = [origin for group in chosen.origins for origin in group]
        await self._guarded(self._read_all(origins))

    @property
    def chosen(self) -> Chosen:
        """What is on the screen was read from this."""
        return self._chosen

    def answer(self, value: float | bool | str | None) -> None:
        """The person's answer to the question on the screen; None: not known."""
        future = self._stop.answer
        if future and not future.done():
            future.set_result(value)

    async def override(self, pack: str) -> None:
        """Read the refused image on the screen with a pack that the person chose."""
        await self._guarded(self._read_again(self._state.shown, pack))

    def cancel(self) -> None:
        """Back to the start at once. The frame being read finishes in its thread, unseen."""
        self._stop.raise_it()
        self.start_over()

    def stop_batch(self) -> None:
        """Read no more of several images, and keep what was read."""
        self._stop.keep = True
        self._stop.raise_it()

    def see(self, impression: str) -> None:
        """What the clinician sees, said before the reading is shown."""
        self._state.case.draft.own_impression = impression
        self._state.stage = Stage.RESULT

    def leave(self) -> None:
        """To the next reading; first asks about readings that would be lost."""
        if self._state.unsaved:
            self._state.stage = Stage.LEAVING
        else:
            self.start_over()

    def stay(self) -> None:
        """Back from that question."""
        self._state.stage = Stage.LIST if len(self._state.cases) > 1 else Stage.RESULT

    def park(self) -> Parked | None:
        """Put this person's finished readings aside; what is under way is given up."""
        if self._state.stage in _UNDER_WAY:
            self._stop.raise_it()
            self.start_over()
            return None
        parked = put_aside(self._state, self._chosen)
        self._chosen = Chosen()  # so that its files stay
        self.start_over()
        return parked

    def take_up(self, parked: Parked) -> None:
        """Go on where someone was."""
        self._chosen = parked.chosen
        take_up(self._state, parked)

    def start_over(self) -> None:
        """Forget the images and what was said about them."""
        picked_copies.forget((o for group in self._chosen.origins for o in group), os.environ)
        self._chosen = Chosen()
        self._state.stage = Stage.HOME
        self._state.cases, self._state.told = [], ""
        self._state.question = self._state.failure = None
        self._state.close_up, self._state.enlarged = None, ""
        self._state.shown, self._state.progress = 0, Progress()

    def study_of(self, number: int) -> Study:
        """One of the images, opened again as it was read. Slow. Raises ImagingError."""
        return self._chosen.study(number)

    def files_of(self, number: int) -> list[Path]:
        """The files that an image came from; none where a browser sent its contents."""
        if number >= len(self._chosen.origins):
            return []
        return [origin for origin in self._chosen.origins[number] if isinstance(origin, Path)]

    async def retell(self) -> None:
        """Say anew what was read, after the language has changed."""
        if any(case.result for case in self._state.cases):
            reader = await asyncio.to_thread(self._reader)
            refusals = self._chosen.refusals
            self._state.cases = [
                retold(case, reader, refusals.get(case.number)) for case in self._state.cases
            ]

    def show(self, position: int) -> None:
        """One of several cases."""
        self._state.shown, self._state.stage = position, Stage.RESULT

    def show_list(self) -> None:
        self._state.stage = Stage.LIST

    def fail(self, statement: Statement) -> None:
        """Say what went wrong, instead of a result."""
        self._state.failure, self._state.stage = statement, Stage.FAILED

    # How it is done

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """Every way in which work can end, as something the screen can say."""
        stop = self._stop = Stop()
        try:
            await work
        except (ReadingCancelled, asyncio.CancelledError):
            if not stop.is_up():
                raise
        except OutpostError as error:
            if not stop.is_up():
                self.fail(error.statement)
        except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
            # The type alone: a message may quote the file.
            _log.error("%s: %s", Trouble.UNEXPECTED_ERROR.code, type(error).__name__)
            if not stop.is_up():
                self.fail(Trouble.UNEXPECTED_ERROR.say())

    async def _read_all(self, origins: list[Origin]) -> None:
        stop, state, chosen = self._stop, self._state, self._chosen
        run = ReadingRun(state, self._reader, chosen, stop, self._look_first)
        state.cases, state.failure, state.shown = [], None, 0
        state.progress, state.stage = Progress(), Stage.OPENING
        files = [origin for origin in origins if isinstance(origin, Path)]
        chosen.origins = [origins]
        # A reading that could not be kept is not begun.
        await asyncio.to_thread(self._check_space, files)
        groups = await asyncio.to_thread(group_series, origins)
        stop.check()
        chosen.origins = groups
        count = len(groups)
        if count > MAX_IMAGES:
            too_many = Trouble.TOO_MANY_IMAGES.say(count=count, limit=MAX_IMAGES)
            self.start_over()
            self.fail(too_many)
            return
        state.cases = [Case(number) for number in range(count)]
        for number in range(count):
            state.progress = Progress(image=number + 1, images=count)
            try:
                stop.check()
                state.cases[number] = await run.read(number)
            except (ReadingCancelled, asyncio.CancelledError):
                if not stop.keep:
                    raise
                self._give_up_from(number)
                break
        only = state.cases[0]
        if count == 1 and only.failure:
            self.start_over()
            self.fail(only.failure)
            return
        state.stage = Stage.LIST if count > 1 else self._first_sight(only)

    def _give_up_from(self, number: int) -> None:
        """The person had enough: what was not read says so."""
        for position in range(number, len(self._state.cases)):
            self._state.cases[position] = Case(position, failure=Trouble.NOT_READ.say())

    def _first_sight(self, case: Case) -> Stage:
        """What the clinician sees first: the reading, or the question what they see."""
        choices = case.result.labels if case.result else ()
        refused = case.reading is None or case.reading.verdict is Verdict.REJECTED
        blind = bool(choices) and not refused and self._asks_first()
        return Stage.IMPRESSION if blind else Stage.RESULT

    async def _read_again(self, number: int, pack: str) -> None:
        run, state = ReadingRun(self._state, self._reader, self._chosen, self._stop), self._state
        case = await run.read_with(number, pack)
        state.cases[state.shown] = replace(case, draft=state.case.draft)
        state.stage = Stage.RESULT
