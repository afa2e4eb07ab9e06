"""From prepared images to fitted networks: fine-tuning, weight averaging, resuming."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from core.reading.preprocess import InputSpec, normalise
from training.augmentation import Marks, augment
from training.beginning import beginning_digest, keep_beginning, load_beginning
from training.heads import fit_head
from training.images import Prepared, read_prepared, split_digest
from training.network import CELL, Classifier, Closer, Mirrored, Shipped, load_imagenet
from training.recipe import Method, Recipe, normal_class
from training.splits import Part, assign_folds

WEIGHTS = "weights.pt"


#: Side of a cell of the finer class maps, in input pixels.
FINER_CELL = 16
#: A cell counts as inside a finding when the marks cover this share of it.
COVERED = 0.1


def shown_at(recipe: Recipe, epoch: int) -> InputSpec:
    """The rectangle in which the images of ``epoch`` (from 0) are shown to the network."""
    schedule = recipe.schedule
    if epoch >= schedule.early_epochs:
        return recipe.input
    return replace(recipe.input, height=schedule.early_side, width=schedule.early_side)


class Augmented(Dataset[tuple[Tensor, int, Tensor]]):
    """Training images, a new variation at every epoch, the same for the same seed: the image,
    its class, and of each cell of the map (rows, columns) the share that the marks cover."""

    def __init__(self, prepared: Prepared, indices: Sequence[int], recipe: Recipe) -> None:
        self.prepared, self.indices, self.recipe = prepared, list(indices), recipe
        self.epoch = 0

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, position: int) -> tuple[Tensor, int, Tensor]:
        index, recipe = self.indices[position], self.recipe
        sample = self.prepared.samples[index]
        rng = np.random.default_rng((recipe.schedule.seed, self.epoch, index))
        grey = self.prepared.grey(index)
        spec = shown_at(recipe, self.epoch)
        marked = Marks(sample.boxes, self.prepared.mask(index))
        varied = augment(grey, spec, recipe.augmentation, rng, marked)
        cell = FINER_CELL if recipe.schedule.finer_maps else CELL
        rows, columns = spec.height // cell, spec.width // cell
        cells = torch.zeros(rows, columns)
        if varied.regions is not None:
            inside = varied.regions.reshape(rows, cell, columns, cell).mean((1, 3)) / 255
            cells = torch.from_numpy(inside.astype(np.float32))
        image = torch.from_numpy(normalise(varied.grey, spec)[0])
        return image, recipe.classes.index(sample.label), cells


def pointing_loss(maps: Tensor, labels: Tensor, cells: Tensor) -> Tensor:
    """How little of each marked image's own map lies in its marks: minus the log of the share
    that a softmax over the cells puts inside. Zero when no image is marked."""
    inside = (cells > COVERED).float().flatten(1)
    marked = inside.any(1)
    if not marked.any():
        return maps.sum() * 0.0
    own = maps[marked, labels[marked]].flatten(1)
    shares = own.log_softmax(1) + inside[marked].clamp(min=1e-6).log()
    return -shares.logsumexp(1).mean()


def regions_loss(maps: Tensor, labels: Tensor, cells: Tensor, normal: int | None) -> Tensor:
    """How badly cells tell whether they lie in a finding: binary cross-entropy over the map of
    each marked image's own class and, where the image is ``normal``, over the maps of every other
    class, none of whose cells do. Cells inside and outside count alike, however few are inside.
    Other images say nothing: where an unmarked finding lies is not known."""
    own = torch.zeros_like(maps[:, :, 0, 0], dtype=torch.bool)
    marked = cells.flatten(1).any(1)
    own[marked, labels[marked]] = True
    if normal is not None:
        own[labels == normal] = True
        own[:, normal] = False
    if not own.any():
        return maps.sum() * 0.0
    asked = maps[own]
    inside = cells[:, None].expand_as(maps)[own]
    missed = (F.softplus(-asked) * inside).sum() / inside.sum().clamp(min=1.0)
    invented = (F.softplus(asked) * (1 - inside)).sum() / (1 - inside).sum().clamp(min=1.0)
    return (missed + invented) / 2


@dataclass(frozen=True)
class Mixing:
    """How a batch is mixed with itself: ``share`` of each image, the rest from its ``partner``
    (n,)."""

    share: float
    partner: Tensor

    def images(self, given: Tensor) -> Tensor:
        return given * self.share + given[self.partner] * (1 - self.share)

    def loss(self, loss_for: Callable[[Tensor], Tensor], labels: Tensor) -> Tensor:
        return self.share * loss_for(labels) + (1 - self.share) * loss_for(labels[self.partner])


def draw_mixing(alpha: float, count: int, rng: np.random.Generator) -> Mixing:
    """A share drawn from Beta(alpha, alpha), 1 where ``alpha`` is 0, and partners at random."""
    share = float(rng.beta(alpha, alpha)) if alpha else 1.0
    return Mixing(share, torch.from_numpy(rng.permutation(count)))


def _frozen(network: Classifier, blocks: int) -> list[nn.Module]:
    backbone = network.backbone
    return [backbone._conv_stem, backbone._bn0, *backbone._blocks[:blocks]] if blocks else []


def set_training(network: Classifier, frozen_blocks: int) -> None:
    """Training mode, but for the frozen early blocks, whose statistics stay ImageNet's."""
    network.train()
    for module in _frozen(network, frozen_blocks):
        module.eval()
        module.requires_grad_(False)


def _optimiser(network: Classifier, recipe: Recipe) -> torch.optim.Optimizer:
    schedule = recipe.schedule
    groups: list[dict[str, Any]] = []
    backbone = set(network.backbone.parameters())
    heads = [p for p in network.parameters() if p not in backbone]
    learned = [p for p in network.backbone.parameters() if p.requires_grad]
    for parameters, rate in ((learned, schedule.backbone_rate), (heads, 1.0)):
        for decays in (True, False):
            chosen = [p for p in parameters if (p.ndim > 1) == decays]
            decay = schedule.weight_decay if decays else 0.0
            groups.append({"params": chosen, "rate": rate, "weight_decay": decay})
    return torch.optim.AdamW(groups, lr=schedule.learning_rate)


def learning_rate(step: int, steps: int, warm_up: int, peak: float) -> float:
    """Linear warm-up, then a half cosine to zero."""
    if step < warm_up:
        return peak * (step + 1) / warm_up
    return peak * 0.5 * (1 + math.cos(math.pi * (step - warm_up) / max(1, steps - warm_up)))


def class_weights(labels: Sequence[str], classes: Sequence[str]) -> Tensor:
    """Square root of inverse frequency, mean 1: a rare class counts more, not overwhelmingly."""
    counts = np.array([max(1, list(labels).count(name)) for name in classes], dtype=np.float64)
    weights = np.sqrt(counts.sum() / counts)
    return torch.tensor(weights / weights.mean(), dtype=torch.float32)


@torch.no_grad()
def _average(average: Classifier, network: Classifier, decay: float) -> None:
    for kept, new in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        if kept.dtype.is_floating_point:
            kept.lerp_(new, 1 - decay)
        else:
            kept.copy_(new)


def classifier(recipe: Recipe, dropout: float = 0.2) -> Classifier:
    """The recipe's network, with nothing learned."""
    schedule = recipe.schedule
    return Classifier(len(recipe.classes), schedule.pooling, dropout, finer=schedule.finer_maps)


class Fit:
    """One network being fine-tuned. ``train`` resumes from ``folder`` after any interruption."""

    def __init__(
        self, recipe: Recipe, prepared: Prepared, indices: Sequence[int], folder: Path
    ) -> None:
        self.recipe, self.prepared, self.folder = recipe, prepared, folder
        self.indices = list(indices)
        folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(recipe.schedule.seed)
        schedule = recipe.schedule
        self.network = classifier(recipe, schedule.dropout)
        load_imagenet(self.network)
        if recipe.begins_from:
            load_beginning(self.network, folder.parent)
        self.network = self.network.to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.network)
        set_training(self.network, recipe.schedule.frozen_blocks)
        self.optimiser = _optimiser(self.network, recipe)
        self.weights = class_weights([prepared.samples[i].label for i in indices], recipe.classes)
        self.epoch = 0
        self.history: list[dict[str, float]] = []
        self._resume()

    def _resume(self) -> None:
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return
        saved = torch.load(path, map_location="cpu", weights_only=False)
        if saved["fingerprint"] != self.recipe.fingerprint():
            raise ValueError(f"{self.folder} holds a run of another recipe: remove it first")
        self.network.load_state_dict(saved["network"])
        self.average.load_state_dict(saved["average"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.epoch, self.history = saved["epoch"], saved["history"]

    def _save(self) -> None:
        state = {
            "fingerprint": self.recipe.fingerprint(),
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "epoch": self.epoch,
            "history": self.history,
        }
        partial = self.folder / "checkpoint.partial"
        torch.save(state, partial)
        partial.replace(self.folder / "checkpoint.pt")

    def train(self) -> Classifier:
        """Train to the last epoch; returns the averaged network, in evaluation mode."""
        schedule = self.recipe.schedule
        dataset = Augmented(self.prepared, self.indices, self.recipe)
        while self.epoch < schedule.epochs:
            dataset.epoch = self.epoch
            torch.manual_seed(schedule.seed * 1000 + self.epoch)
            loader = DataLoader(
                dataset, schedule.batch, shuffle=True, drop_last=True, num_workers=2
            )
            started = time.monotonic()
            loss = self._one_epoch(loader)
            self.epoch += 1
            self.history.append(
                {"epoch": self.epoch, "loss": loss, "seconds": time.monotonic() - started}
            )
            self._save()
            (self.folder / "history.json").write_text(json.dumps(self.history, indent=1))
        return self.average.eval()

    def _one_epoch(self, loader: DataLoader[tuple[Tensor, int, Tensor]]) -> float:
        schedule, losses = self.recipe.schedule, []
        steps = schedule.epochs * len(loader)
        warm_up = max(1, int(schedule.warm_up_epochs * len(loader)))
        bar = tqdm(
            loader,
            desc=f"{self.folder.name} epoch {self.epoch + 1}/{schedule.epochs}",
            mininterval=5,
        )
        for position, (images, labels, cells) in enumerate(bar):
            step = self.epoch * len(loader) + position
            rate = learning_rate(step, steps, warm_up, schedule.learning_rate)
            for group in self.optimiser.param_groups:
                group["lr"] = rate * group["rate"]
            loss = self._loss(images, labels, cells, np.random.default_rng((schedule.seed, step)))
            self.optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
            self.optimiser.step()
            # A young average follows closely, so that it forgets the untrained head.
            _average(
                self.average, self.network, min(schedule.average_decay, (1 + step) / (10 + step))
            )
            losses.append(loss.item())
            bar.set_postfix(loss=f"{np.mean(losses[-50:]):.3f}")
        return float(np.mean(losses))

    def _loss(
        self, images: Tensor, labels: Tensor, cells: Tensor, rng: np.random.Generator
    ) -> Tensor:
        schedule = self.recipe.schedule
        mixing = draw_mixing(schedule.mixup, len(images), rng)
        shown = mixing.images(images) if schedule.mixup else images
        with torch.autocast("cpu", dtype=torch.bfloat16):
            outputs = self.network(shown.to(memory_format=torch.channels_last))
        logits = outputs.logits.float()

        def loss_for(wanted: Tensor) -> Tensor:
            smoothing = schedule.label_smoothing
            return F.cross_entropy(logits, wanted, self.weights, label_smoothing=smoothing)

        loss = mixing.loss(loss_for, labels) if schedule.mixup else loss_for(labels)
        if schedule.pointing:
            pointed = pointing_loss(outputs.activation_maps.float(), labels, cells)
            loss = loss + schedule.pointing * mixing.share * pointed
        if schedule.regions and self.network.finer is not None:
            evidence = outputs.activation_maps.float() + self.network.finer.level[:, None, None]
            told = regions_loss(evidence, labels, cells, normal_class(self.recipe))
            loss = loss + schedule.regions * mixing.share * told
        return loss


def _fit(recipe: Recipe, prepared: Prepared, indices: Sequence[int], folder: Path) -> None:
    if (folder / WEIGHTS).exists():
        return
    if recipe.schedule.method is Method.HEAD_ONLY:
        network = fit_head(recipe, prepared, indices, folder)
    else:
        network = Fit(recipe, prepared, indices, folder).train()
    torch.save(network.state_dict(), folder / WEIGHTS)


def load_network(recipe: Recipe, folder: Path) -> Shipped:
    """The fitted network kept in ``folder`` as it ships, in evaluation mode. Raises
    FileNotFoundError."""
    network = classifier(recipe)
    network.load_state_dict(torch.load(folder / WEIGHTS, map_location="cpu", weights_only=True))
    shipped: Shipped = Mirrored(network) if recipe.mirrored else network
    if recipe.closer:
        shipped = Closer(shipped, recipe.closer)
    return shipped.eval().to(memory_format=torch.channels_last)


@dataclass(frozen=True)
class FitPlan:
    """What one network learns from, and which of the rest may calibrate it."""

    folder: Path
    learn: list[int]
    held: list[int]


def fit_plans(recipe: Recipe, prepared: Prepared, run: Path) -> list[FitPlan]:
    """The fold fits, if any, and at last the fit that ships. Test samples are in none.

    With folds, the shipped fit learns from every training group and holds nothing back: what
    the fold fits say of their own held-out groups calibrates it.
    """
    learn = prepared.indices(Part.TRAIN)
    plans = []
    if recipe.split.folds:
        samples = [prepared.samples[i] for i in learn]
        folds = assign_folds(samples, recipe.split.folds, recipe.split.seed)
        for fold in range(recipe.split.folds):
            held = [i for i in learn if folds[prepared.samples[i].group] == fold]
            rest = [i for i in learn if folds[prepared.samples[i].group] != fold]
            plans.append(FitPlan(run / f"fold{fold}", rest, held))
    return [*plans, FitPlan(run / "final", learn, prepared.indices(Part.CALIBRATION))]


def check_run(recipe: Recipe, run: Path) -> None:
    """Raises ValueError when what was fitted in ``run`` belongs to another recipe or split."""
    path = run / "fitted_under.json"
    if path.exists() and json.loads(path.read_text()) != _fitted_under(recipe, run):
        raise ValueError(
            f"{run.name} was fitted under another recipe or split: remove the run and begin anew"
        )


def _fitted_under(recipe: Recipe, run: Path) -> dict[str, str]:
    told = {"recipe": recipe.fingerprint(), "split": split_digest(run)}
    if recipe.begins_from:
        told["beginning"] = beginning_digest(run)
    return told


def train(recipe: Recipe, run: Path, begin_from: Path | None = None) -> None:
    """Fit what the recipe's split asks for, resuming where an earlier call was cut off.
    ``begin_from`` is the finished run of the pack that the recipe begins from, by default the
    folder of that name beside ``run``.

    Raises ValueError for a run that another recipe, split or beginning was begun with,
    FileNotFoundError where the recipe begins from a pack whose run has not finished.
    """
    if recipe.begins_from:
        keep_beginning(recipe, run, begin_from or run.parent / recipe.begins_from)
    check_run(recipe, run)
    (run / "fitted_under.json").write_text(json.dumps(_fitted_under(recipe, run)) + "\n")
    prepared = read_prepared(run)
    (run / "config.json").write_text(json.dumps(asdict(recipe), indent=2, default=str) + "\n")
    for plan in fit_plans(recipe, prepared, run):
        _fit(recipe, prepared, plan.learn, plan.folder)
