"""What the kept cases say together: how much is read, how it is judged, whether images change.

Only what was saved is seen: a refusal that nobody kept is not among the cases. Every case is
opened once, a page at a time, and only a few numbers of it stay in memory.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from core.reading.drift import Drift, drift, is_unlike_training
from core.reading.result import Verdict
from storage.store import OpenVault
from storage.vault import Case, Opinion

#: Cases opened at a time: others may use the vault in between.
_PAGE = 100
_Z = 1.959964


@dataclass(frozen=True)
class Week:
    """A week of readings, by the Monday it began on. ``router_confidence`` is the mean probability
    that the router gave its choice, 0..1; None where it chose nothing. ``unlike`` of them lay
    beyond their pack's limits."""

    monday: date
    verdicts: dict[Verdict, int]
    router_confidence: float | None
    unlike: int

    @property
    def readings(self) -> int:
        return sum(self.verdicts.values())


@dataclass(frozen=True)
class Agreement:
    """How many of the clinicians' views were the reading's, with Wilson's 95% interval (0..1)."""

    agreed: int
    views: int

    @property
    def interval(self) -> tuple[float, float]:
        """Raises ZeroDivisionError when there is no view."""
        share, z2 = self.agreed / self.views, _Z * _Z / self.views
        middle = share + z2 / 2
        half = _Z * math.sqrt((share * (1 - share) + z2 / 4) / self.views)
        return max(0.0, (middle - half) / (1 + z2)), min(1.0, (middle + half) / (1 + z2))


@dataclass(frozen=True)
class PackInsights:
    """One pack's cases. ``seen`` are views given after the reading was shown; ``blind`` are first
    impressions, given before. ``drift`` is that of its newest version."""

    pack: str
    title: str
    version: str
    cases: int
    seen: Agreement
    blind: Agreement
    drift: Drift


@dataclass(frozen=True)
class Insights:
    """``weeks`` have no gaps, the oldest first. ``damaged`` cases could not be opened."""

    cases: int
    damaged: int
    weeks: tuple[Week, ...]
    packs: tuple[PackInsights, ...]


@dataclass
class _Pack:
    title: str = ""
    cases: int = 0
    seen: list[bool] = field(default_factory=list)
    blind: list[bool] = field(default_factory=list)
    images: list[tuple[datetime, str, bool]] = field(default_factory=list)


@dataclass
class _Week:
    verdicts: dict[Verdict, int] = field(default_factory=lambda: dict.fromkeys(Verdict, 0))
    routed: list[float] = field(default_factory=list)
    unlike: int = 0


def insights(
    vault: OpenVault,
    *,
    today: date,
    weeks: int = 12,
    no_views: frozenset[str] = frozenset(),
    go_on: Callable[[], bool] = lambda: True,
) -> Insights | None:
    """What the cases say. ``no_views`` are first impressions that are none ("I cannot say").

    ``go_on`` is asked between pages; None once it says no. Raises StorageError.
    """
    gathered, packs, by_week = (
        _Counter(),
        defaultdict[str, _Pack](_Pack),
        defaultdict[date, _Week](_Week),
    )
    before: int | None = None
    while True:
        if not go_on():
            return None
        page = vault.cases(limit=_PAGE, before=before)
        gathered.damaged += len(page.damaged)
        for case in page.cases:
            gathered.cases += 1
            _into_week(by_week[_monday(case.read_at.astimezone().date())], case)
            if case.reading.pack:
                _into_pack(packs[case.reading.pack.id], case, no_views)
        before = page.next
        if before is None:
            break
    last = _monday(today)
    mondays = [last - timedelta(weeks=back) for back in reversed(range(weeks))]
    return Insights(
        gathered.cases,
        gathered.damaged,
        tuple(_week(monday, by_week[monday]) for monday in mondays),
        tuple(_pack(name, packs[name]) for name in sorted(packs)),
    )


@dataclass
class _Counter:
    cases: int = 0
    damaged: int = 0


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _into_week(week: _Week, case: Case) -> None:
    week.verdicts[case.reading.verdict] += 1
    week.unlike += is_unlike_training(case.reading)
    if case.reading.route:
        week.routed.append(case.reading.route.probability)


def _into_pack(pack: _Pack, case: Case, no_views: frozenset[str]) -> None:
    reading = case.reading
    if reading.pack is None:
        return
    pack.cases += 1
    pack.title = pack.title or reading.pack.title
    if case.own_impression is not None:
        if case.own_impression not in no_views and reading.finding:
            pack.blind.append(case.own_impression == reading.finding)
    elif case.opinion in {Opinion.AGREES, Opinion.DISAGREES}:
        pack.seen.append(case.opinion is Opinion.AGREES)
    # Whoever gave an image to a pack by hand knows that it may be unlike the pack's own.
    if not (reading.route and reading.route.overridden_to):
        unlike = is_unlike_training(reading)
        pack.images.append((case.read_at, reading.pack.version, unlike))


def _week(monday: date, week: _Week) -> Week:
    routed = sum(week.routed) / len(week.routed) if week.routed else None
    return Week(monday, week.verdicts, routed, week.unlike)


def _pack(name: str, pack: _Pack) -> PackInsights:
    pack.images.sort()
    version = pack.images[-1][1] if pack.images else ""
    newest = [unlike for _, of, unlike in pack.images if of == version]
    return PackInsights(
        name,
        pack.title,
        version,
        pack.cases,
        _agreement(pack.seen),
        _agreement(pack.blind),
        drift(newest),
    )


def _agreement(views: Iterable[bool]) -> Agreement:
    known = list(views)
    return Agreement(sum(known), len(known))
