"""The trap of the refusal sets: how well a probe that sees only sharpness tells them apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import cross_val_predict

from training.metrics import auc

Grey = npt.NDArray[np.uint8]
SIDE, RINGS = 160, 40


def radial_spectrum(grey: Grey) -> npt.NDArray[np.float64]:
    """The logarithm of the mean power in ``RINGS`` rings of spatial frequency, of the picture
    squared to ``SIDE`` pixels, without its mean and contrast: sharpness and JPEG grid, no
    content."""
    square = Image.fromarray(grey).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    values = np.asarray(square, dtype=np.float64)
    values = (values - values.mean()) / max(1.0, values.std())
    taper = np.hanning(SIDE)
    power = np.abs(np.fft.fftshift(np.fft.fft2(values * taper * taper[:, None]))) ** 2
    down, across = np.indices(power.shape) - SIDE // 2
    ring = np.minimum(np.hypot(down, across) / (SIDE / 2) * RINGS, RINGS - 1).astype(int)
    sums = np.bincount(ring.ravel(), power.ravel(), minlength=RINGS)
    counts = np.maximum(1, np.bincount(ring.ravel(), minlength=RINGS))
    found: npt.NDArray[np.float64] = np.log(sums / counts + 1e-9)
    return found


def probe_auc(supported: Sequence[Grey], refused: Sequence[Grey]) -> float:
    """AUC, by five-fold cross-validation, of boosted trees that see the radial spectrum alone: near
    0.5 when sharpness says nothing about which pictures are to be refused."""
    features = np.array([radial_spectrum(grey) for grey in [*supported, *refused]])
    labels = np.array([0] * len(supported) + [1] * len(refused))
    model = HistGradientBoostingClassifier(max_iter=100, learning_rate=0.08, random_state=0)
    scores = cross_val_predict(model, features, labels, cv=5, method="predict_proba")[:, 1]
    return auc(scores, labels == 1)
