"""A pack's figures as anyone can read them, from the manifests of the packs on board."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.reading.manifest import Manifest, parse_manifest
from ui.language import Language, speaking
from ui.pack_figures import counted, figures_of

Altered = Callable[..., Manifest]


@pytest.fixture
def altered(repo: Path) -> Altered:
    """``altered(name, change)``: a pack's manifest after ``change`` to its table."""

    def make(name: str, change: Callable[[dict[str, Any]], None] = lambda _: None) -> Manifest:
        table = json.loads((repo / "models" / name / "pack.json").read_text(encoding="utf-8"))
        change(table)
        return parse_manifest(json.dumps(table).encode(), name)

    return make


def figures(**values: float | None) -> Callable[[dict[str, Any]], None]:
    """Sets figures of the first test set."""

    def change(table: dict[str, Any]) -> None:
        for item in table["evaluation"]:
            metric = item["metric"].replace(" ", "_")
            if item["test_set"] == table["evaluation"][0]["test_set"] and metric in values:
                item["value"] = values[metric]
                item["interval"] = [0.9, 0.95] if item["value"] else None

    return change


def test_the_counts_of_every_pack_on_board_add_up_to_a_hundred(
    repo: Path, altered: Altered
) -> None:
    names = [path.parent.name for path in (repo / "models").glob("*/pack.json")]
    found = {name: figures_of(altered(name)) for name in names}

    assert found.pop("router") is None
    assert len(found) >= 6
    for shown in found.values():
        assert shown is not None
        assert shown.answered is not None
        total = shown.answered.right + shown.answered.wrong + shown.answered.uncertain
        assert total == 100
        assert shown.alarms


def test_confident_answers_are_split_into_right_and_wrong(altered: Altered) -> None:
    change = figures(answered_with_confidence=0.6, right_when_confident=0.95)
    shown = figures_of(altered("chest_xray_child", change))

    assert shown is not None
    assert shown.answered is not None
    assert (shown.answered.right, shown.answered.wrong) == (57, 3)
    assert shown.answered.uncertain == 40
    assert "Of 100 confident answers, 95 were right (90 to 95)." in shown.answered.about


def test_a_pack_that_never_answers_says_so(altered: Altered) -> None:
    change = figures(answered_with_confidence=0.0, right_when_confident=None)
    shown = figures_of(altered("chest_xray_child", change))

    assert shown is not None
    assert shown.answered is not None
    assert shown.answered.uncertain == 100
    assert shown.answered.about[0].startswith("It answers none of them with confidence")


def test_no_count_stands_without_its_test_set_size_and_prevalence(altered: Altered) -> None:
    shown = figures_of(altered("chest_xray_child"))

    assert shown is not None
    assert shown.answered is not None
    said = " ".join(shown.answered.about)
    assert "chest_xray_child test groups" in said
    assert "images in" in said
    assert "Of 100 images there" in said
    assert "Images were counted, not patients" in said


def test_a_packs_own_test_set_is_named_in_the_windows_language(altered: Altered) -> None:
    with speaking(Language.FRENCH):
        shown = figures_of(altered("chest_xray_child"))

    assert shown is not None
    assert shown.answered is not None
    said = " ".join(shown.answered.about)
    assert "groupes de test de chest_xray_child" in said
    assert "test groups" not in said


def test_an_alarm_is_worth_less_where_the_finding_is_rare(altered: Altered) -> None:
    def change(table: dict[str, Any]) -> None:
        table["operating_points"] = [
            {
                "class": "pneumonia",
                "at": "90% specificity",
                "sensitivity": 0.8,
                "specificity": 0.9,
                "interval": [0.71, 0.87],
                "predictive_values": {
                    "0.1": {"positive": 0.47, "negative": 0.976},
                    "0.02": {"positive": 0.14, "negative": 0.9955},
                    "0.6262": {"positive": 0.93, "negative": 0.73},
                },
            }
        ]

    shown = figures_of(altered("chest_xray_child", change))

    assert shown is not None
    (alarm,) = shown.alarms
    assert "it points at 10 of 100 images without it" in alarm.text
    assert "80 (71 to 87) of 100 images with it" in alarm.text
    assert [common.alarms for common in alarm.common] == [14, 47, 93]
    wheres = [common.where.split(" images")[0] for common in alarm.common]
    assert wheres == ["Where 2 of 100", "Where 10 of 100", "Where 63 of 100"]
    assert "as in its test" in alarm.common[-1].where
    assert "fewer than 1 show it" in alarm.common[0].silent_text


def test_a_nought_that_is_none_is_not_written() -> None:
    assert [counted(each) for each in (0.0, 0.2, 0.9, 7.4)] == [
        "0",
        "fewer than 1",
        "fewer than 1",
        "7",
    ]
