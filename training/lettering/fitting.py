"""Fit the network on drawn scenes; a second call goes on where the first was cut off."""

from __future__ import annotations

import copy
import json
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from training.lettering.alphabets import Purpose
from training.lettering.drawing import Pen
from training.lettering.network import Lettering, loss_of
from training.lettering.recipe import LetteringRecipe
from training.lettering.scenes import LARGE_SIDE, SIDE, Grey8, training_scene
from training.lettering.sets import read_backgrounds
from training.lettering.typefaces import find_typefaces, writing

#: Brightness 0..255 to about -1..1; the manifest says the same to the app.
MEAN, STD = 127.0, 128.0
_SAVE_EVERY = 200


def batch_of(
    backgrounds: list[Grey8], pen: Pen, recipe: LetteringRecipe, step: int
) -> tuple[Tensor, Tensor]:
    """Pictures (n, 1, h, w) in -1..1 and their regions, the same for the same step."""
    # A large picture costs as much as four.
    count, side = (recipe.batch // 4, LARGE_SIDE) if step % 3 == 2 else (recipe.batch, SIDE)
    scenes = [
        training_scene(backgrounds, pen, (recipe.seed, step, number), side)
        for number in range(count)
    ]
    grey = np.stack([each.grey for each in scenes])[:, None].astype(np.float32)
    region = np.stack([each.region for each in scenes])[:, None]
    return torch.from_numpy((grey - MEAN) / STD), torch.from_numpy(region)


def rate_of(recipe: LetteringRecipe, step: int) -> float:
    """Linear warm-up over 100 steps, level, and a linear fall over the last quarter: so that a run
    may be made shorter or longer while it goes."""
    warm = min(1.0, (step + 1) / 100)
    left = (recipe.steps - step) / (0.25 * recipe.steps)
    return recipe.learning_rate * min(warm, 1.0, left)


class Fit:
    """The network being fitted, and the running average of its weights, which is kept."""

    def __init__(self, recipe: LetteringRecipe, run: Path) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.run = recipe, run
        self.network = Lettering().to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.network)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=recipe.learning_rate, weight_decay=0.01
        )
        self.step = 0
        self.path = run / "checkpoint.pt"
        if self.path.exists():
            self._resume()

    def _resume(self) -> None:
        kept = torch.load(self.path, map_location="cpu", weights_only=True)
        if kept["fingerprint"] != self.recipe.fingerprint():
            raise ValueError(f"{self.run} holds a run of another recipe: remove it first")
        self.network.load_state_dict(kept["network"])
        self.average.load_state_dict(kept["average"])
        self.optimiser.load_state_dict(kept["optimiser"])
        self.step = kept["step"]

    def save(self) -> None:
        partial = self.path.with_suffix(".partial")
        state = {
            "fingerprint": self.recipe.fingerprint(),
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
        }
        torch.save(state, partial)
        partial.replace(self.path)

    def one_step(self, images: Tensor, regions: Tensor) -> float:
        for group in self.optimiser.param_groups:
            group["lr"] = rate_of(self.recipe, self.step)
        self.network.train()
        loss = loss_of(self.network(images.to(memory_format=torch.channels_last)), regions)
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimiser.step()
        self.step += 1
        self._follow()
        return float(loss.detach())

    @torch.no_grad()
    def _follow(self) -> None:
        decay = min(0.998, self.step / (self.step + 10))
        ours, theirs = self.average.state_dict(), self.network.state_dict()
        for name, value in theirs.items():
            if value.dtype.is_floating_point:
                ours[name].lerp_(value, 1 - decay)
            else:
                ours[name].copy_(value)


def train(recipe: LetteringRecipe, run: Path) -> None:
    """Fit to the recipe's last step. ``run/history.csv`` gains a line every 50 steps."""
    backgrounds = read_backgrounds(run)
    pen = Pen(writing(find_typefaces(run / "typefaces.json"), Purpose.TRAINING, Purpose.TRAINING))
    fit = Fit(recipe, run)
    (run / "recipe.json").write_text(json.dumps(recipe.told(), indent=1) + "\n", encoding="utf-8")
    started, first, recent = time.monotonic(), fit.step, []
    while fit.step < recipe.steps:
        recent.append(fit.one_step(*batch_of(backgrounds, pen, recipe, fit.step)))
        if fit.step % 50 == 0:
            each = (time.monotonic() - started) / (fit.step - first)
            mean = sum(recent) / len(recent)
            with (run / "history.csv").open("a", encoding="utf-8") as stream:
                stream.write(f"{fit.step},{mean:.4f},{each:.3f}\n")
            recent = []
        if fit.step % _SAVE_EVERY == 0 or fit.step == recipe.steps:
            fit.save()
