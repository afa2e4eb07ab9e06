"""May a new pack replace an old one? Both read the same fixed test set, and every figure that a
clinician lives by is compared image by image: no figure may be worse beyond its interval.

Both are judged by today's rule: an old pack that was made under a laxer one is heard only as far as
it could be signed today.

One figure alone may be given up, by a person who says why in the recipe: how much is answered. To
say less is the safe direction; to be wrong more often is not."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.reading.inference import Network
from core.reading.manifest import Manifest, Role
from core.reading.pack import MANIFEST_FILE, Pack
from training import metrics
from training.calibration import LEAST_CONFIDENT
from training.evaluation import judge, unsigned_pack
from training.images import read_prepared
from training.metrics import REPEATS, Answers, Statistic
from training.signing import COMPARISON
from training.splits import Part

ANSWERED = "answered with confidence"


@dataclass(frozen=True)
class Difference:
    """One figure of both packs, and the 95% interval of new minus old over resampled groups. None
    where a figure cannot be computed."""

    metric: str
    old: float | None
    new: float | None
    interval: tuple[float, float] | None
    higher_is_better: bool

    @property
    def is_worse(self) -> bool:
        """Whether the new pack is worse by more than chance explains. What the old pack could say
        and the new one cannot counts as worse."""
        if self.old is None:
            return False
        if self.new is None or self.interval is None:
            return self.new is None
        return self.interval[1] < 0 if self.higher_is_better else self.interval[0] > 0


def _statistics(manifest: Manifest) -> dict[str, tuple[Statistic, bool]]:
    found: dict[str, tuple[Statistic, bool]] = {
        "accuracy": (metrics.accuracy, True),
        "AUC, mean over classes": (metrics.macro_auc, True),
        "expected calibration error": (metrics.calibration_error, False),
        "conformal coverage": (metrics.conformal_coverage, True),
        "right when confident": (metrics.right_when_confident, True),
        ANSWERED: (metrics.answered, True),
    }
    for number, item in enumerate(manifest.classes):
        if item.role is Role.NORMAL:
            found["diseased images confidently called normal"] = (
                metrics.disease_called_normal(number),
                False,
            )
    return found


def _value(statistic: Callable[[Answers], float], answers: Answers) -> float | None:
    value = statistic(answers)
    return None if math.isnan(value) else value


def differences(manifest: Manifest, old: Answers, new: Answers, seed: int = 0) -> list[Difference]:
    """Every figure of two packs on the same images, in the same order; groups are resampled for
    both alike (a paired bootstrap), so that a hard patient is hard for both."""
    rng = np.random.default_rng(seed)
    names, inverse = np.unique(old.groups, return_inverse=True)
    members = [np.flatnonzero(inverse == number) for number in range(len(names))]
    units = (
        members
        if len(names) >= metrics.FEW_GROUPS
        else [np.array([i]) for i in range(len(inverse))]
    )
    draws = [
        np.concatenate([units[g] for g in rng.integers(0, len(units), len(units))])
        for _ in range(REPEATS)
    ]
    found = []
    for name, (statistic, higher) in _statistics(manifest).items():
        gaps = [statistic(new.take(d)) - statistic(old.take(d)) for d in draws]
        known = [gap for gap in gaps if not math.isnan(gap)]
        interval = None
        if len(known) >= REPEATS / 2:
            low, high = np.quantile(known, [0.025, 0.975])
            interval = (float(low), float(high))
        before, after = _value(statistic, old), _value(statistic, new)
        found.append(Difference(name, before, after, interval, higher))
    return found


def as_of_today(pack: Pack) -> Pack:
    """The pack with no level under ``LEAST_CONFIDENT``."""
    levels = {
        label: None if level is None else max(level, LEAST_CONFIDENT)
        for label, level in pack.manifest.confident_from.items()
    }
    return replace(pack, manifest=replace(pack.manifest, confident_from=levels))


def _digest(pack: Pack) -> str:
    return hashlib.sha256((pack.folder / MANIFEST_FILE).read_bytes()).hexdigest()


def forbidding(found: Sequence[Difference], answers_less_because: str = "") -> list[str]:
    """The figures for which the new pack may not replace the old one."""
    given_up = {ANSWERED} if answers_less_because else set()
    return [item.metric for item in found if item.is_worse and item.metric not in given_up]


def compare(
    old_folder: Path, new_folder: Path, run: Path, data: Path, answers_less_because: str = ""
) -> list[Difference]:
    """Read the test groups of ``run`` with both packs, and keep the outcome beside the new one,
    with the recipe's reason for answering less, if it gives one.

    Raises ValueError when the packs do not name the same classes: then they are not comparable.
    """
    old, new = as_of_today(unsigned_pack(old_folder)), unsigned_pack(new_folder)
    if old.manifest.labels != new.manifest.labels:
        raise ValueError("the packs name different classes, so one cannot replace the other")
    prepared = read_prepared(run)
    samples = [prepared.samples[i] for i in prepared.indices(Part.TEST)]
    judged = [judge(Network(pack), data, samples).answers for pack in (old, new)]
    found = differences(new.manifest, *judged)
    table = {
        "old": {"version": old.manifest.version, "manifest_sha256": _digest(old)},
        "new": {"version": new.manifest.version, "manifest_sha256": _digest(new)},
        "images": len(samples),
        "groups": len({sample.group for sample in samples}),
        "may_replace": not forbidding(found, answers_less_because),
        "answers_less_because": answers_less_because,
        "differences": [vars(item) | {"is_worse": item.is_worse} for item in found],
    }
    (new_folder / COMPARISON).write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    return found


def as_table(found: Sequence[Difference]) -> str:
    """The differences as lines of a terminal."""
    lines = [f"{'':42}{'old':>8}{'new':>8}   new - old, 95%"]
    for item in found:
        old = "-" if item.old is None else f"{item.old:.3f}"
        new = "-" if item.new is None else f"{item.new:.3f}"
        span = f"{item.interval[0]:+.3f} to {item.interval[1]:+.3f}" if item.interval else ""
        lines.append(
            f"{item.metric:42}{old:>8}{new:>8}   {span}{'  WORSE' if item.is_worse else ''}"
        )
    return "\n".join(lines)
