"""A head fitted on features that stay as ImageNet made them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F
from tqdm import tqdm

from core.reading.preprocess import normalise
from training.augmentation import augment
from training.images import Prepared
from training.network import FEATURES, Classifier, load_imagenet
from training.recipe import Pooling, Recipe

BATCH = 64
#: Pull of the head's weights to zero, per sample.
PENALTY = 1e-4


@torch.no_grad()
def varied_features(
    network: Classifier, recipe: Recipe, prepared: Prepared, indices: Sequence[int], folder: Path
) -> tuple[torch.Tensor, torch.Tensor]:
    """Features (n * variations, 1280) of random variations of each image, and their labels.
    Kept in ``folder`` after each variation, so that a second call goes on."""
    labels = torch.tensor([recipe.classes.index(prepared.samples[i].label) for i in indices])
    rounds = []
    for variation in range(recipe.schedule.variations):
        cache = folder / f"features{variation}.npy"
        if not cache.exists():
            found = []
            starts = range(0, len(indices), BATCH)
            for start in tqdm(starts, desc=f"features, variation {variation + 1}", mininterval=5):
                tensors = []
                for index in indices[start : start + BATCH]:
                    rng = np.random.default_rng((recipe.schedule.seed, variation, index))
                    varied = augment(prepared.grey(index), recipe.input, recipe.augmentation, rng)
                    tensors.append(normalise(varied.grey, recipe.input))
                stacked = torch.from_numpy(np.concatenate(tensors))
                shown = network.backbone(stacked.to(memory_format=torch.channels_last))[0]
                found.append(shown.mean((2, 3)))
            np.save(cache, torch.cat(found).numpy())
        rounds.append(torch.from_numpy(np.load(cache)))
    return torch.cat(rounds), labels.repeat(recipe.schedule.variations)


def fit_head(
    recipe: Recipe, prepared: Prepared, indices: Sequence[int], folder: Path
) -> Classifier:
    """ImageNet's network with a head fitted by penalised maximum likelihood, in evaluation
    mode."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.schedule.seed)
    network = Classifier(len(recipe.classes), Pooling.MEAN)
    load_imagenet(network)
    network = network.eval().to(memory_format=torch.channels_last)
    features, labels = varied_features(network, recipe, prepared, indices, folder)
    counts = torch.bincount(labels, minlength=len(recipe.classes)).clamp(min=1).float()
    weights = (counts.sum() / counts).sqrt()
    weights /= weights.mean()
    matrix = torch.zeros(len(recipe.classes), FEATURES, requires_grad=True)
    bias = torch.zeros(len(recipe.classes), requires_grad=True)
    optimiser = torch.optim.LBFGS([matrix, bias], max_iter=150, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = F.cross_entropy(features @ matrix.T + bias, labels, weights)
        loss = loss + PENALTY * matrix.square().sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    with torch.no_grad():
        network.head.weight.copy_(matrix[:, :, None, None])
        assert network.head.bias is not None
        network.head.bias.copy_(bias)
    return network
