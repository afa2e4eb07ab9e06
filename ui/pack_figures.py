"""A pack's figures as counts of a hundred images, which anyone can picture.

All of them are worked out from the manifest. Natural frequencies are understood by more people
than rates (Gigerenzer et al., "Helping doctors and patients make sense of health statistics",
Psychological Science in the Public Interest 8:53-96, 2007).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.reading.manifest import Manifest, PackKind
from ui import pack_words as words
from ui.language import listed, said_part

#: Of the operating points in a manifest, the one that is shown.
_ALARM = "90% specificity"
_ANSWERED, _RIGHT = "answered with confidence", "right when confident"


@dataclass(frozen=True)
class Answered:
    """What became of a hundred test images. The three counts add up to 100. ``about`` are
    sentences that the counts must never stand without."""

    right: int
    wrong: int
    uncertain: int
    about: tuple[str, ...]


@dataclass(frozen=True)
class Common:
    """How much an alarm is worth where a finding is so common. ``alarms``: of 100 images that it
    points at, how many show the finding."""

    where: str
    alarms: int
    alarms_text: str
    silent_text: str


@dataclass(frozen=True)
class Alarm:
    """One finding at one operating point."""

    title: str
    text: str
    common: tuple[Common, ...]


@dataclass(frozen=True)
class Figures:
    answered: Answered | None
    alarms: tuple[Alarm, ...]


def figures_of(manifest: Manifest) -> Figures | None:
    """None for a router, and for a pack that states nothing of the kind."""
    if manifest.kind is not PackKind.READER:
        return None
    answered, alarms = _answered(manifest), tuple(_alarms(manifest))
    return Figures(answered, alarms) if answered or alarms else None


def _answered(manifest: Manifest) -> Answered | None:
    evaluation = manifest.raw["evaluation"]
    test = [item for item in evaluation if item["test_set"] == evaluation[0]["test_set"]]
    by_metric = {item["metric"]: item for item in test}
    answered, right = by_metric.get(_ANSWERED), by_metric.get(_RIGHT)
    if answered is None or answered["value"] is None:
        return None
    share = answered["value"]
    rightly = share * (right["value"] or 0.0) if right else 0.0
    good, spoken = round(100 * rightly), round(100 * share)
    about = [*_about_right(right), *_about_test(answered, manifest), words.IMAGES_NOT_PATIENTS]
    return Answered(good, spoken - good, 100 - spoken, tuple(about))


def _about_right(item: Mapping[str, Any] | None) -> Iterable[str]:
    if item is None or item["value"] is None:
        yield words.NEVER_ANSWERED
    elif item["interval"]:
        low, high = (round(100 * each) for each in item["interval"])
        yield words.ABOUT_RIGHT.format(count=round(100 * item["value"]), low=low, high=high)


def _about_test(item: Mapping[str, Any], manifest: Manifest) -> Iterable[str]:
    # One group for all: the test set does not say which images are of the same patient.
    text = words.TESTED_ON if item["groups"] > 1 else words.TESTED_ON_UNGROUPED
    test_set = test_set_called(item["test_set"], manifest)
    yield text.format(images=item["images"], groups=item["groups"], test_set=test_set)
    shares = [
        words.SHARE_OF.format(count=round(100 * share), name=_name(manifest, label))
        for label, share in item["prevalence"].items()
    ]
    if shares:
        yield words.IN_THE_TEST.format(shares=listed(shares))


def test_set_called(name: str, manifest: Manifest) -> str:
    """A test set's ``name`` in the window's language: training calls a pack's own by its id."""
    if name == f"{manifest.id} test groups":
        return words.OWN_TEST_GROUPS.format(pack=manifest.id)
    return name


def _alarms(manifest: Manifest) -> Iterable[Alarm]:
    for point in manifest.raw["operating_points"]:
        if point["at"] != _ALARM:
            continue
        text = words.ALARM_TEXT.format(
            alarms=round(100 * (1 - point["specificity"])), found=_found(point)
        )
        ordered = sorted(point["predictive_values"].items(), key=lambda item: float(item[0]))
        prevalence = manifest.raw["evaluation"][0]["prevalence"].get(point["class"])
        common = tuple(_common(float(at), values, prevalence) for at, values in ordered)
        title = words.ALARM_TITLE.format(finding=_name(manifest, point["class"]))
        yield Alarm(title, text, common)


def _common(at: float, values: Mapping[str, float], in_the_test: float | None) -> Common:
    as_tested = in_the_test is not None and abs(at - in_the_test) < 1e-4
    where = words.AS_IN_THE_TEST if as_tested else words.WHERE_COMMON
    alarms, silent = 100 * values["positive"], 100 * (1 - values["negative"])
    return Common(
        where.format(count=round(100 * at)),
        round(alarms),
        words.OF_100_ALARMS.format(count=counted(alarms)),
        words.OF_100_SILENT.format(count=counted(silent)),
    )


def _found(point: Mapping[str, Any]) -> str:
    """Sensitivity as a count, with its 95% interval where the manifest has one."""
    found = str(round(100 * point["sensitivity"]))
    if not point.get("interval"):
        return found
    low, high = (round(100 * each) for each in point["interval"])
    return words.WITH_INTERVAL.format(count=found, low=low, high=high)


def counted(of_100: float) -> str:
    """A count of a hundred: never a nought that is none."""
    return words.FEWER_THAN_ONE if 0 < of_100 < 1 else str(round(of_100))


def _name(manifest: Manifest, label: str) -> str:
    known = label in manifest.labels
    return said_part(manifest.class_of(label).display.lower()) if known else label
