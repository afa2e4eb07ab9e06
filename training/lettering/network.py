"""A small fully convolutional network: where in a picture is writing?

An encoder of separable convolutions to a thirty-second of the size, and a light decoder back to a
quarter of it, after Lin et al., "Feature pyramid networks" (CVPR 2017). It takes pictures of any
size whose sides are multiples of ``STRIDE``.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

#: Sides of the input must be multiples of this.
STRIDE = 32
#: Side of a cell of the output, in input pixels.
CELL = 4
WIDTHS = (24, 48, 96, 128)
BLOCKS = (1, 3, 4, 4)


def _joined(inputs: int, outputs: int, kernel: int, stride: int, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Separable(nn.Module):
    """A filter for each channel, then a mix of the channels; added to the input where it fits."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.filter = _joined(inputs, inputs, 5 if inputs > WIDTHS[0] else 3, stride, inputs)
        self.mix = nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = self.mix(self.filter(x))
        return F.relu(x + y if self.adds else y, inplace=True)


class Lettering(nn.Module):
    """(n, 1, h, w) in -1..1 to logits (n, 1, h / 4, w / 4): is there writing in the cell?"""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(_joined(1, 8, 5, 2), _joined(8, WIDTHS[0], 3, 2))
        stages = []
        for number, (width, blocks) in enumerate(zip(WIDTHS, BLOCKS, strict=True)):
            first = [Separable(WIDTHS[number - 1], width, 2)] if number else []
            stages.append(nn.Sequential(*first, *(Separable(width, width) for _ in range(blocks))))
        self.stages = nn.ModuleList(stages)
        self.across = nn.ModuleList(nn.Conv2d(width, 48, 1) for width in WIDTHS[1:])
        self.smooth = nn.ModuleList(Separable(48, 48) for _ in WIDTHS[1:])
        self.narrow = nn.Conv2d(48, WIDTHS[0], 1)
        self.last = Separable(WIDTHS[0], WIDTHS[0])
        self.head = nn.Conv2d(WIDTHS[0], 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        levels = []
        for stage in self.stages:
            x = stage(x)
            levels.append(x)
        fine, *rest = levels
        y = self.smooth[-1](self.across[-1](rest[-1]))
        for number in (1, 0):
            y = F.interpolate(y, scale_factor=2.0, mode="nearest") + self.across[number](
                rest[number]
            )
            y = self.smooth[number](y)
        y = F.interpolate(self.narrow(y), scale_factor=2.0, mode="nearest") + fine
        return self.head(self.last(y))


def parameters(network: nn.Module) -> int:
    return sum(each.numel() for each in network.parameters())


def target_of(region: Tensor) -> Tensor:
    """(n, 1, h, w) 0..1 to the share of each cell that writing covers."""
    return F.avg_pool2d(region, CELL)


def loss_of(logits: Tensor, region: Tensor) -> Tensor:
    """Cross entropy over the cells, those at an edge counting less, and the Dice loss of Milletari
    et al., "V-Net" (3DV 2016), which writing that is small still moves."""
    share = target_of(region)
    wanted = (share > 0.5).float()
    sure = 1.0 - 0.8 * ((share > 0.1) & (share < 0.6)).float()
    entropy = F.binary_cross_entropy_with_logits(logits, wanted, weight=sure, reduction="none")
    chance = torch.sigmoid(logits)
    dice = 1 - (2 * (chance * wanted).sum() + 1) / (chance.sum() + wanted.sum() + 1)
    # Cells of writing are few, and one missed names somebody.
    return (entropy * (1 + 3 * wanted)).mean() * 4 + 0.5 * dice
