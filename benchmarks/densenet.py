"""DenseNet-121 after Huang et al., "Densely connected convolutional networks" (CVPR 2017), table 1:
the network of torchxrayvision and of Chester. Here to be timed, with random weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn

GROWTH, NARROWED, STEM = 32, 4, 64
BLOCKS = (6, 12, 24, 16)


def _convolve(inputs: int, outputs: int, kernel: int) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
    return [nn.BatchNorm2d(inputs), nn.ReLU(inplace=True), convolution]


class DenseLayer(nn.Module):
    """Adds 32 maps, made from all that came before, beside them."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        narrow = NARROWED * GROWTH
        self.made = nn.Sequential(*_convolve(inputs, narrow, 1), *_convolve(narrow, GROWTH, 3))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.made(x)], 1)


def densenet121(channels: int, outputs: int) -> nn.Sequential:
    """(n, channels, 224, 224) to (n, outputs)."""
    parts: list[nn.Module] = [
        nn.Conv2d(channels, STEM, 7, stride=2, padding=3, bias=False),
        nn.BatchNorm2d(STEM),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, stride=2, padding=1),
    ]
    width = STEM
    for number, layers in enumerate(BLOCKS):
        if number:
            parts += [*_convolve(width, width // 2, 1), nn.AvgPool2d(2)]
            width //= 2
        for _ in range(layers):
            parts.append(DenseLayer(width))
            width += GROWTH
    parts += [nn.BatchNorm2d(width), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*parts, nn.Linear(width, outputs))
