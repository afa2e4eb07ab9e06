"""A study in, a reading out: routed, checked, run, decided, explained."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from statistics import median

from core.errors import ImagingError, PackError, ReadingError
from core.imaging.study import Frame, Study
from core.reading.calibration import calibrated, distance
from core.reading.decision import (
    Decision,
    decide,
    decide_series,
    guidance_of,
    looks_abnormal,
    past_review,
    rank_frames,
)
from core.reading.frame_choice import standing_frames, strided
from core.reading.guidance import REFUSED, guidance_for
from core.reading.inference import Network
from core.reading.manifest import Manifest, PackKind, Requirement
from core.reading.pack import PackShelf, is_experimental
from core.reading.preprocess import fit, grey_of, normalise, place
from core.reading.requirements import (
    Answers,
    Checked,
    Unanswered,
    check_requirements,
    open_questions,
)
from core.reading.result import FrameCount, FrameReading, Reading, Timing, Verdict
from core.reading.routing import Router, Routing, unknown_routing
from core.reading.sentences import PackFailure, ReadingFailure, ReadingReason
from core.sentences import Statement

ROUTER = "router"
#: Frames kept with a reading: the most telling ones, for the screen.
TOP_FRAMES = 5
#: Refusals of images that Outpost was made for, so that saying it was not would be untrue.
_OURS_ALL_THE_SAME = frozenset(
    reason.code
    for reason in (
        ReadingReason.PACK_NOT_ON_BOARD,
        ReadingReason.PACK_OFF,
        ReadingReason.LESION_NOT_SEEN,
    )
)


class Experimental(StrEnum):
    """Whether packs marked experimental may speak. The app leaves them off by default."""

    ON = "on"
    OFF = "off"


class ReadingCancelled(Exception):  # noqa: N818 - an outcome the person chose, not an error
    """The person stopped the reading."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """How a study is to be read.

    ``pack`` overrides the route. ``frame`` picks one frame, from 0; None reads all, strided
    when they would take longer than ``budget_s`` seconds. ``progress`` is told
    (frames read, frames to read); ``cancelled`` is asked between frames.
    """

    answers: Answers = field(default_factory=Answers)
    unanswered: Unanswered = Unanswered.UNCERTAIN
    experimental: Experimental = Experimental.OFF
    pack: str | None = None
    frame: int | None = None
    budget_s: float = 10.0
    progress: Callable[[int, int], None] = field(default=lambda _read, _total: None)
    cancelled: Callable[[], bool] = field(default=lambda: False)


class Stopwatch:
    """Milliseconds by phase."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._spent: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            spent = (time.perf_counter() - started) * 1000
            self._spent[name] = self._spent.get(name, 0.0) + spent

    def timing(self) -> Timing:
        total = (time.perf_counter() - self._started) * 1000
        return Timing(total=total, **self._spent)


@dataclass
class _Run:
    """One reading under way."""

    study: Study
    request: Request
    watch: Stopwatch
    reasons: list[Statement] = field(default_factory=list)

    def frame(self, index: int) -> Frame:
        with self.watch.phase("decode"):
            return self.study.frames[index]


class Reader:
    """Reads studies with the packs of one shelf. Networks are loaded when first needed and
    kept; several threads may read at once."""

    def __init__(
        self,
        shelf: PackShelf | None = None,
        threads: int | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self.shelf = shelf or PackShelf()
        self._threads, self._today = threads, today
        self._networks: dict[str, Network] = {}
        self._lock = threading.Lock()

    def network(self, pack: str) -> Network:
        """The verified, loaded network of a pack. Raises ``PackError``."""
        with self._lock:
            if pack not in self._networks:
                self._networks[pack] = Network(self.shelf.open(pack), self._threads)
            return self._networks[pack]

    def router(self) -> Router:
        """Raises ``PackError`` when there is no trustworthy router."""
        if ROUTER not in self.shelf.names():
            raise PackError(PackFailure.NO_ROUTER)
        network = self.network(ROUTER)
        if network.pack.manifest.kind is not PackKind.ROUTER:
            raise PackError(PackFailure.NO_ROUTER)
        return Router(network)

    def route(self, study: Study) -> Routing:
        """What kind of image a study is, before anything is read. A study whose quality allows
        no reading is of unknown kind."""
        run = _Run(study, Request(), Stopwatch())
        frames, _problems = self._standing(run)
        return self._route(run, frames) if frames else unknown_routing(1.0)

    def questions(
        self, study: Study, answers: Answers, pack: str | None = None
    ) -> list[Requirement]:
        """What the pack for this study must still be told: nothing that the header says, and
        nothing when no pack on board reads it."""
        chosen = pack or self.route(study).pack
        if chosen is None or chosen not in self.shelf.names():
            return []
        return open_questions(self.shelf.manifest(chosen), study.facts, answers)

    def read(self, study: Study, request: Request | None = None) -> Reading:
        """The reading of a study. Raises ``OutpostError``, ``ReadingCancelled``."""
        run = _Run(study, request or Request(), Stopwatch())
        self._check_frame(run)
        frames, problems = self._standing(run)
        if not frames:
            return self._refuse(run, None, problems)
        run.reasons.extend(problems)
        routing = self._route(run, frames)
        name = run.request.pack or routing.pack
        if run.request.pack:
            overridden = replace(routing.route, overridden_to=run.request.pack)
            routing = replace(routing, route=overridden)
            run.reasons.append(
                ReadingReason.ROUTE_OVERRIDDEN.say(pack=run.request.pack, kind=routing.kind)
            )
        elif routing.refusal:
            return self._refuse(run, routing, [routing.refusal])
        if name is None or name not in self.shelf.names():
            if run.request.pack:
                raise PackError(PackFailure.PACK_NOT_FOUND, pack=run.request.pack)
            missing = ReadingReason.PACK_NOT_ON_BOARD.say(kind=routing.kind)
            return self._refuse(run, routing, [missing])
        return self._read_with(run, routing, name)

    def _check_frame(self, run: _Run) -> None:
        index, total = run.request.frame, len(run.study.frames)
        if index is not None and not 0 <= index < total:
            raise ReadingError(
                ReadingFailure.FRAME_OUT_OF_RANGE, frame=index, total=total, last=total - 1
            )

    def _standing(self, run: _Run) -> tuple[list[Frame], list[Statement]]:
        with run.watch.phase("decode"):
            return standing_frames(
                len(run.study.frames), run.request.frame, run.study.frames.__getitem__
            )

    def _route(self, run: _Run, frames: Sequence[Frame]) -> Routing:
        try:
            router = self.router()
        except PackError:
            # A person who names the pack needs no router; nothing will be confident.
            if run.request.pack is None:
                raise
            return unknown_routing(1.0)
        with run.watch.phase("preprocess"):
            greys = [grey_of(frame, router.network.pack.manifest.input) for frame in frames]
        with run.watch.phase("inference"):
            return router.route(greys)

    def _refuse(self, run: _Run, routing: Routing | None, why: list[Statement]) -> Reading:
        """A refusal; before any routing it is the image's quality that forbids a reading."""
        ours = routing is None or any(reason.code in _OURS_ALL_THE_SAME for reason in why)
        return Reading(
            verdict=Verdict.REJECTED,
            reasons=(*why, *run.study.notices, *run.reasons),
            route=routing.route if routing else None,
            frame_count=FrameCount(0, len(run.study.frames)),
            guidance=None if ours else guidance_for(REFUSED),
            timing=run.watch.timing(),
            framing=run.study.framing,
        )

    def _read_with(self, run: _Run, routing: Routing, name: str) -> Reading:
        network = self.network(name)
        manifest = network.pack.manifest
        if manifest.kind is not PackKind.READER:
            raise PackError(PackFailure.PACK_NOT_FOUND, pack=name)
        if is_experimental(manifest):
            if run.request.experimental is Experimental.OFF and not run.request.pack:
                off = ReadingReason.PACK_OFF.say(kind=routing.kind)
                return self._refuse(run, routing, [off])
            run.reasons.append(ReadingReason.EXPERIMENTAL.say())
        checked = check_requirements(
            manifest, run.study.facts, run.request.answers, run.request.unanswered
        )
        if checked.refusals:
            refused = self._refuse(run, routing, list(checked.refusals))
            return replace(refused, pack=network.pack.identity)
        frames, total, damaged = self._frames(run, network)
        near = [f for f in frames if f.distance <= manifest.distribution.refused_from]
        if not near and not run.request.pack:
            code = ReadingReason.UNLIKE_TRAINING if total == 1 else ReadingReason.NO_USABLE_FRAME
            refused = self._refuse(run, routing, [code.say()])
            return replace(
                refused, pack=network.pack.identity, frame_count=FrameCount(len(frames), total)
            )
        shown = near or frames
        left_out = damaged + len(frames) - len(shown)
        if left_out:
            run.reasons.append(ReadingReason.FRAMES_LEFT_OUT.say(count=left_out))
        decision = self._decide(run, routing, manifest, shown, bool(near), checked)
        abnormal = [f for f in frames if f not in shown and looks_abnormal(manifest, f)]
        if abnormal:
            # What is far from the training may be far because it is diseased.
            warning = ReadingReason.FAR_FRAME_ABNORMAL.say()
            decision = replace(decision, reasons=(warning, *decision.reasons))
        count = FrameCount(len(frames), total)
        return self._reading(run, routing, network, [*abnormal, *shown], decision, count)

    def _frames(self, run: _Run, network: Network) -> tuple[list[FrameReading], int, int]:
        """The frames read, how many there are, and how many were damaged."""
        total = len(run.study.frames)
        wanted = list(range(total)) if run.request.frame is None else [run.request.frame]
        frames: list[FrameReading] = []
        damaged, position = 0, 0
        while position < len(wanted):
            if run.request.cancelled():
                raise ReadingCancelled
            started = time.perf_counter()
            try:
                frames.append(self._frame(run, network, wanted[position]))
            except ImagingError:
                # One damaged frame must not cost the series; a lone one has nothing to say.
                if len(wanted) == 1:
                    raise
                damaged += 1
            position += 1
            run.request.progress(position, len(wanted))
            if len(frames) == 1 and position == damaged + 1:
                each_s = time.perf_counter() - started
                rest = wanted[position - 1 :]
                wanted = [*wanted[: position - 1], *strided(rest, each_s, run.request.budget_s)]
        if not frames:
            self._frame(run, network, wanted[0])
        if run.request.frame is None and len(wanted) < total:
            run.reasons.append(ReadingReason.FRAMES_STRIDED.say(read=len(frames), total=total))
        return frames, total, damaged

    def _frame(self, run: _Run, network: Network, index: int) -> FrameReading:
        manifest = network.pack.manifest
        frame = run.frame(index)
        with run.watch.phase("preprocess"):
            grey = grey_of(frame, manifest.input)
            tensor = normalise(fit(grey, manifest.input), manifest.input)
        with run.watch.phase("inference"):
            output = network.run(tensor)
        with run.watch.phase("explain"):
            probabilities = calibrated(output.logits, manifest.calibration)
            return FrameReading(
                index=index,
                probabilities=dict(zip(manifest.labels, map(float, probabilities), strict=True)),
                distance=distance(output.embedding, manifest.distribution),
                activation=output.activation_maps,
                placement=place(frame.width, frame.height, manifest.input),
                input_size=(manifest.input.height, manifest.input.width),
                image_size=(frame.height, frame.width),
            )

    def _decide(
        self,
        run: _Run,
        routing: Routing,
        manifest: Manifest,
        frames: list[FrameReading],
        in_distribution: bool,
        checked: Checked,
    ) -> Decision:
        """The decision, held back by all that is known besides the probabilities."""
        whole = run.request.frame is None
        single = len(frames) == 1 and len(run.study.frames) == 1
        decision = (
            decide_series(manifest, frames)
            if whole and not single
            else decide(manifest, frames[0].probabilities)
        )
        doubts = list(checked.doubts)
        overdue = past_review(manifest, self._today())
        if overdue:
            doubts.append(overdue)
        longest = max(max(frame.image_size) for frame in frames)
        if longest < manifest.longest_side_from:
            needed = manifest.longest_side_from
            doubts.append(ReadingReason.RESOLUTION_LOW.say(longest=longest, needed=needed))
        if in_distribution and median(frame.distance for frame in frames) > 1:
            doubts.append(ReadingReason.DIFFERS_FROM_TRAINING.say())
        if not whole and len(run.study.frames) > 1:
            doubts.append(ReadingReason.ONE_FRAME_OF_SERIES.say())
        if run.request.pack and routing.pack != run.request.pack:
            doubts.append(routing.refusal or ReadingReason.ROUTED_ELSEWHERE.say())
        run.reasons.extend(checked.assumptions)
        if not in_distribution:
            far = (ReadingReason.UNLIKE_TRAINING.say(), ReadingReason.STILL_UNLIKE_TRAINING.say())
            return replace(decision, verdict=Verdict.REJECTED, reasons=(*far, *doubts))
        if not doubts:
            return decision
        kept = () if decision.verdict is Verdict.CONFIDENT else decision.reasons
        return replace(decision, verdict=Verdict.UNCERTAIN, reasons=(*kept, *doubts))

    def _reading(
        self,
        run: _Run,
        routing: Routing,
        network: Network,
        frames: list[FrameReading],
        decision: Decision,
        count: FrameCount,
    ) -> Reading:
        manifest = network.pack.manifest
        refused = decision.verdict is Verdict.REJECTED
        return Reading(
            verdict=decision.verdict,
            reasons=(*decision.reasons, *run.study.notices, *run.reasons),
            route=routing.route,
            pack=network.pack.identity,
            frame_count=count,
            probabilities=decision.probabilities,
            prediction_set=decision.prediction_set,
            finding=decision.finding,
            guidance=guidance_for(REFUSED) if refused else guidance_of(manifest, decision),
            frames=tuple(rank_frames(manifest, frames)[:TOP_FRAMES]),
            timing=run.watch.timing(),
            framing=run.study.framing,
        )
