"""Pictures of a pack's figures: people look before they read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from core.reading.manifest import Manifest
from training.metrics import Answers, auc

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes


def _roc(axes: Axes, manifest: Manifest, answers: Answers) -> None:
    for number, item in enumerate(manifest.classes):
        positive = answers.labels == number
        order = np.argsort(-answers.probabilities[:, number])
        hits = np.cumsum(positive[order]) / max(1, positive.sum())
        alarms = np.cumsum(~positive[order]) / max(1, (~positive).sum())
        area = auc(answers.probabilities[:, number], positive)
        axes.plot([0, *alarms], [0, *hits], label=f"{item.label} (AUC {area:.3f})")
    axes.plot([0, 1], [0, 1], ":", color="grey")
    axes.set(
        xlabel="1 - specificity", ylabel="sensitivity", title="ROC, each class against the rest"
    )
    axes.legend(loc="lower right")


def _reliability(axes: Axes, answers: Answers, bins: int = 10) -> None:
    confidence, right = answers.probabilities.max(1), answers.top == answers.labels
    parts = [p for p in np.array_split(np.argsort(confidence), bins) if len(p)]
    axes.plot([confidence[p].mean() for p in parts], [right[p].mean() for p in parts], "o-")
    axes.plot([0, 1], [0, 1], ":", color="grey")
    axes.set(xlabel="probability said", ylabel="share right", title="Reliability", xlim=(0.3, 1.02))


def _risk_coverage(axes: Axes, manifest: Manifest, answers: Answers) -> None:
    best = answers.probabilities.max(1)
    for number, item in enumerate(manifest.classes):
        own = answers.top == number
        if not own.any():
            continue
        order = np.argsort(-best[own])
        wrong = (answers.labels[own] != number)[order]
        coverage = np.arange(1, len(wrong) + 1) / len(wrong)
        axes.plot(coverage, np.cumsum(wrong) / np.arange(1, len(wrong) + 1), label=item.label)
    axes.axhline(0.017, linestyle=":", color="grey", label="development target, 1.7%")
    axes.set(xlabel="share answered", ylabel="share wrong", title="Risk and coverage, by answer")
    axes.legend()


def _confusion(axes: Axes, manifest: Manifest, answers: Answers) -> None:
    size = len(manifest.classes)
    counts = np.zeros((size, size), dtype=int)
    np.add.at(counts, (answers.labels, answers.top), 1)
    axes.imshow(counts / np.maximum(1, counts.sum(1, keepdims=True)), cmap="Blues", vmin=0, vmax=1)
    for row in range(size):
        for column in range(size):
            share = counts[row, column] / max(1, counts[row].sum())
            tone = "white" if share > 0.5 else "black"
            axes.text(column, row, str(counts[row, column]), ha="center", va="center", color=tone)
    axes.set_xticks(range(size), manifest.labels, rotation=45, ha="right")
    axes.set_yticks(range(size), manifest.labels)
    axes.set(xlabel="most probable", ylabel="truth", title="Confusion, all images")


def write_plots(manifest: Manifest, answers: Answers, folder: Path) -> None:
    """``folder/figures.png``: ROC, reliability, risk against coverage, confusion."""
    folder.mkdir(parents=True, exist_ok=True)
    figure, grid = plt.subplots(2, 2, figsize=(11, 10), layout="constrained")
    _roc(grid[0, 0], manifest, answers)
    _reliability(grid[0, 1], answers)
    _risk_coverage(grid[1, 0], manifest, answers)
    _confusion(grid[1, 1], manifest, answers)
    figure.suptitle(f"{manifest.title} {manifest.version}: {len(answers.labels)} test images")
    figure.savefig(folder / "figures.png", dpi=80)
    plt.close(figure)


def write_routing_plot(rows: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """``folder/figures.png``: the share of each test set that a router refuses."""
    folder.mkdir(parents=True, exist_ok=True)
    refused = [row for row in rows if row["metric"] == "refused"]
    figure, axes = plt.subplots(figsize=(10, 1 + 0.25 * len(refused)), layout="constrained")
    values = [row["value"] for row in refused]
    below = [max(0.0, row["value"] - row["interval"][0]) for row in refused]
    above = [max(0.0, row["interval"][1] - row["value"]) for row in refused]
    axes.barh(range(len(refused)), values, xerr=[below, above], color="#5b8fb9")
    axes.set_yticks(range(len(refused)), [f"{r['test_set']}, n={r['images']}" for r in refused])
    axes.invert_yaxis()
    axes.set(xlabel="share refused, 95% Wilson interval", xlim=(0, 1.02), title="Router: refused")
    figure.savefig(folder / "figures.png", dpi=80)
    plt.close(figure)
