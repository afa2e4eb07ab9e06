"""MODEL_CARD.md of a detector, made from its manifest and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from core.imaging.lettering.detector import MANIFEST_FILE


def _figures(rows: list[dict[str, Any]]) -> list[str]:
    lines: list[str] = []
    for name in dict.fromkeys(row["test_set"] for row in rows):
        own = [row for row in rows if row["test_set"] == name]
        lines += [
            f"### {name}",
            "",
            "| metric | value | 95% interval | of | images | groups |",
            "| --- | --- | --- | --- | --- | --- |",
            *(
                f"| {row['metric']} | {row['value']:.1%} | {row['interval'][0]:.1%} to "
                f"{row['interval'][1]:.1%} | {row['count']} | {row['images']} | {row['groups']} |"
                for row in own
            ),
            "",
        ]
    return lines


def card(table: dict[str, Any]) -> str:
    """The card, as Markdown, under the headings of Mitchell et al., "Model cards for model
    reporting" (FAT* 2019), as Hugging Face words them."""
    rule, spec = table["rule"], table["input"]
    lines = [
        "---",
        "license: other",
        f"license_name: {json.dumps(table['weights_licence'])}",
        "library_name: onnxruntime",
        "pipeline_tag: object-detection",
        "tags: [medical-imaging, de-identification, onnx, outpost]",
        f"version: {table['version']}",
        "---",
        "",
        f"# {table['title']} {table['version']} ({table['status']})",
        "",
        "It proposes; a person looks before the picture leaves the clinic.",
        "",
        "## Model details",
        "",
        "A network that marks writing in a grey picture of any size, in ONNX. The longer side is "
        f"reduced to {spec['longest_side']} px at most. Licence of the weights: "
        f"{table['weights_licence']}",
        "",
        "## Uses",
        "",
        table["intended_use"],
        "",
        "## Bias, risks and limitations",
        "",
        *[f"- {limit}" for limit in table["limits"]],
        "",
        "## Training details",
        "",
        "| set | licence | images | to know |",
        "| --- | --- | --- | --- |",
        *[
            f"| {d['name']} | {d['licence']} | {d['images']} | {d['note']} |"
            for d in table["training_data"]
        ],
        "",
        table["training_procedure"],
        "",
        "## The rule",
        "",
        f"Cells of {rule['cell']} px whose probability is {rule['edge']:g} or more and which touch "
        f"are one piece of writing where one of them reaches {rule['certain']:g} and there are "
        f"{rule['least_cells']} of them. The box around it grows by {rule['margin']:g} of its "
        "shorter side.",
        "",
        "## Evaluation",
        "",
        "Writing drawn over images of sources that were never trained on; a line counts as found "
        "when nine tenths of its ink lie under boxes. A clean image counts as touched when one "
        "pixel of it would be masked; half of them carry drawn marks that should stay.",
        "",
        *_figures(table["evaluation"]),
    ]
    return "\n".join(lines).rstrip() + "\n"


def write_card(pack: Path) -> None:
    table = json.loads((pack / MANIFEST_FILE).read_text(encoding="utf-8"))
    (pack / "MODEL_CARD.md").write_text(card(table), encoding="utf-8")
