"""What fitted networks say of samples, plain and degraded, to calibrate and to set distances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from tqdm import tqdm

from core.reading.preprocess import fit, normalise
from training.augmentation import reduce_and_recode
from training.fitting import FitPlan, load_network
from training.images import Prepared
from training.network import EMBEDDING, Closer, Shipped
from training.recipe import Condition, Recipe

Grey = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Predictions:
    """What a network says of n samples: ``logits`` (n, classes), ``embeddings`` (n, EMBEDDING),
    ``labels`` (n,) class numbers, ``indices`` (n,) into the prepared samples."""

    indices: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    logits: npt.NDArray[np.float32]
    embeddings: npt.NDArray[np.float32]


def pooled(several: Sequence[Predictions]) -> Predictions:
    return Predictions(
        np.concatenate([p.indices for p in several]),
        np.concatenate([p.labels for p in several]),
        np.concatenate([p.logits for p in several]),
        np.concatenate([p.embeddings for p in several]),
    )


def smallest_side(recipe: Recipe) -> int:
    """The longest side, in pixels, below which nothing is confident and nothing is validated:
    half the network's own."""
    return max(recipe.input.height, recipe.input.width) // 2


def _varied(grey: Grey, index: int, condition: Condition, smallest: int) -> Grey:
    if condition is Condition.PLAIN:
        return grey
    rng = np.random.default_rng((9, index))
    return np.asarray(reduce_and_recode(Image.fromarray(grey), rng, smallest))


def _batches(indices: Sequence[int], size: int = 32) -> Iterator[Sequence[int]]:
    for start in range(0, len(indices), size):
        yield indices[start : start + size]


@torch.no_grad()
def predict(
    network: Shipped,
    recipe: Recipe,
    prepared: Prepared,
    indices: Sequence[int],
    condition: Condition = Condition.PLAIN,
) -> Predictions:
    """The network's word on prepared images, preprocessed exactly as the app does."""
    smallest = smallest_side(recipe)
    if not indices:
        nothing = np.zeros((0,), np.int64)
        empty = np.zeros((0, len(recipe.classes)), np.float32)
        return Predictions(nothing, nothing, empty, np.zeros((0, EMBEDDING), np.float32))
    logits, embeddings = [], []
    for batch in tqdm(list(_batches(indices)), desc=f"predicting, {condition}", mininterval=5):
        greys = [_varied(prepared.grey(i), i, condition, smallest) for i in batch]
        tensors = [normalise(fit(grey, recipe.input), recipe.input) for grey in greys]
        stacked = torch.from_numpy(np.concatenate(tensors)).to(memory_format=torch.channels_last)
        outputs = network(stacked)
        logits.append(outputs.logits.numpy())
        embeddings.append(outputs.embedding.numpy())
    labels = [recipe.classes.index(prepared.samples[i].label) for i in indices]
    return Predictions(
        np.array(indices), np.array(labels), np.concatenate(logits), np.concatenate(embeddings)
    )


@dataclass(frozen=True)
class FitPredictions:
    """One fit's word on what it learned, and on what it never saw, plain and degraded."""

    learned: Predictions
    held: Predictions
    held_degraded: Predictions


def predictions_of(plan: FitPlan, recipe: Recipe, prepared: Prepared) -> FitPredictions:
    """What the fitted network of a plan says; kept beside its weights for the next call. Of what
    it learned only the embeddings count, which are those of the images as they are."""
    views = "mirrored" if recipe.mirrored else "straight"
    held = {
        "held": (plan.held, Condition.PLAIN),
        "held_degraded": (plan.held, Condition.DEGRADED),
    }
    own = _kept(
        plan.folder / f"predictions_{views}.npz",
        replace(recipe, closer=0.0),
        prepared,
        {"learned": (plan.learn, Condition.PLAIN), **held},
    )
    if recipe.closer:
        path = plan.folder / f"predictions_{views}_enlarged_{recipe.closer:g}.npz"
        near = _kept(path, recipe, prepared, held)
        own |= {name: _mean_of(own[name], near[name]) for name in held}
    return FitPredictions(**own)


def _kept(
    path: Path,
    recipe: Recipe,
    prepared: Prepared,
    wanted: Mapping[str, tuple[Sequence[int], Condition]],
) -> dict[str, Predictions]:
    """The predictions kept at ``path``, made there first where there are none: of the enlarged
    images where the recipe's network looks closer."""
    fields = Predictions.__dataclass_fields__
    if not path.exists():
        network = load_network(recipe, path.parent)
        looking = network.enlarged if isinstance(network, Closer) else network
        found = {
            name: predict(looking, recipe, prepared, indices, condition)
            for name, (indices, condition) in wanted.items()
        }
        arrays = {f"{n}_{f}": getattr(found[n], f) for n in found for f in fields}
        np.savez(path, allow_pickle=False, **arrays)
    kept = np.load(path)
    return {n: Predictions(*(kept[f"{n}_{f}"] for f in fields)) for n in wanted}


def _mean_of(own: Predictions, near: Predictions) -> Predictions:
    """As ``Closer`` says it."""
    return replace(own, logits=(own.logits + near.logits) / 2)
