"""From logits to probabilities that mean what they say, sets that cover, and distances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from core.reading.manifest import Calibration, Distribution


def calibrated(
    logits: npt.NDArray[np.floating], calibration: Calibration
) -> npt.NDArray[np.float64]:
    """Probabilities (..., classes) that sum to 1: ``softmax(logits / temperature + bias)``."""
    scaled = np.asarray(logits, dtype=np.float64) / calibration.temperature + calibration.bias
    scaled = scaled - scaled.max(axis=-1, keepdims=True)
    exponentials = np.exp(scaled)
    result: npt.NDArray[np.float64] = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return result


def prediction_set(
    probabilities: Mapping[str, float], minimum_probability: Mapping[str, float]
) -> tuple[str, ...]:
    """The labels that cannot be ruled out, most probable first.

    Mondrian (class-conditional) conformal prediction: Vovk, Gammerman and Shafer, "Algorithmic
    learning in a random world" (2005), 4.5. May be empty: then nothing fits.
    """
    kept = [name for name, p in probabilities.items() if p >= minimum_probability[name]]
    return tuple(sorted(kept, key=lambda name: (-probabilities[name], name)))


def distance(embedding: npt.NDArray[np.floating], distribution: Distribution) -> float:
    """How far an image lies from the training, in units of what is usual there: up to 1 for
    nearly all images of the pack's own kind.

    The embedding gathers the means of several stages of the network, whitened by the pooled
    within-class covariance inside the model, so the root mean square of its offset from a class
    centre is the Mahalanobis distance of Lee et al., "A simple unified framework for detecting
    out-of-distribution samples" (NeurIPS 2018), over the root of the dimensions. Each centre has
    a limit of its own; the smallest ratio of distance to limit counts.
    """
    offsets = np.asarray(embedding, dtype=np.float64) - distribution.centres
    return float((np.sqrt((offsets**2).mean(axis=1)) / distribution.limits).min())


def geometric_mean(rows: Sequence[Sequence[float]]) -> npt.NDArray[np.float64]:
    """One distribution for several frames: the normalised geometric mean of theirs."""
    logs = np.log(np.clip(np.asarray(rows, dtype=np.float64), 1e-9, 1.0)).mean(axis=0)
    means = np.exp(logs - logs.max())
    result: npt.NDArray[np.float64] = means / means.sum()
    return result
