"""Example maps for a model card: what the pack sees on test images, where it is right and where it
is wrong. Only of sets whose licence lets an image be shown (docs/data.md)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np

from core.reading.explanation import overlay
from core.reading.inference import Network
from training.images import open_grey
from training.metrics import Answers
from training.pointing import heat_of
from training.splits import Sample

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

#: Columns: so many images of each truth that were answered right, and as many answered wrong.
OF_EACH = 3


def choose(answers: Answers, number: int) -> tuple[list[int], list[int]]:
    """Test images of class ``number``: right ones at even steps from the surest to the least sure,
    so that nobody picks the pretty ones, and the wrong ones that were surest. One of each group."""
    order = np.argsort(-answers.probabilities.max(1), kind="stable")
    own = [int(i) for i in order if answers.labels[i] == number]
    right = _one_a_group(answers, [i for i in own if answers.top[i] == number])
    wrong = _one_a_group(answers, [i for i in own if answers.top[i] != number])
    steps = np.linspace(0, len(right) - 1, min(OF_EACH, len(right))).round().astype(int)
    return [right[i] for i in steps], wrong[:OF_EACH]


def _one_a_group(answers: Answers, indices: Sequence[int]) -> list[int]:
    kept: dict[str, int] = {}
    for index in indices:
        kept.setdefault(str(answers.groups[index]), index)
    return list(kept.values())


def write_examples(
    network: Network, data: Path, samples: Sequence[Sample], answers: Answers, folder: Path
) -> None:
    """``folder/examples.png``: a row for each class; maps of what was said, with the marked
    regions in white. ``answers`` are of ``samples``, in their order."""
    labels = network.pack.manifest.labels
    size = (2.3 * 2 * OF_EACH, 2.7 * len(labels))
    figure, grid = plt.subplots(
        len(labels), 2 * OF_EACH, figsize=size, layout="constrained", squeeze=False
    )
    for row, axes in enumerate(grid):
        right, wrong = choose(answers, row)
        for place, index in enumerate([*right, *[None] * (OF_EACH - len(right)), *wrong]):
            if index is not None:
                _show(axes[place], network, data, samples[index], answers, index)
        for empty in axes:
            empty.set_axis_off()
    figure.suptitle("Test images, by truth: three answered right, then the surest wrong ones")
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / "examples.png", dpi=70)
    plt.close(figure)


def _show(
    axes: Axes, network: Network, data: Path, sample: Sample, answers: Answers, index: int
) -> None:
    labels = network.pack.manifest.labels
    said = labels[int(answers.top[index])]
    path = data / sample.file
    grey = open_grey(path, network.pack.manifest.input)
    axes.imshow(overlay(grey, heat_of(network, path, said), opacity=0.5))
    height, width = grey.shape
    for centre_x, centre_y, across, down in sample.boxes:
        corner = ((centre_x - across / 2) * width, (centre_y - down / 2) * height)
        axes.add_patch(
            Rectangle(corner, across * width, down * height, fill=False, edgecolor="white")
        )
    sure = "" if answers.confident[index] else ", not confident"
    probability = answers.probabilities[index].max()
    axes.set_title(f"{sample.label}:\nsaid {said} {probability:.2f}{sure}", fontsize=7)
