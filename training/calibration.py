"""Turns held-out predictions into calibration, conformal sets, abstention and distances."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from core.reading.manifest import Calibration

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: What confident answers must reach on validation images, before the margin below.
RIGHT_WHEN_CONFIDENT = 0.983
RIGHT_WHEN_POSITIVE = 0.95
DISEASE_CALLED_NORMAL = 0.02
#: No single answer is confident below this probability. The shares above are means: where
#: validation images are easy, sure answers would carry doubtful ones along, and on another
#: hospital's images, which are harder, the doubtful ones come more often.
LEAST_CONFIDENT = 0.95
RULE = (
    "Per class, the lowest probabilities at which, on validation groups and counting one error "
    "more than was seen, at least 98.3% of confident answers are right, at least 95% of confident "
    "positive answers are right, and at most 2% of diseased images are confidently called normal; "
    "and never below 95%."
)
ROUTING_RULE = (
    "A kind is taken from the probability that 99% of rightly routed validation images reach, and "
    "never below one half."
)
#: How far a covariance is pulled to a round one.
SHRINKAGE = 0.01
#: Share of held-out images of the pack's own kind that its distance may refuse.
REFUSED_SHARE = 0.01
#: Beyond how many limits a reader refuses. On brain MRI, 10% of head CT slices lay within 1.06 and
#: all but 1% within 1.3; another source's brain MRI between 1 and 1.4. What no pack can read is the
#: router's to refuse: here only what may be read, but not with confidence, is to be kept.
REFUSED_FROM = 1.25


def fit_calibration(logits: npt.NDArray[np.floating], labels: Ints) -> Calibration:
    """Bias-corrected temperature scaling by maximum likelihood (Alexandari et al., ICML 2020),
    with a light pull of the bias to zero."""
    log_temperature = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(logits.shape[1], dtype=torch.float64, requires_grad=True)
    _maximise_likelihood(logits, labels, log_temperature, bias, [log_temperature, bias])
    centred = (bias - bias.mean()).detach().numpy()
    return Calibration(float(log_temperature.detach().exp()), centred)


def with_equal_prior(calibration: Calibration, labels: Ints) -> Calibration:
    """The same calibration for a world in which every class is equally common, from one fitted
    where classes are as common as in ``labels`` (Saerens et al., Neural Computation 2002)."""
    counts = np.bincount(labels, minlength=len(calibration.bias))
    shift = np.log(counts / counts.sum())
    return Calibration(calibration.temperature, calibration.bias - shift + shift.mean())


def fit_temperature(logits: npt.NDArray[np.floating], labels: Ints) -> Calibration:
    """Temperature scaling alone (Guo et al., ICML 2017)."""
    log_temperature = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    none = torch.zeros(logits.shape[1], dtype=torch.float64)
    _maximise_likelihood(logits, labels, log_temperature, none, [log_temperature])
    return Calibration(float(log_temperature.detach().exp()), none.numpy())


def _maximise_likelihood(
    logits: npt.NDArray[np.floating],
    labels: Ints,
    log_temperature: torch.Tensor,
    bias: torch.Tensor,
    free: list[torch.Tensor],
) -> None:
    given, truth = torch.from_numpy(logits).double(), torch.from_numpy(labels)
    optimiser = torch.optim.LBFGS(free, max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        scaled = given / log_temperature.exp() + bias
        loss = torch.nn.functional.cross_entropy(scaled, truth) + 1e-3 * bias.square().sum()
        loss.backward()
        return loss

    optimiser.step(closure)


def conformal_minimum(probabilities: Floats, labels: Ints, coverage: float) -> list[float]:
    """Per class, the probability from which a label stays in the set, so that at least
    ``coverage`` of each class's images keep their true label (Vovk's Mondrian predictor)."""
    minimum = []
    for number in range(probabilities.shape[1]):
        own = np.sort(probabilities[labels == number, number])
        rank = int(np.floor((len(own) + 1) * (1 - coverage)))
        minimum.append(float(own[rank - 1]) if rank >= 1 else 0.0)
    return minimum


@dataclass(frozen=True)
class Levels:
    """Per class, the probability from which an answer is confident; None: never."""

    confident_from: list[float | None]
    coverage: float


def _candidates(top: Floats, right: npt.NDArray[np.bool_], count: int = 28) -> list[float]:
    """Levels worth trying for one class, the strictest first, ending in never (infinity)."""
    enough = top >= LEAST_CONFIDENT
    top, right = top[enough], right[enough]
    if not len(top):
        return [np.inf]
    quantiles = np.quantile(top, np.linspace(0, 0.98, count))
    wrong = top[~right]
    just_above = np.nextafter(np.sort(wrong)[-12:], 2.0)
    strictest_first = sorted({*map(float, quantiles), *map(float, just_above)}, reverse=True)
    return [*strictest_first, np.inf]


@dataclass(frozen=True)
class Validation:
    """Validation images under one condition: calibrated ``probabilities`` (n, classes) and
    ``labels`` (n,)."""

    probabilities: Floats
    labels: Ints

    @property
    def top(self) -> Ints:
        return self.probabilities.argmax(1)

    @property
    def best(self) -> Floats:
        return self.probabilities.max(1)

    def usable(self, minimum: Sequence[float]) -> npt.NDArray[np.bool_]:
        """Where the prediction set holds the most probable label and nothing else."""
        kept = self.probabilities >= np.array(minimum)
        return (kept.sum(1) == 1) & kept[np.arange(len(kept)), self.top]

    def counts(self) -> Ints:
        return np.bincount(self.labels, minlength=self.probabilities.shape[1])

    def cell(self, number: int, level: float, minimum: Sequence[float]) -> Cell:
        """What comes of saying class ``number`` with confidence from ``level``."""
        chosen = self.usable(minimum) & (self.top == number) & (self.best >= level)
        answers = int(chosen.sum())
        right = int((self.labels[chosen] == number).sum())
        return Cell(answers, answers - right, right)


@dataclass(frozen=True)
class Cell:
    """Confident answers of one class, and how many of them are wrong and right."""

    answers: int
    wrong: int
    right: int


def confident_levels(
    conditions: Sequence[Validation], minimum: Sequence[float], normal: int | None
) -> Levels:
    """The levels that answer most of every class (geometric mean of the shares), while ``RULE``
    holds under every condition by itself: the same image twice is no second proof.

    ``normal`` is the class number of "normal", None where every class is a disease.
    """
    classes = range(conditions[0].probabilities.shape[1])
    options = []
    for number in classes:
        tops, rights = [], []
        for given in conditions:
            mine = given.usable(minimum) & (given.top == number)
            tops.append(given.best[mine])
            rights.append(given.labels[mine] == number)
        options.append(_candidates(np.concatenate(tops), np.concatenate(rights)))
    tables = [
        [[given.cell(n, level, minimum) for level in options[n]] for n in classes]
        for given in conditions
    ]
    counts = [given.counts() for given in conditions]
    winner, winning = None, -1.0
    for choice in itertools.product(*(range(len(o)) for o in options)):
        picked = [[table[n][position] for n, position in enumerate(choice)] for table in tables]
        if not all(_allowed(c, normal, n) for c, n in zip(picked, counts, strict=True)):
            continue
        shares = [c.right / max(1, n) for c, n in zip(picked[0], counts[0], strict=True)]
        # The geometric mean: a pack that never names one of its findings is worth little.
        worth = float(np.exp(np.mean(np.log(np.array(shares) + 1e-3))))
        if worth > winning:
            winner, winning = choice, worth
    if winner is None:
        return Levels([None for _ in classes], 0.0)
    chosen = [options[n][position] for n, position in enumerate(winner)]
    answered = sum(tables[0][n][position].answers for n, position in enumerate(winner))
    levels = [None if np.isinf(level) else level for level in chosen]
    return Levels(levels, answered / len(conditions[0].labels))


def routing_level(probabilities: Floats, labels: Ints) -> float:
    """One level for every kind: what all but ``REFUSED_SHARE`` of rightly routed validation
    images reach, and never under one half."""
    best, right = probabilities.max(1), probabilities.argmax(1) == labels
    return max(0.5, float(np.quantile(best[right], REFUSED_SHARE)))


def _allowed(cells: Sequence[Cell], normal: int | None, counts: Ints) -> bool:
    answers, wrong = sum(c.answers for c in cells), sum(c.wrong for c in cells)
    if answers == 0 or (wrong + 1) / (answers + 1) > 1 - RIGHT_WHEN_CONFIDENT:
        return False
    for number, cell in enumerate(cells):
        too_wrong = (cell.wrong + 1) / (cell.answers + 1) > 1 - RIGHT_WHEN_POSITIVE
        if number != normal and cell.answers and too_wrong:
            return False
    if normal is None:
        return True
    diseased = int(counts.sum() - counts[normal])
    return (cells[normal].wrong + 1) / (diseased + 1) <= DISEASE_CALLED_NORMAL


@dataclass(frozen=True)
class Whitening:
    """Embedding to coordinates in which training images are round: first scaled to
    length 1, then ``(unit - mean) @ matrix``; ``centres`` are the means there of ``classes``, by
    number, in rising order."""

    mean: Floats
    matrix: Floats
    centres: Floats
    classes: Ints

    def apply(self, embeddings: npt.NDArray[np.float32]) -> Floats:
        lengths = np.linalg.norm(embeddings.astype(np.float64), axis=1, keepdims=True)
        result: Floats = (embeddings / np.maximum(lengths, 1e-12) - self.mean) @ self.matrix
        return result


def fit_whitening(embeddings: npt.NDArray[np.float32], labels: Ints, dimensions: int) -> Whitening:
    """The first ``dimensions`` principal directions of the training embeddings, whitened by the
    covariance within classes, shrunk a little to the mean variance so that no direction counts
    for too much."""
    unit = embeddings.astype(np.float64)
    unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-12)
    mean = unit.mean(0)
    scatter = (unit - mean).T @ (unit - mean)
    basis = np.linalg.eigh(scatter)[1][:, ::-1][:, : min(dimensions, len(unit) - 1)]
    coordinates = (unit - mean) @ basis
    classes = np.unique(labels)
    centres = np.stack([coordinates[labels == number].mean(0) for number in classes])
    within = coordinates - centres[np.searchsorted(classes, labels)]
    covariance = within.T @ within / max(1, len(within) - len(classes))
    round_part = np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    shrunk = (1 - SHRINKAGE) * covariance + SHRINKAGE * round_part
    values, vectors = np.linalg.eigh(shrunk)
    matrix = basis @ (vectors / np.sqrt(values))
    return Whitening(mean, matrix, centres @ (vectors / np.sqrt(values)), classes)


def distances(whitening: Whitening, embeddings: npt.NDArray[np.float32], labels: Ints) -> Floats:
    """Each embedding's root mean square distance per dimension to the centre of its own class."""
    order = np.searchsorted(whitening.classes, labels)
    offsets = whitening.apply(embeddings) - whitening.centres[order]
    found: Floats = np.sqrt((offsets**2).mean(1))
    return found
