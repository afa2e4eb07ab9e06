"""Figures with their intervals. Every function takes arrays and returns numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
#: Under so many groups a bootstrap over them says little.
FEW_GROUPS = 20
REPEATS = 1000


@dataclass(frozen=True)
class Answers:
    """A pack's word on n test images: ``probabilities`` (n, classes), ``labels`` (n,),
    ``groups`` (n,), ``kept`` (n, classes) the prediction sets, ``confident`` (n,)."""

    probabilities: Floats
    labels: Ints
    groups: npt.NDArray[np.str_]
    kept: npt.NDArray[np.bool_]
    confident: npt.NDArray[np.bool_]

    def take(self, index: Ints) -> Answers:
        return Answers(
            self.probabilities[index],
            self.labels[index],
            self.groups[index],
            self.kept[index],
            self.confident[index],
        )

    @property
    def top(self) -> Ints:
        return self.probabilities.argmax(1)


@dataclass(frozen=True)
class Figure:
    """A value with its 95% interval; ``method`` says where the interval comes from."""

    value: float | None
    interval: tuple[float, float] | None
    method: str


Statistic = Callable[[Answers], float]


def auc(scores: Floats, positive: npt.NDArray[np.bool_]) -> float:
    """Area under the ROC curve, by ranks (Mann-Whitney); nan when a side is empty."""
    from scipy.stats import rankdata

    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    if not n_positive or not n_negative:
        return math.nan
    ranks = rankdata(scores)
    above = ranks[positive].sum() - n_positive * (n_positive + 1) / 2
    return float(above / (n_positive * n_negative))


Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Share:
    """A statistic that is a share: of the images that ``of`` selects, those that ``hit`` does.
    nan when none is selected."""

    of: Callable[[Answers], Mask]
    hit: Callable[[Answers], Mask]

    def __call__(self, answers: Answers) -> float:
        selected = self.of(answers)
        return float(self.hit(answers)[selected].mean()) if selected.any() else math.nan


def _all(answers: Answers) -> Mask:
    return np.ones(len(answers.labels), dtype=np.bool_)


def _right(answers: Answers) -> Mask:
    return answers.top == answers.labels


def _confident(answers: Answers) -> Mask:
    return answers.confident


def _truth_kept(answers: Answers) -> Mask:
    return answers.kept[np.arange(len(answers.labels)), answers.labels]


def _labelled(number: int) -> Callable[[Answers], Mask]:
    return lambda answers: answers.labels == number


accuracy = Share(_all, _right)
conformal_coverage = Share(_all, _truth_kept)
#: Share of all images with a confident verdict.
answered = Share(_all, _confident)
right_when_confident = Share(_confident, _right)


def conformal_coverage_of(number: int) -> Share:
    """Share of a class's images whose prediction set holds that class."""
    return Share(_labelled(number), _truth_kept)


def answered_of(number: int) -> Share:
    """Share of a class's images with a confident verdict."""
    return Share(_labelled(number), _confident)


def right_when_positive(normal: int) -> Share:
    """Share of confident answers other than "normal" that are right."""
    return Share(lambda answers: answers.confident & (answers.top != normal), _right)


def disease_called_normal(normal: int) -> Share:
    """Share of diseased images with a confident "normal"."""
    return Share(
        lambda answers: answers.labels != normal,
        lambda answers: answers.confident & (answers.top == normal),
    )


def balanced_accuracy(answers: Answers) -> float:
    present = np.unique(answers.labels)
    return float(np.mean([(answers.top[answers.labels == c] == c).mean() for c in present]))


def macro_auc(answers: Answers) -> float:
    classes = answers.probabilities.shape[1]
    return float(
        np.nanmean([auc(answers.probabilities[:, c], answers.labels == c) for c in range(classes)])
    )


def auc_of(number: int) -> Statistic:
    return lambda answers: auc(answers.probabilities[:, number], answers.labels == number)


def calibration_error(answers: Answers, bins: int = 15) -> float:
    """Expected calibration error of the top probability (Guo et al., ICML 2017), equal-count
    bins."""
    confidence, right = answers.probabilities.max(1), answers.top == answers.labels
    order = np.argsort(confidence)
    parts = np.array_split(order, min(bins, len(order)))
    gaps = [len(p) * abs(confidence[p].mean() - right[p].mean()) for p in parts if len(p)]
    return float(sum(gaps) / len(order))


def sensitivity_at(scores: Floats, positive: npt.NDArray[np.bool_], specificity: float) -> float:
    """Sensitivity at the threshold that leaves at least this specificity."""
    negatives = np.sort(scores[~positive])
    if not len(negatives) or not positive.any():
        return math.nan
    level = negatives[min(len(negatives) - 1, math.ceil(specificity * len(negatives)) - 1)]
    return float((scores[positive] > level).mean())


def sensitivity_of(number: int, specificity: float) -> Statistic:
    """Sensitivity for class ``number`` against the rest at this specificity."""
    return lambda answers: sensitivity_at(
        answers.probabilities[:, number], answers.labels == number, specificity
    )


def specificity_of(number: int, sensitivity: float) -> Statistic:
    """Specificity for class ``number`` against the rest at this sensitivity."""
    return lambda answers: sensitivity_at(
        -answers.probabilities[:, number], answers.labels != number, sensitivity
    )


def predictive_values(
    sensitivity: float, specificity: float, prevalence: float
) -> tuple[float, float]:
    """Positive and negative predictive value by Bayes' rule at a prevalence."""
    positive = sensitivity * prevalence + (1 - specificity) * (1 - prevalence)
    negative = specificity * (1 - prevalence) + (1 - sensitivity) * prevalence
    ppv = sensitivity * prevalence / positive if positive else math.nan
    npv = specificity * (1 - prevalence) / negative if negative else math.nan
    return ppv, npv


def wilson(successes: float, total: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's score interval for a share (JASA 1927)."""
    if not total:
        return 0.0, 1.0
    share = successes / total
    centre = share + z * z / (2 * total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)


def bootstrap(answers: Answers, statistic: Statistic, seed: int = 0) -> tuple[float, float] | None:
    """95% percentile interval over resampled groups; None when too few samples allow it."""
    rng = np.random.default_rng(seed)
    names, inverse = np.unique(answers.groups, return_inverse=True)
    members = [np.flatnonzero(inverse == number) for number in range(len(names))]
    values = []
    for _ in range(REPEATS):
        drawn = rng.integers(0, len(names), len(names))
        value = statistic(answers.take(np.concatenate([members[g] for g in drawn])))
        if not math.isnan(value):
            values.append(value)
    if len(values) < REPEATS / 2:
        return None
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def figure(answers: Answers, statistic: Statistic) -> Figure:
    """A statistic with its interval: over groups when there are enough of them, else over
    images (and said so: images of one patient resemble each other, so it is too narrow)."""
    value = statistic(answers)
    if math.isnan(value):
        return Figure(None, None, "no such images in the test set")
    if isinstance(statistic, Share) and value in (0.0, 1.0):
        # Resampling cannot show what was never seen.
        selected = answers.take(np.flatnonzero(statistic.of(answers)))
        units = len(np.unique(selected.groups))
        few = units < FEW_GROUPS
        total = len(selected.labels) if few else units
        method = "Wilson over slices, not patients" if few else "Wilson over groups"
        return Figure(value, wilson(value * total, total), method)
    if len(np.unique(answers.groups)) >= FEW_GROUPS:
        return Figure(value, bootstrap(answers, statistic), "bootstrap over groups")
    single = Answers(
        answers.probabilities,
        answers.labels,
        np.arange(len(answers.labels)).astype(str),
        answers.kept,
        answers.confident,
    )
    return Figure(value, bootstrap(single, statistic), "bootstrap over slices, not patients")


def prevalence(labels: Ints, classes: Sequence[str]) -> dict[str, float]:
    return {name: round(float((labels == n).mean()), 4) for n, name in enumerate(classes)}
