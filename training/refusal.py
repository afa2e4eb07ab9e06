"""How a router does: what it sends where, and what it refuses, by the app's own code.

Every set is judged twice: as it is, and with every image reduced and re-encoded at random, so
that sizes and sharpness, which differ between the sets, can say nothing (data/README: a
classifier that sees only the power spectrum tells the sets apart).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from tqdm import tqdm

from core.reading.inference import Network
from core.reading.manifest import Manifest, Role
from core.reading.pack import MANIFEST_FILE, Pack
from core.reading.routing import UNKNOWN, Router
from training.augmentation import reduce_and_recode
from training.card import write_card
from training.export import write_manifest
from training.images import open_grey, read_prepared
from training.metrics import wilson
from training.plots import write_routing_plot
from training.recipe import Condition, Recipe
from training.sets import read_set
from training.splits import Part

Grey = npt.NDArray[np.uint8]
_RULES = {
    Condition.PLAIN: "images as they are",
    Condition.DEGRADED: "every image reduced to 64 to 448 px and re-encoded (JPEG 50 to 95)",
}


@dataclass(frozen=True)
class RoutedSet:
    """Where the images of one set went. ``pack`` is the one they belong to; None: to none."""

    name: str
    pack: str | None
    destinations: tuple[str | None, ...]
    groups: int

    @property
    def refused(self) -> int:
        return sum(destination is None for destination in self.destinations)

    @property
    def wrong_pack(self) -> int:
        return sum(d is not None and d != self.pack for d in self.destinations)


def destination(router: Router, grey: Grey) -> str | None:
    """The pack that an image is sent to; None when it is refused."""
    routing = router.route([grey])
    return None if routing.route.label == UNKNOWN else routing.pack


def _route_all(
    router: Router, greys: Sequence[Grey], condition: Condition, name: str
) -> tuple[str | None, ...]:
    bar = tqdm(_shown(greys, condition), desc=f"{name}, {condition}", mininterval=5)
    return tuple(destination(router, grey) for grey in bar)


def _sets(recipe: Recipe, data: Path, run: Path, manifest: Manifest) -> dict[str, Any]:
    """Name to (pack it belongs to, images, groups): own test groups, then the refused sets."""
    prepared = read_prepared(run)
    found: dict[str, Any] = {}
    for item in manifest.classes:
        own = [i for i in prepared.indices(Part.TEST) if prepared.samples[i].label == item.label]
        groups = len({prepared.samples[i].group for i in own})
        pack = item.pack if item.role is Role.SUPPORTED else None
        found[f"own test groups, {item.label}"] = (pack, [prepared.grey(i) for i in own], groups)
    for source in recipe.refused:
        if not (data / source.folder).is_dir():
            continue
        by_label: dict[str, list[Any]] = defaultdict(list)
        for sample in read_set(data, source):
            by_label[sample.label].append(sample)
        for label, samples in by_label.items():
            greys = [open_grey(data / sample.file, recipe.input) for sample in samples]
            groups = len({sample.group for sample in samples})
            found[f"never trained: {source.folder}, {label}"] = (None, greys, groups)
    return found


def _rows(routed: RoutedSet, condition: Condition) -> list[dict[str, Any]]:
    total = len(routed.destinations)
    counts = {"refused": routed.refused, "sent to a wrong pack": routed.wrong_pack}
    return [
        {
            "test_set": f"{routed.name} ({condition})",
            "metric": metric,
            "value": count / total,
            "interval": list(wilson(count, total)),
            "interval_method": "Wilson over images",
            "images": total,
            "groups": routed.groups,
            "prevalence": {},
            "split_rule": _RULES[condition],
        }
        for metric, count in counts.items()
    ]


def _shown(greys: Sequence[Grey], condition: Condition) -> list[Grey]:
    """The pictures under a condition, the same for the same place in the list."""
    if condition is Condition.PLAIN:
        return list(greys)
    varied = []
    for number, grey in enumerate(greys):
        rng = np.random.default_rng((5, number))
        varied.append(np.asarray(reduce_and_recode(Image.fromarray(grey), rng)))
    return varied


def _spectrum_rows(sets: dict[str, Any]) -> list[dict[str, Any]]:
    """How well sharpness alone tells what is ours from what is to be refused: the trap that the
    degraded condition is there to close. At most 100 pictures of a set."""
    from training.spectrum import probe_auc

    ours = [g for pack, greys, _ in sets.values() if pack for g in greys[:100]]
    others = [g for name, (_, gs, _) in sets.items() if "not_supported" in name for g in gs[:100]]
    if not others:
        return []
    return [
        {
            "test_set": f"ours against not_supported ({condition})",
            "metric": "AUC of a probe that sees the power spectrum alone",
            "value": probe_auc(_shown(ours, condition), _shown(others, condition)),
            "interval": None,
            "interval_method": "five-fold cross-validation",
            "images": len(ours) + len(others),
            "groups": len(ours) + len(others),
            "prevalence": {},
            "split_rule": _RULES[condition],
        }
        for condition in Condition
    ]


def evaluate_router(recipe: Recipe, data: Path, run: Path, pack: Pack) -> dict[str, Any]:
    """Judge ``run/pack``; writes figures into its manifest, its card and ``run/metrics.json``.
    Returns shares by set and metric."""
    router = Router(Network(pack))
    rows: list[dict[str, Any]] = []
    sets = _sets(recipe, data, run, pack.manifest)
    for name, (belongs, greys, groups) in sets.items():
        if not greys:
            continue
        for condition in Condition:
            destinations = _route_all(router, greys, condition, name)
            rows += _rows(RoutedSet(name, belongs, destinations, groups), condition)
    table = json.loads((run / "pack" / MANIFEST_FILE).read_text(encoding="utf-8"))
    rows += _spectrum_rows(sets)
    table["evaluation"] = rows
    write_manifest(run / "pack", table)
    write_card(run / "pack")
    write_routing_plot(rows, run / "plots")
    (run / "metrics.json").write_text(json.dumps(rows, indent=1) + "\n")
    return {f"{row['test_set']}: {row['metric']}": round(row["value"], 4) for row in rows}
