"""The comparison itself, without an emulator: what it takes for agreement, and what it does not."""

from __future__ import annotations

import copy
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.arm64.agreement import TOLERANCE, compare, section
from tests.arm64.readings import readings
from tests.packs import BRIGHT, Kind, Place, build_shelf, phantom

TODAY = date(2026, 11, 23)


def told(machine: str) -> dict[str, Any]:
    """A run of one reading, as readings.py writes it."""
    return {
        "machine": machine,
        "python": "3.11.2",
        "versions": {"numpy": "2.4.6"},
        "packs": {"limb": "0.0.1"},
        "images": 1,
        "readings": {
            "film.png by limb": {
                "words": {
                    "verdict": "uncertain",
                    "finding": "fracture",
                    "prediction set": ["fracture", "no_fracture"],
                },
                "probabilities": {
                    "probability of fracture": 0.6,
                    "probability of no_fracture": 0.4,
                },
                "distances": {"distance of frame 0": 0.75},
            }
        },
    }


@pytest.fixture
def here() -> dict[str, Any]:
    return told("x86_64")


@pytest.fixture
def there() -> dict[str, Any]:
    return told("aarch64")


def film(run: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = run["readings"]["film.png by limb"]
    return found


def test_equal_readings_agree(here: dict[str, Any], there: dict[str, Any]) -> None:
    agreement = compare(here, there)

    assert agreement.disagreements == ()
    assert (agreement.readings, agreement.probability, agreement.distance) == (1, 0, 0)


def test_last_digits_may_differ_and_are_measured(
    here: dict[str, Any], there: dict[str, Any]
) -> None:
    film(there)["probabilities"]["probability of fracture"] += 0.9 * TOLERANCE
    film(there)["distances"]["distance of frame 0"] -= 0.8 * TOLERANCE

    agreement = compare(here, there)

    assert agreement.disagreements == ()
    assert agreement.probability == pytest.approx(0.9 * TOLERANCE)
    assert agreement.distance == pytest.approx(0.8 * TOLERANCE)


@pytest.mark.parametrize("shift", [1.1 * TOLERANCE, -1.1 * TOLERANCE, float("nan"), float("inf")])
@pytest.mark.parametrize(
    ("part", "what"),
    [("probabilities", "probability of fracture"), ("distances", "distance of frame 0")],
)
def test_a_number_too_far_off_is_a_disagreement(
    here: dict[str, Any], there: dict[str, Any], part: str, what: str, shift: float
) -> None:
    film(there)[part][what] += shift

    for one, other in ((here, there), (there, here)):
        (sentence,) = compare(one, other).disagreements
        assert sentence.startswith(f"film.png by limb: {what} is ")


@pytest.mark.parametrize(
    ("what", "other"),
    [
        ("verdict", "confident"),
        ("finding", "no_fracture"),
        ("prediction set", ["fracture"]),
        ("prediction set", ["no_fracture", "fracture"]),
    ],
)
def test_words_must_be_equal(
    here: dict[str, Any], there: dict[str, Any], what: str, other: object
) -> None:
    film(there)["words"][what] = other

    (sentence,) = compare(here, there).disagreements

    assert sentence == f"film.png by limb: {what} is {film(here)['words'][what]} and {other}"


@pytest.mark.parametrize("part", ["words", "probabilities", "distances"])
def test_what_only_one_side_says_is_a_disagreement(
    here: dict[str, Any], there: dict[str, Any], part: str
) -> None:
    film(there)[part].popitem()

    assert len(compare(here, there).disagreements) == 1
    assert len(compare(there, here).disagreements) == 1


def test_a_reading_that_one_side_lacks_is_a_disagreement(
    here: dict[str, Any], there: dict[str, Any]
) -> None:
    here["readings"]["slice.png by limb"] = film(here)

    assert compare(here, there).disagreements == ("slice.png by limb: read on x86_64 alone",)


@pytest.mark.parametrize("sides", [("here",), ("there",), ("here", "there")])
def test_an_error_is_never_agreement(
    here: dict[str, Any], there: dict[str, Any], sides: tuple[str, ...]
) -> None:
    for run, name in ((here, "here"), (there, "there")):
        if name in sides:
            run["readings"]["film.png by limb"] = {"error": "pack_needs_newer_runtime"}

    (sentence,) = compare(here, there).disagreements

    assert "pack_needs_newer_runtime" in sentence


def test_two_empty_runs_do_not_agree(here: dict[str, Any], there: dict[str, Any]) -> None:
    here["readings"], there["readings"] = {}, {}

    assert compare(here, there).disagreements == ("nothing was read",)


@pytest.mark.parametrize("part", ["versions", "packs"])
def test_other_versions_are_not_compared_in_silence(
    here: dict[str, Any], there: dict[str, Any], part: str
) -> None:
    name = next(iter(there[part]))
    there[part][name] = "9.9"

    (sentence,) = compare(here, there).disagreements

    assert sentence.startswith(f"{name} is ")


def test_one_processor_is_not_compared_with_itself(here: dict[str, Any]) -> None:
    assert compare(here, copy.deepcopy(here)).disagreements == ("both runs are of x86_64",)


def test_the_table_states_what_was_measured(here: dict[str, Any], there: dict[str, Any]) -> None:
    film(there)["probabilities"]["probability of fracture"] += 2.5e-4

    table = section(compare(here, there), here, there)

    assert "| readings compared | 1 (1 images) | |" in table
    assert "| largest difference of a probability | 2.5e-04 | 1e-03 |" in table
    assert "Verdicts: 1 uncertain. Packs: limb 0.0.1." in table


# The script that both sides run, on synthetic packs


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    film = phantom(Kind.HAND_FILM, {Place.MIDDLE: BRIGHT})
    Image.fromarray(film).save(folder / "film.png")
    Image.fromarray(np.full((90, 90), 30, np.uint8)).save(folder / "empty.png")
    return folder


def test_every_image_is_read_by_every_pack(tmp_path: Path, images: Path) -> None:
    build_shelf(tmp_path / "models")

    found = readings(tmp_path / "models", images, TODAY)

    packs = ["by brain", "by head", "by limb", "by lung", "by router", "as routed"]
    assert set(found["readings"]) == {f"{i} {p}" for i in ("film.png", "empty.png") for p in packs}
    assert found["images"] == 2
    routed = found["readings"]["film.png as routed"]
    assert (routed["words"]["pack"], routed["words"]["finding"]) == ("limb", "fracture")
    for name, reading in found["readings"].items():
        if not name.endswith("as routed"):
            assert sum(
                p for k, p in reading["probabilities"].items() if "the route" not in k
            ) == pytest.approx(1)
            assert "distance of frame 0" in reading["distances"]


def test_a_slightly_brighter_image_is_told_apart(tmp_path: Path, images: Path) -> None:
    """The whole chain is fine enough to notice what no eye would."""
    build_shelf(tmp_path / "models")
    one = readings(tmp_path / "models", images, TODAY)
    again = readings(tmp_path / "models", images, TODAY)
    film = np.asarray(Image.open(images / "film.png")).astype(int)
    Image.fromarray(np.clip(film + 2, 0, 255).astype(np.uint8)).save(images / "film.png")
    other = readings(tmp_path / "models", images, TODAY)
    again["machine"] = other["machine"] = "aarch64"

    assert compare(one, again).disagreements == ()
    assert any("film.png by limb: distance" in s for s in compare(one, other).disagreements)
