"""A recipe: everything that decides how one pack is made, in one TOML file."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from core.imaging.study import Window
from core.reading.preprocess import Denoising, InputSpec, ResizePolicy

RECIPES = Path(__file__).parent / "recipes"

#: EfficientNet-Lite's own normalisation: brightness 0..255 to about -1..1.
LITE_MEAN, LITE_STD = 127.0, 128.0


@dataclass(frozen=True, kw_only=True)
class SplitPlan:
    """Which groups are for what: ``test_groups`` by name, those with a row whose column has one
    of ``test_rows``' values, and ``test_share`` of the labels of which none is named;
    ``calibration_groups`` and ``calibration_share`` likewise, of the rest.

    ``folds`` > 0 calibrates on out-of-fold predictions of that many fold models, so that the
    shipped model may learn from every training group; 0 holds out ``calibration_share``.
    """

    test_groups: tuple[str, ...] = ()
    test_rows: dict[str, list[str]] = field(default_factory=dict)
    calibration_groups: tuple[str, ...] = ()
    test_share: float = 0.0
    folds: int = 0
    calibration_share: float = 0.2
    seed: int = 2026


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """Ranges that keep the anatomy believable. Angles in degrees, shares of the image else.
    ``photographed`` is the share shown as a phone sees a film on a light box or a screen,
    ``equalised`` the share whose histogram is flattened, ``lower`` the share whose lowest part is
    covered. With ``keeps_finding`` a variation that would lose much of a marked finding is drawn
    anew, so that images may be seen from close without their label becoming false."""

    rotation: float = 15.0
    scale: tuple[float, float] = (0.8, 1.2)
    aspect: float = 1.15
    shift: float = 0.08
    flip_horizontal: bool = False
    flip_vertical: bool = False
    contrast: float = 0.3
    reduced: float = 0.5
    border: float = 0.3
    overlay: float = 0.3
    shading: float = 0.3
    photographed: float = 0.0
    equalised: float = 0.0
    lower: float = 0.0
    keeps_finding: bool = False


class Pooling(StrEnum):
    """How a class's map becomes its logit. The log of the mean exponential lets a small finding
    speak (Pinheiro and Collobert, CVPR 2015); the mean asks the whole image."""

    MEAN = "mean"
    LOG_MEAN_EXP = "log_mean_exp"


class Method(StrEnum):
    """Fine-tune the network, or leave it as ImageNet made it and fit the head alone. The second
    keeps features that tell apart what was never trained on: what a router needs."""

    FINE_TUNE = "fine_tune"
    HEAD_ONLY = "head_only"


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How long and how hard to train. ``frozen_blocks`` of 16 keep their ImageNet weights;
    ``variations`` of each image teach a head that is fitted alone. ``pointing`` weighs how much
    the map must lie where the manifest's boxes say. The first ``early_epochs`` see squares of
    ``early_side`` pixels, a multiple of 32 (staged resizing: Howard and Gugger, "fastai",
    Information 2020). ``mixup`` is the parameter of the beta distribution by which two images and
    their labels are mixed (Zhang et al., ICLR 2018), 0 for never. With ``finer_maps`` the class
    maps have cells of 16 pixels instead of 32 (training/network.py); ``regions`` then weighs how
    much every cell must say whether it lies in a marked finding."""

    method: Method = Method.FINE_TUNE
    pooling: Pooling = Pooling.LOG_MEAN_EXP
    variations: int = 3
    epochs: int = 6
    warm_up_epochs: float = 0.5
    batch: int = 32
    learning_rate: float = 1e-3
    backbone_rate: float = 0.3
    weight_decay: float = 0.02
    label_smoothing: float = 0.05
    dropout: float = 0.3
    frozen_blocks: int = 3
    average_decay: float = 0.99
    pointing: float = 0.0
    early_epochs: int = 0
    early_side: int = 0
    mixup: float = 0.0
    finer_maps: bool = False
    regions: float = 0.0
    seed: int = 1


class Condition(StrEnum):
    """The image as it is, or reduced and re-encoded as messaging apps and cheap phones do."""

    PLAIN = "plain"
    DEGRADED = "degraded"


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """A folder of images with a manifest.csv. ``relabel`` maps its labels to the recipe's, "*"
    standing for every other; ``only`` keeps rows whose column has one of the values; ``limit``
    images of each label are drawn at most, 0 for all."""

    folder: str
    relabel: dict[str, str] = field(default_factory=dict)
    only: dict[str, list[str]] = field(default_factory=dict)
    limit: int = 0


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One pack's recipe. ``pack`` is copied into the manifest as it stands; ``drawn`` says how
    many images of each synthetic label to draw (training/synthetic.py); ``dimensions`` of the
    embedding judge whether an image is like the training's; ``refused`` are sets on which a
    router is judged and never trained; ``external`` are sets of other sources with the same labels,
    and ``foreign`` sets that the pack was not made for, both judged and never trained;
    ``levels_hold_on`` the conditions of the validation images
    under each of which the levels of confidence must keep the rule; ``images_may_be_shown`` says
    that the licence of every set in ``data`` lets a card show its images. A ``mirrored`` network
    looks at each image and its mirror image, in one run, and says the mean: where left and right
    do not matter; with ``closer`` it looks at the image enlarged so many times, too. With
    ``equal_prior`` probabilities are calibrated as if every class were equally common, because
    how common they are in the set says how it was collected.
    ``begins_from`` is the id of the pack whose backbone the fits begin with instead of ImageNet's
    (training/beginning.py). ``answers_less_because`` is why a pack may replace one that answers
    more (training/comparison.py)."""

    id: str
    data: tuple[DataSet, ...]
    classes: tuple[str, ...]
    input: InputSpec
    split: SplitPlan = SplitPlan()
    augmentation: Augmentation = Augmentation()
    schedule: Schedule = Schedule()
    target_coverage: float = 0.95
    dimensions: int = 128
    pack: dict[str, Any] = field(default_factory=dict)
    drawn: dict[str, int] = field(default_factory=dict)
    refused: tuple[DataSet, ...] = ()
    external: tuple[DataSet, ...] = ()
    foreign: tuple[DataSet, ...] = ()
    levels_hold_on: tuple[Condition, ...] = (Condition.PLAIN, Condition.DEGRADED)
    images_may_be_shown: bool = False
    mirrored: bool = False
    closer: float = 0.0
    equal_prior: bool = False
    begins_from: str = ""
    answers_less_because: str = ""

    def fingerprint(self) -> str:
        """SHA-256 of what decides the weights: a run resumes only under the same one. A setting
        that is off counts as one that did not exist, so that adding it later ends no run."""
        decisive = {
            name: {key: value for key, value in asdict(part).items() if _decides(key, value)}
            for name, part in (
                ("input", self.input),
                ("split", self.split),
                ("augmentation", self.augmentation),
                ("schedule", self.schedule),
            )
        }
        if self.begins_from:
            decisive["begins_from"] = {"pack": self.begins_from}
        data = [asdict(item) for item in self.data]
        text = json.dumps([self.id, data, self.classes, self.drawn, decisive], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def normal_class(recipe: Recipe) -> int | None:
    """The number of the class that means "no finding", None where every class is one."""
    roles = [item["role"] for item in recipe.pack.get("classes", ())]
    return roles.index("normal") if "normal" in roles else None


#: Settings younger than the first packs.
YOUNGER = (
    *("test_rows", "photographed", "equalised", "lower"),
    *("early_epochs", "early_side", "mixup"),
    *("keeps_finding", "finer_maps", "regions"),
)


def _decides(name: str, value: object) -> bool:
    return bool(value) or name not in YOUNGER


def _tuples(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def _schedule(table: dict[str, Any]) -> Schedule:
    given = {
        "method": Method(table.get("method", Method.FINE_TUNE)),
        "pooling": Pooling(table.get("pooling", Pooling.LOG_MEAN_EXP)),
    }
    return Schedule(**table | given)


def read_recipe(name_or_path: str) -> Recipe:
    """The recipe of a pack id, or of a TOML file. Raises FileNotFoundError, TypeError."""
    path = Path(name_or_path)
    if path.suffix != ".toml":
        path = RECIPES / f"{name_or_path}.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    given = dict(table["input"])
    window = given.pop("window", None)
    spec = InputSpec(
        height=given["height"],
        width=given["width"],
        mean=given.get("mean", LITE_MEAN),
        std=given.get("std", LITE_STD),
        resize=ResizePolicy(given.get("resize", "letterbox")),
        pad_value=given.get("pad_value", 0),
        denoising=Denoising(given.get("denoising", "none")),
        window=Window(**window) if window else None,
    )
    return Recipe(
        id=table["id"],
        data=tuple(DataSet(**item) for item in table["data"]),
        classes=tuple(table["classes"]),
        input=spec,
        split=SplitPlan(**_tuples(table.get("split", {}))),
        augmentation=Augmentation(**_tuples(table.get("augmentation", {}))),
        schedule=_schedule(table.get("schedule", {})),
        target_coverage=table.get("target_coverage", 0.95),
        dimensions=table.get("dimensions", 128),
        pack=table.get("pack", {}),
        drawn=table.get("drawn", {}),
        refused=tuple(DataSet(**item) for item in table.get("refused", ())),
        external=tuple(DataSet(**item) for item in table.get("external", ())),
        foreign=tuple(DataSet(**item) for item in table.get("foreign", ())),
        levels_hold_on=tuple(map(Condition, table.get("levels_hold_on", Condition))),
        images_may_be_shown=table.get("images_may_be_shown", False),
        mirrored=table.get("mirrored", False),
        closer=table.get("closer", 0.0),
        equal_prior=table.get("equal_prior", False),
        begins_from=table.get("begins_from", ""),
        answers_less_because=table.get("answers_less_because", ""),
    )
