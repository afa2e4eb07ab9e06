"""Groups into parts, so that no patient, video or near-duplicate crosses a border."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from training.recipe import SplitPlan

Box = tuple[float, float, float, float]


class Part(StrEnum):
    TRAIN = "train"
    CALIBRATION = "calibration"
    TEST = "test"


@dataclass(frozen=True)
class Sample:
    """One row of a manifest: where the image is, what it shows, what it must not leave.

    ``boxes`` say where the finding lies: centre x, centre y, width, height, shares of the image.
    ``reserved`` for the test by the source itself; ``unproven`` when one reader gave the label
    after seeing the AI's: such a label may teach, and never judge.
    """

    file: str
    label: str
    group: str
    boxes: tuple[Box, ...] = ()
    reserved: bool = False
    unproven: bool = False


def read_boxes(text: str | None) -> tuple[Box, ...]:
    """Boxes as a manifest writes them: a JSON list of four numbers each, or nothing.

    Raises ValueError for anything else.
    """
    if not text:
        return ()
    boxes = []
    for box in json.loads(text):
        if len(box) != 4 or not all(0 <= float(number) <= 1 for number in box):
            raise ValueError(f"not a box: {box}")
        boxes.append((float(box[0]), float(box[1]), float(box[2]), float(box[3])))
    return tuple(boxes)


def merge_groups(samples: Sequence[Sample], digests: Sequence[str]) -> list[Sample]:
    """Samples whose pixels are identical join one group, whatever the manifest says: else one
    picture could stand on both sides of a split. ``digests`` are of decoded pixels."""
    parent: dict[str, str] = {}

    def root(group: str) -> str:
        while parent.get(group, group) != group:
            group = parent[group]
        return group

    first: dict[str, str] = {}
    for sample, digest in zip(samples, digests, strict=True):
        seen = first.setdefault(digest, sample.group)
        one, other = sorted((root(seen), root(sample.group)))
        if one != other:
            parent[other] = one
    return [replace(s, group=root(s.group)) for s in samples]


def _draw(groups: Mapping[str, Sequence[str]], share: float, rng: np.random.Generator) -> set[str]:
    """Groups holding about ``share`` of the images of each dominant label."""
    by_label: dict[str, list[str]] = defaultdict(list)
    for name, labels in groups.items():
        by_label[max(sorted(set(labels)), key=list(labels).count)].append(name)
    drawn: set[str] = set()
    for label in sorted(by_label):
        names = sorted(by_label[label])
        wanted = share * sum(len(groups[name]) for name in names)
        taken = 0
        for name in rng.permutation(names):
            if taken >= wanted:
                break
            drawn.add(str(name))
            taken += len(groups[name])
    return drawn


def _unserved(groups: Mapping[str, Sequence[str]], named: set[str]) -> dict[str, Sequence[str]]:
    """The groups of labels that no named group holds: where a set has few groups, naming one for
    a part must not cost it a second."""
    served = {label for name in named for label in groups.get(name, ())}
    return {name: labels for name, labels in groups.items() if not served & set(labels)}


def assign_parts(samples: Sequence[Sample], plan: SplitPlan) -> dict[str, Part]:
    """Each group's part, label by label stratified, the same for the same seed.

    Groups with an unproven label are for training only. Raises ValueError when a named test group
    does not exist or holds one, or a part would be empty.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for sample in samples:
        groups[sample.group].append(sample.label)
    rng = np.random.default_rng(plan.seed)
    unknown = {*plan.test_groups, *plan.calibration_groups} - set(groups)
    if unknown:
        raise ValueError(f"no such groups: {sorted(unknown)}")
    unproven = {sample.group for sample in samples if sample.unproven}
    named = {*plan.test_groups, *plan.calibration_groups}
    named |= {sample.group for sample in samples if sample.reserved}
    if unproven & named:
        raise ValueError(
            "labels that one reader gave after seeing the AI's cannot judge a pack: "
            f"{sorted(unproven & named)}"
        )
    test = set(plan.test_groups) | {sample.group for sample in samples if sample.reserved}
    if plan.test_share:
        proven = {name: labels for name, labels in groups.items() if name not in unproven}
        test |= _draw(_unserved(proven, test), plan.test_share, rng)
    held = set(plan.calibration_groups)
    if not plan.folds:
        rest = {n: labels for n, labels in groups.items() if n not in test | unproven}
        held |= _draw(_unserved(rest, held), plan.calibration_share, rng)
    parts = {
        name: Part.TEST if name in test else Part.CALIBRATION if name in held else Part.TRAIN
        for name in groups
    }
    if Part.TRAIN not in parts.values() or Part.TEST not in parts.values():
        raise ValueError("the split leaves a part empty: more groups are needed")
    return parts


def assign_folds(samples: Sequence[Sample], folds: int, seed: int) -> dict[str, int]:
    """Each group's fold, 0..folds-1, balanced by label. Raises ValueError for too few groups."""
    groups: dict[str, list[str]] = defaultdict(list)
    for sample in samples:
        groups[sample.group].append(sample.label)
    if len(groups) < folds:
        raise ValueError(f"{len(groups)} groups cannot fill {folds} folds")
    rng = np.random.default_rng(seed)
    names = sorted(groups)
    order = sorted(rng.permutation(names), key=lambda name: -len(groups[name]))
    images: Counter[tuple[int, str]] = Counter()
    total: Counter[int] = Counter()
    assigned: dict[str, int] = {}
    for name in map(str, order):
        label = Counter(sorted(groups[name])).most_common(1)[0][0]
        # The fold that has least of this label, then least of all: so none stays empty.
        fold = min(range(folds), key=lambda n: (total[n] > 0, images[n, label], total[n]))
        assigned[name] = fold
        total[fold] += len(groups[name])
        images.update((fold, own) for own in groups[name])
    return assigned
