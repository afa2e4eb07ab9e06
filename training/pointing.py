"""Does the heat map lie on the finding? The pointing game of Zhang et al., "Top-down neural
attention by excitation backprop" (ECCV 2016), against the boxes and masks of people; and the sanity
check of Adebayo et al., "Sanity checks for saliency maps" (NeurIPS 2018): a map that stays the same
when the weights are shuffled shows the picture, not what was learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper
from PIL import Image
from tqdm import tqdm

from core.imaging.opening import open_study
from core.reading.calibration import calibrated
from core.reading.explanation import heat_map, hottest_point
from core.reading.inference import Network
from core.reading.manifest import Manifest
from core.reading.pack import Pack
from core.reading.preprocess import place, preprocess
from core.reading.result import FrameReading
from training.augmentation import draw_boxes
from training.metrics import wilson
from training.sets import mask_of
from training.splits import Sample

Heat = npt.NDArray[np.float32]
#: Heat from this share of the peak counts as "here" for the overlap.
HOT = 0.5


@dataclass(frozen=True)
class Pointed:
    """One image's map against its marked region, each a share or a hit of 0 or 1: whether the peak
    and the centre of the image lie in the region, how much of the image it takes (the chance of a
    random point), how much of the heat lies in it, and the overlap of the hot area with it
    (intersection over union)."""

    peak: float
    centre: float
    chance: float
    heat_inside: float
    overlap: float


def region_of(data: Path, sample: Sample, width: int, height: int) -> npt.NDArray[np.bool_] | None:
    """Where people marked the finding, (height, width), by its mask when there is one beside the
    images, else its boxes. None when nothing is marked."""
    if not sample.boxes:
        return None
    mask = mask_of(data, sample)
    if mask is not None:
        with Image.open(mask) as opened:
            return np.asarray(opened.convert("L").resize((width, height))) > 127
    return np.asarray(draw_boxes(width, height, sample.boxes)) > 0


def heat_of(network: Network, path: Path, label: str) -> Heat:
    """The map for ``label`` over the first frame of a file, (height, width), 0..1."""
    manifest = network.pack.manifest
    frame = open_study(path).frames[0]
    output = network.run(preprocess(frame, manifest.input))
    probabilities = calibrated(output.logits, manifest.calibration)
    reading = FrameReading(
        index=0,
        probabilities=dict(zip(manifest.labels, map(float, probabilities), strict=True)),
        distance=0.0,
        activation=output.activation_maps,
        placement=place(frame.width, frame.height, manifest.input),
        input_size=(manifest.input.height, manifest.input.width),
        image_size=(frame.height, frame.width),
    )
    return heat_map(reading, label, (frame.height, frame.width))


def pointed(heat: Heat, region: npt.NDArray[np.bool_]) -> Pointed:
    """How a map (h, w) lies to a region (h, w)."""
    height, width = heat.shape
    hot = (heat >= HOT) & (heat > 0)
    union = (hot | region).sum()
    return Pointed(
        peak=float(region[hottest_point(heat)]) if heat.any() else 0.0,
        centre=float(region[height // 2, width // 2]),
        chance=float(region.mean()),
        heat_inside=float(heat[region].sum() / heat.sum()) if heat.any() else 0.0,
        overlap=float((hot & region).sum() / union) if union else 0.0,
    )


def shuffled(pack: Pack, seed: int = 0) -> Pack:
    """The same pack with every large weight's numbers in random order: a network of the same shape
    and sizes of weights that has learned nothing."""
    model = onnx.load_from_string(pack.model)
    rng = np.random.default_rng(seed)
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.size < 256 or values.dtype == np.int64:
            continue
        mixed = rng.permutation(values.ravel()).reshape(values.shape)
        tensor.CopyFrom(numpy_helper.from_array(mixed, tensor.name))
    return Pack(pack.manifest, model.SerializeToString(), pack.folder)


def _likeness(one: Heat, other: Heat) -> float:
    """Rank correlation of two maps (Spearman), 0 when either is flat."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    ranks = [np.argsort(np.argsort(each.ravel())).astype(np.float64) for each in (one, other)]
    return float(np.corrcoef(*ranks)[0, 1])


@dataclass(frozen=True)
class PointingGame:
    """Means over the marked test images, and for the sanity check the likeness (rank correlation,
    -1..1) of maps before and after the weights were shuffled."""

    images: int
    groups: int
    found: Sequence[Pointed]
    likeness_when_shuffled: float

    def mean(self, name: str) -> float:
        return float(np.mean([getattr(item, name) for item in self.found]))

    def hit_interval(self) -> tuple[float, float]:
        return wilson(sum(item.peak for item in self.found), len(self.found))


def play(
    network: Network, data: Path, samples: Sequence[Sample], sanity: int = 60
) -> PointingGame | None:
    """The pointing game on the marked ones of ``samples``, each by the map of its true class; None
    when none is marked. ``sanity`` of them go through the shuffled network too."""
    manifest: Manifest = network.pack.manifest
    marked = [s for s in samples if s.boxes and s.label in manifest.labels]
    if not marked:
        return None
    nonsense = Network(shuffled(network.pack))
    found, likeness = [], []
    for number, sample in enumerate(tqdm(marked, desc="pointing", mininterval=5)):
        heat = heat_of(network, data / sample.file, sample.label)
        region = region_of(data, sample, heat.shape[1], heat.shape[0])
        assert region is not None
        found.append(pointed(heat, region))
        if number < sanity:
            likeness.append(_likeness(heat, heat_of(nonsense, data / sample.file, sample.label)))
    groups = len({sample.group for sample in marked})
    return PointingGame(len(marked), groups, found, float(np.mean(likeness)))
