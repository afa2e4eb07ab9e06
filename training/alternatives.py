"""What the chosen calibration and refusal score were chosen against, on the same images.

Calibrations are fitted on one half of the validation groups and judged on the other, both ways.
Refusal scores are asked to tell the pack's own test images from sets that no pack was made for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.isotonic import IsotonicRegression

from core.imaging.opening import open_study
from core.reading.calibration import calibrated, distance
from core.reading.inference import Network
from core.reading.manifest import Calibration
from core.reading.preprocess import preprocess
from training import metrics
from training.calibration import (
    REFUSED_SHARE,
    fit_calibration,
    fit_temperature,
    with_equal_prior,
)
from training.metrics import Answers
from training.recipe import DataSet
from training.sets import read_set
from training.splits import Sample

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Fitted = Callable[[Floats], Floats]
#: Sets of which no image belongs to a reader of another kind of image; judged only.
STRANGERS = ("other_medical", "not_supported")
#: So many images of each set, evenly spread, are enough for shares to within some percent.
OF_EACH_SET = 150


@dataclass(frozen=True)
class Compared:
    """One figure of one method on so many images of so many groups."""

    method: str
    metric: str
    value: float
    images: int
    groups: int


def _uncalibrated(logits: Floats, labels: Ints) -> Fitted:
    same = Calibration(1.0, np.zeros(logits.shape[1]))
    return lambda given: calibrated(given, same)


def _temperature(logits: Floats, labels: Ints) -> Fitted:
    found = fit_temperature(logits, labels)
    return lambda given: calibrated(given, found)


def _bias_corrected(logits: Floats, labels: Ints) -> Fitted:
    found = fit_calibration(logits, labels)
    return lambda given: calibrated(given, found)


def _isotonic(logits: Floats, labels: Ints) -> Fitted:
    """Each class against the rest, normalised (Zadrozny and Elkan, KDD 2002)."""
    plain = _uncalibrated(logits, labels)
    shown = plain(logits)
    steps = [
        IsotonicRegression(y_min=1e-3, y_max=1, out_of_bounds="clip").fit(
            shown[:, number], labels == number
        )
        for number in range(logits.shape[1])
    ]

    def fitted(given: Floats) -> Floats:
        raw = plain(given)
        parts = np.stack([step.predict(raw[:, n]) for n, step in enumerate(steps)], 1)
        return np.asarray(parts / parts.sum(1, keepdims=True))

    return fitted


def _as_if_equal(logits: Floats, labels: Ints) -> Fitted:
    found = with_equal_prior(fit_calibration(logits, labels), labels)
    return lambda given: calibrated(given, found)


CHOSEN, CHOSEN_WITH_EQUAL_PRIOR = (
    "temperature with bias",
    "temperature with bias, as if every class were equally common",
)
CALIBRATIONS: dict[str, Callable[[Floats, Ints], Fitted]] = {
    "none": _uncalibrated,
    "temperature": _temperature,
    CHOSEN: _bias_corrected,
    CHOSEN_WITH_EQUAL_PRIOR: _as_if_equal,
    "isotonic": _isotonic,
}


def compare_calibrations(
    logits: npt.NDArray[np.float32],
    labels: Ints,
    groups: Sequence[str],
    equal_prior: bool = False,
) -> list[Compared]:
    """Expected calibration error and mean negative log likelihood of each calibration on
    validation images whose groups it was not fitted on. Groups alternate by name between halves.
    ``equal_prior`` says which was chosen: where it is not, that one is left out."""
    chosen = CHOSEN_WITH_EQUAL_PRIOR if equal_prior else CHOSEN
    _, numbers = np.unique(np.array(groups), return_inverse=True)
    halves = [numbers % 2 == side for side in (0, 1)]
    found = []
    for name, fit in CALIBRATIONS.items():
        if name == CHOSEN_WITH_EQUAL_PRIOR and not equal_prior:
            continue
        shown = np.zeros(logits.shape, np.float64)
        for held in halves:
            shown[held] = fit(logits[~held].astype(np.float64), labels[~held])(
                logits[held].astype(np.float64)
            )
        nothing = np.zeros(shown.shape, np.bool_)
        answers = Answers(shown, labels, np.array(groups), nothing, nothing[:, 0])
        likely = -np.log(np.clip(shown[np.arange(len(labels)), labels], 1e-12, 1)).mean()
        size = (len(labels), int(numbers.max()) + 1)
        error = metrics.calibration_error(answers)
        method = f"{name} (chosen)" if name == chosen else name
        found.append(Compared(method, "expected calibration error", error, *size))
        found.append(Compared(method, "negative log likelihood", float(likely), *size))
    return found


@dataclass(frozen=True)
class Strangeness:
    """How strange n images seem, by each score; more is stranger."""

    scores: dict[str, Floats]
    groups: int

    @property
    def images(self) -> int:
        return len(next(iter(self.scores.values())))


def strangeness(network: Network, data: Path, samples: Sequence[Sample]) -> Strangeness:
    """Distance of the embedding as the app takes it; energy (Liu et al., NeurIPS 2020); and one
    minus the largest probability (Hendrycks and Gimpel, ICLR 2017)."""
    manifest = network.pack.manifest
    rows = []
    for sample in samples:
        output = network.run(preprocess(open_study(data / sample.file).frames[0], manifest.input))
        scaled = np.asarray(output.logits, np.float64)
        energy = -float(np.logaddexp.reduce(scaled))
        doubt = 1 - float(calibrated(output.logits, manifest.calibration).max())
        rows.append((distance(output.embedding, manifest.distribution), energy, doubt))
    columns = np.array(rows).T
    names = ("distance (chosen)", "energy", "one minus the largest probability")
    groups = len({sample.group for sample in samples})
    return Strangeness(dict(zip(names, columns, strict=True)), groups)


def spread(samples: Sequence[Sample], count: int = OF_EACH_SET) -> list[Sample]:
    """At most ``count`` of them, at even steps."""
    steps = np.linspace(0, len(samples) - 1, min(count, len(samples))).round().astype(int)
    return [samples[i] for i in steps]


def compare_refusals(
    network: Network, data: Path, own: Sequence[Sample]
) -> dict[str, list[Compared]]:
    """By set: how well each score tells it from the pack's own test images, and how much of it lies
    beyond what one in a hundred of those exceeds. Sets that are not there are left out."""
    usual = strangeness(network, data, spread(own))
    found: dict[str, list[Compared]] = {}
    for folder in STRANGERS:
        if not (data / folder).is_dir():
            continue
        others = strangeness(network, data, spread(read_set(data, DataSet(folder=folder))))
        found[folder] = []
        for name, theirs in others.scores.items():
            ours = usual.scores[name]
            limit = np.quantile(ours, 1 - REFUSED_SHARE)
            both = np.concatenate([ours, theirs])
            strange = np.arange(len(both)) >= len(ours)
            size = (others.images, others.groups)
            told = metrics.auc(both, strange)
            beyond = float((theirs > limit).mean())
            found[folder].append(Compared(name, "AUC against own test images", told, *size))
            found[folder].append(Compared(name, "beyond what 1% of own exceed", beyond, *size))
    return found
