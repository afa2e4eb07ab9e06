"""Works the outbox off: settles what has a receipt, quarantines what will never be taken, and says
at every step how far it is. One worker at a time works for a vault; whoever starts it sees to that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from core.sentences import Statement
from core.sync.delivery import Delivery, Kept, Outcome, Refused
from core.sync.failures import SyncError, SyncFailure
from core.sync.pacing import Pace
from core.sync.parcels import Parcel, batches

#: Entries read from the outbox at a time: what bounds memory.
CHUNK = 50
#: Tries of one batch before it is set aside; rounds of what was set aside, one by one.
MOST_TRIES, ROUNDS = 4, 2
#: A server that breaks down over the same case so often, or does not allow it, and takes others,
#: will not take it.
MOST_STRIKES = 6
#: Longer waits end the pass; whoever started it waits.
LONGEST_PATIENCE_S = 60.0
#: A refusal that says nothing of what was sent: the address or the server's set-up is wrong.
_NOT_ABOUT_CONTENT = {401, 403, 404, 405, 406, 407, 410, 415, 421, 426, 451, 501}


class Outbox(Protocol):
    """What waits to be sent. May raise OutpostError, which ends the pass."""

    def next(self, after: int, limit: int) -> Sequence[Parcel]:
        """The oldest entries with a number above ``after``, without those in quarantine."""

    def waiting(self) -> int:
        """How many entries wait, without those in quarantine."""

    def settle(self, kept: Mapping[int, Kept]) -> None:
        """Receipts came: when this returns, they outlive a power cut."""

    def quarantine(self, number: int, refused: Refused) -> None:
        """Put an entry aside for a person to look at."""


class Phase(Enum):
    """What the worker is about."""

    SENDING = "sending"
    WAITING = "waiting"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Progress:
    """How far a pass has come. ``sent`` counts receipts, nothing else. ``failure`` says why it
    waits (``wait_s`` seconds) or has stopped; a pass that is DONE left nothing behind but what is
    in quarantine."""

    phase: Phase
    waiting: int
    sent: int = 0
    quarantined: int = 0
    failure: Statement | None = None
    wait_s: float = 0.0


@dataclass
class Worker:
    """One worker. ``pace`` and ``strikes``, what it knows of hard cases, go on from pass to pass.

    ``pause`` waits so many seconds and returns whether to stop instead of going on.
    """

    outbox: Outbox
    delivery: Delivery
    pause: Callable[[float], bool]
    pace: Pace = field(default_factory=Pace)
    strikes: Counter[int] = field(default_factory=Counter)
    _sent: int = field(default=0, init=False)
    _quarantined: int = field(default=0, init=False)
    _aside: list[int] = field(default_factory=list, init=False)
    _doubt: SyncError | None = field(default=None, init=False)

    def run(self) -> Iterator[Progress]:
        """One pass over all that waits. Ends with DONE or STOPPED, and raises only what the outbox
        raises."""
        self._sent = self._quarantined = 0
        self._aside, self._doubt = [], None
        yield self._progress(Phase.SENDING)
        try:
            stop = yield from self._all_in_order()
            for _ in range(ROUNDS):
                yield from self._those_set_aside()
        except _StoppedError as stopped:
            stop = stopped
        if stop is None and self._aside:
            doubt = self._doubt.statement if self._doubt else SyncFailure.SYNC_BUSY.say(status=500)
            stop = _StoppedError(doubt, self.pace.had_trouble())
        if stop is None:
            yield self._progress(Phase.DONE)
        else:
            yield self._progress(Phase.STOPPED, stop.failure, stop.wait_s)

    def _all_in_order(self) -> Generator[Progress, None, _StoppedError | None]:
        """From where the last pass stopped to the newest, and then the ones before. Why it had to
        stop, though the server takes some."""
        in_a_row, first = 0, self.pace.resume_after
        for begin, end in ((first, None), (0, first)) if first else ((0, None),):
            after = begin
            while parcels := [
                each for each in self.outbox.next(after, CHUNK) if _is_up_to(each, end)
            ]:
                after = parcels[-1].number
                waiting = list(parcels)
                while waiting:
                    batch = next(batches(waiting, self._batch_size()))
                    waiting = waiting[len(batch) :]
                    failure = yield from self._patiently(batch)
                    in_a_row = in_a_row + 1 if failure else 0
                    if failure and in_a_row > 1:
                        return self._stopping_at(batch[-1].number, failure)
        self.pace.resume_after = 0
        return None

    def _stopping_at(self, number: int, failure: SyncError) -> _StoppedError:
        """Two batches in a row: it is the server or the network, and not what is in them. Where it
        may be what is in them all the same, the next pass begins behind them, and what was set
        aside is still looked at if the server takes others or did. Raises the stop if not."""
        stop = _StoppedError(failure.statement, self.pace.had_trouble())
        if not _may_be_the_case(failure):
            raise stop
        self.pace.resume_after = number
        if not (self._sent or any(self.strikes[each] for each in self._aside)):
            raise stop
        return stop

    def _batch_size(self) -> int:
        return self.pace.batch if self.delivery.takes_batches else 1

    def _patiently(self, batch: list[Parcel]) -> Generator[Progress, None, SyncError | None]:
        """Send a batch, waiting between tries. The last failure when it had to be set aside."""
        failure: SyncError | None = None
        for attempt in range(MOST_TRIES):
            batch, failure = self._once(batch)
            yield self._progress(Phase.SENDING)
            if not batch:
                return None
            if failure is None:
                continue
            wait = self.pace.had_trouble(failure.retry_after_s)
            if _may_be_the_case(failure):
                break  # Tried alone, when the others have gone.
            if wait > LONGEST_PATIENCE_S:
                raise _StoppedError(failure.statement, wait)
            if attempt + 1 < MOST_TRIES:
                yield self._progress(Phase.WAITING, failure.statement, wait)
                if self.pause(wait):
                    raise _StoppedError(failure.statement)
        self._aside += [each.number for each in batch]
        return failure

    def _once(self, batch: list[Parcel]) -> tuple[list[Parcel], SyncError | None]:
        """Send a batch once. What is left of it, and why."""
        try:
            outcomes = self.delivery.send(batch)
        except SyncError as error:
            if self._is_about_content(error):
                return self._divided(batch, error), None
            return batch, _passing(error)
        self._take_in(outcomes)
        refused = [each for each in batch if isinstance(outcomes[each.number], Refused)]
        # Refused beside others, it is asked once more alone before it counts.
        for each in refused:
            outcome = outcomes[each.number]
            if len(batch) == 1 and isinstance(outcome, Refused):
                self._put_away(each.number, outcome)
            elif (left := self._once([each])) and left[0]:
                self._aside.append(each.number)
        left_over = {
            each.number: outcome
            for each in batch
            if isinstance(outcome := outcomes[each.number], SyncError)
        }
        if not left_over:
            return [], None
        for outcome in left_over.values():
            _passing(outcome)
        return [each for each in batch if each.number in left_over], next(iter(left_over.values()))

    def _divided(self, batch: list[Parcel], error: SyncError) -> list[Parcel]:
        """The whole was refused: find out which part of it is why, by halves."""
        if len(batch) == 1:
            self._put_away(batch[0].number, Refused(error.status, error.words))
            return []
        middle = len(batch) // 2
        left: list[Parcel] = []
        for half in (batch[:middle], batch[middle:]):
            left += self._once(half)[0]
        return left

    def _those_set_aside(self) -> Iterator[Progress]:
        """One by one, so that none holds another back."""
        waiting, self._aside = self._aside, []
        for number in waiting:
            parcels = self.outbox.next(number - 1, 1)
            if not parcels or parcels[0].number != number:
                continue
            left, failure = self._once(list(parcels))
            if left:
                self._aside.append(number)
            if failure and _may_be_the_case(failure):
                self._strike(number, failure)
            elif failure:
                raise _StoppedError(failure.statement, self.pace.had_trouble(failure.retry_after_s))
            yield self._progress(Phase.SENDING)

    def _strike(self, number: int, failure: SyncError) -> None:
        """The server broke down over this case, or does not allow it. That counts against the case
        only where the server is well otherwise and has taken others since."""
        self._doubt = failure
        try:
            self.delivery.is_alive()
        except SyncError as error:
            raise _StoppedError(
                error.statement, self.pace.had_trouble(error.retry_after_s)
            ) from None
        if not (self._sent or self.strikes[number]):
            return
        self.pace.troubles = 0
        self.strikes[number] += 1
        if self.strikes[number] >= MOST_STRIKES:
            self._put_away(number, Refused(failure.status, failure.words))
            self._aside.remove(number)

    def _take_in(self, outcomes: Mapping[int, Outcome]) -> None:
        kept = {number: each for number, each in outcomes.items() if isinstance(each, Kept)}
        if kept:
            self.outbox.settle(kept)
            self._sent += len(kept)
            self.pace.went_well()

    def _put_away(self, number: int, refused: Refused) -> None:
        self.outbox.quarantine(number, refused)
        self._quarantined += 1

    def _is_about_content(self, error: SyncError) -> bool:
        about = error.failure is SyncFailure.SYNC_REFUSED
        return about and error.status not in _NOT_ABOUT_CONTENT | {409, 423}

    def _progress(
        self, phase: Phase, failure: Statement | None = None, wait_s: float = 0.0
    ) -> Progress:
        waiting = self.outbox.waiting()
        return Progress(phase, waiting, self._sent, self._quarantined, failure, wait_s)


class _StoppedError(Exception):
    """The pass cannot go on now."""

    def __init__(self, failure: Statement, wait_s: float = 0.0) -> None:
        super().__init__(failure.code)
        self.failure, self.wait_s = failure, wait_s


def _may_be_the_case(error: SyncError) -> bool:
    """Whether what was sent may be why: the server broke down over it, or does not allow it."""
    return error.status == 500 or error.failure is SyncFailure.SYNC_FORBIDDEN


def _is_up_to(parcel: Parcel, end: int | None) -> bool:
    return end is None or parcel.number <= end


def _passing(error: SyncError) -> SyncError:
    """The error itself, if waiting may help or others may be taken; else the pass stops with it."""
    if error.is_passing or _may_be_the_case(error) or error.status in (409, 423):
        return error
    raise _StoppedError(error.statement)
