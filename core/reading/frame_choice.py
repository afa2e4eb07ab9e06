"""Which frames of a study are looked at: those that stand for it, and those there is time for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from core.errors import ImagingError
from core.imaging.quality import BLOCKING, judge_quality
from core.imaging.rendering import render, to_grey
from core.imaging.study import Frame
from core.sentences import Statement

#: Frames by which a series is routed.
ROUTED_FRAMES = 3
#: Neighbours tried when a frame that should stand for a series is damaged or empty.
NEIGHBOURS = 12


def standing_indices(total: int, chosen: int | None) -> list[int]:
    """The frames that stand for a study of ``total``: the chosen one, else some from inside."""
    if chosen is not None:
        return [chosen]
    shares = [(part + 1) / (ROUTED_FRAMES + 1) for part in range(ROUTED_FRAMES)]
    return sorted({min(total - 1, int(total * share)) for share in shares})


def _nearest(index: int, total: int) -> Iterator[int]:
    """``index``, then its neighbours outwards."""
    yield index
    for away in range(1, NEIGHBOURS + 1):
        yield from (near for near in (index - away, index + away) if 0 <= near < total)


def standing_frames(
    total: int, chosen: int | None, decode: Callable[[int], Frame]
) -> tuple[list[Frame], list[Statement]]:
    """The frames by which a study is judged and routed, and the quality problems of the middle
    one. A damaged or empty frame of a series is replaced by its nearest good neighbour.

    No frames come back, and the problems say why, when none near is good enough to read. Raises
    ``ImagingError`` when none near can be decoded.
    """
    frames: list[Frame] = []
    seen: list[tuple[Statement, ...]] = []
    blocked: list[Statement] = []
    damage: ImagingError | None = None
    for wanted in standing_indices(total, chosen):
        for index in [wanted] if chosen is not None else _nearest(wanted, total):
            try:
                frame = decode(index)
            except ImagingError as error:
                damage = error
                continue
            problems = judge_quality(to_grey(render(frame)))
            if any(problem.code in BLOCKING for problem in problems):
                blocked = blocked or [p for p in problems if p.code in BLOCKING]
                continue
            frames.append(frame)
            seen.append(problems)
            break
    if frames:
        return frames, list(seen[len(seen) // 2])
    if not blocked and damage is not None:
        raise damage
    return [], blocked


def strided(wanted: Sequence[int], each_s: float, budget_s: float) -> list[int]:
    """Evenly spaced frames that fit the budget when each costs ``each_s`` seconds; two at least,
    the first and the last. A budget without end (``math.inf``) pays for all."""
    affordable = max(2.0, budget_s / max(each_s, 1e-6))
    if affordable >= len(wanted):
        return list(wanted)
    spread = np.linspace(0, len(wanted) - 1, int(affordable)).round().astype(int)
    return [wanted[index] for index in dict.fromkeys(spread.tolist())]
