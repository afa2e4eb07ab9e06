"""A pack's card and its MONAI metadata say what the manifest says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.card import card, monai_metadata

MODELS = Path(__file__).resolve().parents[2] / "models"
PACKS = sorted(path.parent.name for path in MODELS.glob("*/pack.json"))


@pytest.fixture(params=PACKS)
def table(request: pytest.FixtureRequest) -> dict:
    return json.loads((MODELS / request.param / "pack.json").read_text(encoding="utf-8"))


def test_a_card_has_the_headings_that_readers_look_for_and_every_figure(table: dict) -> None:
    text = card(table)
    headings = (
        "Model details", "Uses", "Bias, risks and limitations", "Training details", "Evaluation",
    )  # fmt: skip
    assert all(f"## {heading}\n" in text for heading in headings)
    for row in table["evaluation"]:
        shown = f"{row['value']:.3f}" if row["value"] is not None else "none"
        assert any(row["metric"] in line and shown in line for line in text.splitlines())
    assert all(reason in text for reason in table["contraindications"])
    assert table["weights_licence"] in text


def test_the_cards_on_board_are_those_of_their_manifests(table: dict) -> None:
    kept = (MODELS / table["id"] / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert kept == card(table)


def test_monai_metadata_names_classes_inputs_and_figures(table: dict) -> None:
    found = monai_metadata(table)
    assert list(found["label_classes"].values()) == [item["label"] for item in table["classes"]]
    shape = found["network_data_format"]["inputs"]["image"]["spatial_shape"]
    assert shape == [table["input"]["height"], table["input"]["width"]]
    assert found["version"] == table["version"]
    assert set(found["eval_metrics"]) <= {row["metric"] for row in table["evaluation"]}
    assert found["eval_metrics"]
    # Of what MONAI's schema requires, all that a model made without MONAI can have.
    required = {"version", "task", "description", "authors", "copyright", "network_data_format"}
    assert required <= set(found)
