"""What an exported pack does on test groups that nothing was tuned on: opened, preprocessed, run
and decided by the app's own code, one image at a time. The router and the quality checks stand
before it in the app and refuse a little more; the router's own card says how much."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from core.imaging.opening import open_study
from core.reading.calibration import calibrated, distance
from core.reading.decision import decide
from core.reading.inference import Network
from core.reading.manifest import Manifest, PackKind, Role, parse_manifest
from core.reading.pack import MANIFEST_FILE, MODEL_FILE, Pack
from core.reading.preprocess import preprocess
from core.reading.result import Verdict
from training import metrics
from training.export import FLOAT_MODEL, write_manifest
from training.fitting import check_run
from training.images import Prepared, read_prepared
from training.metrics import Answers, Figure, Statistic, figure
from training.recipe import Recipe
from training.sets import read_set
from training.splits import Part, Sample


@dataclass(frozen=True)
class TestSet:
    """A named set of files with their labels and groups."""

    __test__ = False  # not a test class, whatever pytest thinks of its name

    name: str
    split_rule: str
    samples: Sequence[Sample]


@dataclass(frozen=True)
class Judged:
    """A pack's word on a test set, and how far from its training each image lay."""

    answers: Answers
    distances: npt.NDArray[np.float64]
    refused: npt.NDArray[np.bool_]


def unsigned_pack(folder: Path) -> Pack:
    """A pack that has no signature yet: for its makers only, the app never opens one."""
    manifest = parse_manifest((folder / MANIFEST_FILE).read_bytes(), folder.name)
    return Pack(manifest, (folder / MODEL_FILE).read_bytes(), folder)


def judge(network: Network, data: Path, samples: Sequence[Sample]) -> Judged:
    """Read every sample's first frame as the app reads a single image. Raises ImagingError."""
    manifest = network.pack.manifest
    rows, kept, confident, far = [], [], [], []
    for sample in tqdm(samples, desc=f"reading with {manifest.id}", mininterval=5):
        frame = open_study(data / sample.file).frames[0]
        output = network.run(preprocess(frame, manifest.input))
        probabilities = calibrated(output.logits, manifest.calibration)
        named = dict(zip(manifest.labels, map(float, probabilities), strict=True))
        decision = decide(manifest, named)
        away = distance(output.embedding, manifest.distribution)
        rows.append(probabilities)
        kept.append([label in decision.prediction_set for label in manifest.labels])
        confident.append(decision.verdict is Verdict.CONFIDENT and away <= 1)
        far.append(away)
    labels = [manifest.labels.index(s.label) if s.label in manifest.labels else -1 for s in samples]
    answers = Answers(
        np.array(rows),
        np.array(labels),
        np.array([sample.group for sample in samples]),
        np.array(kept),
        np.array(confident),
    )
    distances = np.array(far)
    return Judged(answers, distances, distances > manifest.distribution.refused_from)


def statistics(manifest: Manifest) -> dict[str, Statistic]:
    """The figures every card shows, by name."""
    found: dict[str, Statistic] = {
        "accuracy": metrics.accuracy,
        "balanced accuracy": metrics.balanced_accuracy,
        "AUC, mean over classes": metrics.macro_auc,
        "expected calibration error": metrics.calibration_error,
        "conformal coverage": metrics.conformal_coverage,
        "answered with confidence": metrics.answered,
        "right when confident": metrics.right_when_confident,
    }
    for number, item in enumerate(manifest.classes):
        found[f"AUC {item.label}"] = metrics.auc_of(number)
        found[f"answered with confidence, {item.label}"] = metrics.answered_of(number)
        found[f"conformal coverage, {item.label}"] = metrics.conformal_coverage_of(number)
    normal = [n for n, item in enumerate(manifest.classes) if item.role is Role.NORMAL]
    if normal:
        found["right when confidently abnormal"] = metrics.right_when_positive(normal[0])
        found["diseased images confidently called normal"] = metrics.disease_called_normal(
            normal[0]
        )
    return found


def _row(
    name: str, found: Figure, test: TestSet, answers: Answers, labels: Sequence[str]
) -> dict[str, Any]:
    return {
        "test_set": test.name,
        "metric": name,
        "value": found.value,
        "interval": list(found.interval) if found.interval else None,
        "interval_method": found.method,
        "images": len(answers.labels),
        "groups": len(np.unique(answers.groups)),
        "prevalence": metrics.prevalence(answers.labels, labels),
        "split_rule": test.split_rule,
    }


def evaluation_rows(manifest: Manifest, test: TestSet, judged: Judged) -> list[dict[str, Any]]:
    """The manifest's evaluation rows for one test set."""
    rows = [
        _row(name, figure(judged.answers, statistic), test, judged.answers, manifest.labels)
        for name, statistic in statistics(manifest).items()
    ]
    refused = metrics.wilson(int(judged.refused.sum()), len(judged.refused))
    share = Figure(float(judged.refused.mean()), refused, "Wilson over images")
    rows.append(
        _row("refused as unlike the training images", share, test, judged.answers, manifest.labels)
    )
    return rows


def operating_points(manifest: Manifest, answers: Answers) -> list[dict[str, Any]]:
    """For each abnormal class against the rest: sensitivity at 90% specificity and the reverse,
    with a 95% interval, and predictive values at 2%, 10% and the test set's prevalence."""
    points = []
    for number, item in enumerate(manifest.classes):
        if item.role is not Role.ABNORMAL:
            continue
        positive = float((answers.labels == number).mean())
        sensitivity = figure(answers, metrics.sensitivity_of(number, 0.9))
        specificity = figure(answers, metrics.specificity_of(number, 0.9))
        for name, found, pair in (
            ("90% specificity", sensitivity, (sensitivity.value, 0.9)),
            ("90% sensitivity", specificity, (0.9, specificity.value)),
        ):
            if found.value is None:
                continue
            points.append(
                {
                    "class": item.label,
                    "at": name,
                    "sensitivity": pair[0],
                    "specificity": pair[1],
                    "interval": list(found.interval) if found.interval else None,
                    "interval_method": found.method,
                    "predictive_values": _predictive_values(*pair, positive),
                }
            )
    return points


def _predictive_values(
    sensitivity: float, specificity: float, tested: float
) -> dict[str, dict[str, float]]:
    """By prevalence, that of the test set (``tested``) last."""
    found = {}
    for prevalence in (0.02, 0.1, round(tested, 4)):
        positive, negative = metrics.predictive_values(sensitivity, specificity, prevalence)
        found[str(prevalence)] = {"positive": positive, "negative": negative}
    return found


def per_group(manifest: Manifest, answers: Answers) -> Answers | None:
    """One answer for each group (patient, series, video): diseased when any of its images is,
    scored by the mean of its three most abnormal images. Two classes, 1 the diseased. None for a
    pack that has no normal class, or when every group holds one image."""
    normal = [n for n, item in enumerate(manifest.classes) if item.role is Role.NORMAL]
    names, inverse = np.unique(answers.groups, return_inverse=True)
    if not normal or len(names) == len(answers.labels):
        return None
    abnormal = 1 - answers.probabilities[:, normal[0]]
    diseased = answers.labels != normal[0]
    members = [np.flatnonzero(inverse == number) for number in range(len(names))]
    scores = np.array([np.sort(abnormal[own])[-3:].mean() for own in members])
    labels = np.array([int(diseased[own].any()) for own in members])
    nothing = np.zeros((len(names), 2), dtype=np.bool_)
    return Answers(np.stack([1 - scores, scores], 1), labels, names, nothing, nothing[:, 0])


def group_rows(manifest: Manifest, test: TestSet, answers: Answers) -> list[dict[str, Any]]:
    """Figures of patients, series or videos instead of images."""
    whole = per_group(manifest, answers)
    if whole is None:
        return []
    by_group = TestSet(f"{test.name}, per group", test.split_rule, test.samples)
    found = figure(whole, metrics.auc_of(1))
    return [_row("AUC, diseased", found, by_group, whole, ("normal", "diseased"))]


def pointing_rows(network: Network, data: Path, test: TestSet) -> list[dict[str, Any]]:
    """Whether the heat map lies on the finding, where people marked it."""
    from training.pointing import play

    game = play(network, data, test.samples)
    if game is None:
        return []
    names = {
        "peak of the map on the finding": ("peak", game.hit_interval()),
        "centre of the image on the finding": ("centre", None),
        "a random point on the finding": ("chance", None),
        "share of the heat on the finding": ("heat_inside", None),
        "overlap of the hot area and the finding": ("overlap", None),
    }
    rows = [
        _plain_row(f"{test.name}, marked", metric, game.mean(name), interval, test, game)
        for metric, (name, interval) in names.items()
    ]
    likeness = game.likeness_when_shuffled
    metric = "likeness of maps before and after shuffling the weights"
    return [*rows, _plain_row(f"{test.name}, marked", metric, likeness, None, test, game)]


def _plain_row(
    name: str,
    metric: str,
    value: float,
    interval: tuple[float, float] | None,
    test: TestSet,
    counted: Any,
) -> dict[str, Any]:
    """A row of a figure that was not made from answers; ``counted`` has images and groups."""
    return {
        "test_set": name,
        "metric": metric,
        "value": value,
        "interval": list(interval) if interval else None,
        "interval_method": "Wilson over images" if interval else "a mean, for comparison",
        "images": counted.images,
        "groups": counted.groups,
        "prevalence": {},
        "split_rule": test.split_rule,
    }


def shortcut_rows(network: Network, prepared: Prepared, test: TestSet) -> list[dict[str, Any]]:
    """The AUC of crude features, and of the network on pictures that hide its short cuts."""
    from training.shortcuts import look_for_shortcuts

    labels = network.pack.manifest.labels
    looked = TestSet(f"{test.name}, short cuts", test.split_rule, test.samples)
    return [
        _row(f"AUC: {name}", figure(answers, metrics.macro_auc), looked, answers, labels)
        for name, answers in look_for_shortcuts(network, prepared).items()
    ]


def agreement_rows(judged: Judged, as_float: Judged, test: TestSet) -> list[dict[str, Any]]:
    """What the smaller weights cost: the same verdict and finding, and the accuracy either way."""
    small, large = judged.answers, as_float.answers
    same = (small.top == large.top) & (small.confident == large.confident)
    same &= (judged.refused == as_float.refused) & (small.kept == large.kept).all(1)

    @dataclass(frozen=True)
    class Counted:
        images: int = len(same)
        groups: int = len(np.unique(small.groups))

    name = f"{test.name}, against float32 weights"
    interval = metrics.wilson(int(same.sum()), len(same))
    accuracy = metrics.accuracy(large)
    return [
        _plain_row(
            name, "same verdict and prediction set", float(same.mean()), interval, test, Counted()
        ),
        _plain_row(name, "accuracy with float32 weights", accuracy, None, test, Counted()),
    ]


def alternative_rows(
    recipe: Recipe, network: Network, data: Path, run: Path, test: TestSet
) -> list[dict[str, Any]]:
    """The chosen calibration and refusal score beside those they were chosen against."""
    from training.alternatives import Compared, compare_calibrations, compare_refusals
    from training.export import validation_predictions

    prepared = read_prepared(run)
    held = validation_predictions(recipe, run)
    groups = [prepared.samples[i].group for i in held.indices]
    validation = TestSet("", "validation groups, half of them at a time", ())

    def rows(name: str, compared: Sequence[Compared], of: TestSet) -> list[dict[str, Any]]:
        return [
            _plain_row(name, f"{item.metric}: {item.method}", item.value, None, of, item)
            for item in compared
        ]

    found = rows(
        f"{recipe.id} validation groups, calibrations compared",
        compare_calibrations(held.logits, held.labels, groups, recipe.equal_prior),
        validation,
    )
    for folder, compared in compare_refusals(network, data, test.samples).items():
        name = f"refusal scores compared on {folder}"
        found += rows(name, compared, TestSet("", "never trained or tuned on", ()))
    return found


def elsewhere_rows(network: Network, recipe: Recipe, data: Path) -> list[dict[str, Any]]:
    """Sets of other sources: all figures where the labels are the pack's, and for sets that it was
    not made for the share that it answers with confidence. Sets that are not there are left out."""
    rows: list[dict[str, Any]] = []
    manifest = network.pack.manifest
    for sources, rule in (
        (recipe.external, "another source, never trained or tuned on"),
        (recipe.foreign, "not what the pack was made for; never trained or tuned on"),
    ):
        for source in sources:
            if not (data / source.folder).is_dir():
                continue
            test = TestSet(f"elsewhere: {source.folder}", rule, read_set(data, source))
            judged = judge(network, data, test.samples)
            found = evaluation_rows(manifest, test, judged)
            if sources is recipe.foreign:
                shown = {"answered with confidence", "refused as unlike the training images"}
                found = [row | {"prevalence": {}} for row in found if row["metric"] in shown]
            rows += found
    return rows


def _split_rule(recipe: Recipe) -> str:
    if recipe.split.test_groups:
        return f"author's folds: {', '.join(recipe.split.test_groups)} never trained or tuned on"
    if recipe.split.test_rows:
        return "the source's own test split; never trained or tuned on"
    return "groups drawn at random, stratified by label; never trained or tuned on"


def evaluate(recipe: Recipe, data: Path, run: Path) -> dict[str, Any]:
    """Judge ``run/pack`` on its test groups; writes the figures into its manifest, plots and
    the model card beside it, and ``run/metrics.json``. Returns the metrics."""
    from training.card import write_card
    from training.examples import write_examples
    from training.plots import write_plots
    from training.refusal import evaluate_router

    check_run(recipe, run)
    prepared = read_prepared(run)
    pack = unsigned_pack(run / "pack")
    if pack.manifest.kind is PackKind.ROUTER:
        return evaluate_router(recipe, data, run, pack)
    tests = [prepared.samples[i] for i in prepared.indices(Part.TEST)]
    test = TestSet(f"{recipe.id} test groups", _split_rule(recipe), tests)
    network = Network(pack)
    as_float = Network(replace(pack, model=(run / FLOAT_MODEL).read_bytes()))
    judged = judge(network, data, tests)
    table = json.loads((run / "pack" / MANIFEST_FILE).read_text(encoding="utf-8"))
    table["evaluation"] = [
        *evaluation_rows(pack.manifest, test, judged),
        *group_rows(pack.manifest, test, judged.answers),
        *pointing_rows(network, data, test),
        *shortcut_rows(network, prepared, test),
        *agreement_rows(judged, judge(as_float, data, tests), test),
        *elsewhere_rows(network, recipe, data),
        *alternative_rows(recipe, network, data, run, test),
    ]
    table["operating_points"] = operating_points(pack.manifest, judged.answers)
    write_manifest(run / "pack", table)
    np.savez(run / "test_answers.npz", **vars(judged.answers), distances=judged.distances)
    write_plots(pack.manifest, judged.answers, run / "plots")
    if recipe.images_may_be_shown:
        write_examples(network, data, tests, judged.answers, run / "plots")
    write_card(run / "pack")
    (run / "metrics.json").write_text(json.dumps(table["evaluation"], indent=1) + "\n")
    return {f"{row['test_set']}: {row['metric']}": row["value"] for row in table["evaluation"]}
