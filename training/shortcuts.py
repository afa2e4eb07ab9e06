"""What a network could cheat with: how far crude features of the picture go on the same split, and
what the network loses when border, text or brightness can no longer tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter
from sklearn.ensemble import HistGradientBoostingClassifier
from tqdm import tqdm

from core.reading.calibration import calibrated
from core.reading.inference import Network
from core.reading.preprocess import fit, normalise
from training.images import Prepared
from training.metrics import Answers
from training.splits import Part

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
#: Share of the shorter side that counts as border.
BORDER = 0.1


def crude_features(grey: Grey) -> Floats:
    """Fifteen numbers that know no anatomy: mean, spread, five quantiles, black and white area, the
    border's mean and spread, its black area, sharpness, the aspect ratio, the logarithm of the
    size."""
    values = grey.astype(np.float64)
    edge = border_of(grey)
    framed = values[edge]
    small = np.asarray(Image.fromarray(grey).resize((128, 128)), dtype=np.float64)
    laplacian = 4 * small[1:-1, 1:-1] - small[:-2, 1:-1] - small[2:, 1:-1]
    laplacian -= small[1:-1, :-2] + small[1:-1, 2:]
    return np.array(
        [
            values.mean(),
            values.std(),
            *np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95)),
            (values < 10).mean(),
            (values > 245).mean(),
            framed.mean(),
            framed.std(),
            (framed < 10).mean(),
            laplacian.std(),
            grey.shape[1] / grey.shape[0],
            np.log(grey.size),
        ]
    )


def border_of(grey: Grey) -> npt.NDArray[np.bool_]:
    """True on the outer ``BORDER`` of the picture, (h, w)."""
    rows, columns = grey.shape
    deep = max(1, round(min(rows, columns) * BORDER))
    edge = np.ones(grey.shape, dtype=bool)
    edge[deep : rows - deep, deep : columns - deep] = False
    return edge


def without_border(grey: Grey) -> Grey:
    """The outer tenth replaced by the picture's median tone."""
    changed = grey.copy()
    changed[border_of(grey)] = int(np.median(grey))
    return changed


def without_text(grey: Grey) -> Grey:
    """Small bright marks (letters, markers, calipers) painted over by their surroundings: what is
    far brighter than the morphological opening of the picture (a top hat), and a little around."""
    image = Image.fromarray(grey)
    side = max(3, round(max(grey.shape) / 40) // 2 * 2 + 1)
    opened = image.filter(ImageFilter.MinFilter(side)).filter(ImageFilter.MaxFilter(side))
    marks = grey.astype(np.int16) - np.asarray(opened, dtype=np.int16) > 110
    wide = Image.fromarray(marks.astype(np.uint8) * 255).filter(ImageFilter.MaxFilter(5))
    smooth = opened.filter(ImageFilter.BoxBlur(side))
    return np.where(np.asarray(wide) > 0, np.asarray(smooth), grey).astype(np.uint8)


def matched(reference: Floats) -> Callable[[Grey], Grey]:
    """A change that gives every picture the same mean and spread: those of the training set."""
    mean, spread = reference

    def change(grey: Grey) -> Grey:
        values = grey.astype(np.float64)
        scaled = (values - values.mean()) / max(1.0, values.std()) * spread + mean
        return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)

    return change


def _scores(network: Network, greys: Sequence[Grey], change: Callable[[Grey], Grey]) -> Floats:
    manifest = network.pack.manifest
    rows = []
    for grey in tqdm(greys, desc="changed pictures", mininterval=5):
        tensor = normalise(fit(change(grey), manifest.input), manifest.input)
        rows.append(calibrated(network.run(tensor).logits, manifest.calibration))
    return np.array(rows)


def _groups(prepared: Prepared, indices: Sequence[int]) -> npt.NDArray[np.str_]:
    return np.array([prepared.samples[i].group for i in indices])


def _answers(
    scores: Floats, labels: npt.NDArray[np.int64], groups: npt.NDArray[np.str_]
) -> Answers:
    nothing = np.zeros(scores.shape, dtype=np.bool_)
    return Answers(scores, labels, groups, nothing, nothing[:, 0])


def crude_answers(prepared: Prepared, classes: Sequence[str]) -> Answers:
    """What gradient-boosted trees on ``crude_features`` say of the test part."""
    parts: dict[bool, tuple[Floats, npt.NDArray[np.int64]]] = {}
    for is_test in (False, True):
        wanted = (Part.TEST,) if is_test else (Part.TRAIN, Part.CALIBRATION)
        indices = prepared.indices(*wanted)
        features = np.array([crude_features(prepared.grey(i)) for i in indices])
        labels = np.array([classes.index(prepared.samples[i].label) for i in indices])
        parts[is_test] = (features, labels)
    model = HistGradientBoostingClassifier(max_iter=200, learning_rate=0.05, random_state=0)
    model.fit(*parts[False])
    features, labels = parts[True]
    return _answers(
        model.predict_proba(features), labels, _groups(prepared, prepared.indices(Part.TEST))
    )


def look_for_shortcuts(
    network: Network, prepared: Prepared, limit: int = 600
) -> dict[str, Answers]:
    """What crude features say, and the network on the pictures as they are and changed, by name, on
    at most ``limit`` test images drawn at random: the AUC of each is to be compared."""
    classes = list(network.pack.manifest.labels)
    indices = np.array(prepared.indices(Part.TEST))
    chosen = sorted(int(i) for i in np.random.default_rng(0).permutation(indices)[:limit])
    greys = [prepared.grey(i) for i in chosen]
    labels = np.array([classes.index(prepared.samples[i].label) for i in chosen])
    learned = prepared.indices(Part.TRAIN)[::7]
    reference = np.array([(prepared.grey(i).mean(), prepared.grey(i).std()) for i in learned])
    changes: dict[str, Callable[[Grey], Grey]] = {
        "the network, pictures as they are": lambda grey: grey,
        "the network, outer tenth replaced": without_border,
        "the network, text and markers painted over": without_text,
        "the network, brightness and contrast the same in all": matched(reference.mean(0)),
    }
    groups = _groups(prepared, chosen)
    return {"crude features alone": crude_answers(prepared, classes)} | {
        name: _answers(_scores(network, greys, change), labels, groups)
        for name, change in changes.items()
    }
