"""MODEL_CARD.md, made from pack.json and nothing else, so that the two cannot disagree."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from core.reading.pack import MANIFEST_FILE
from training.signing import COMPARISON


def _figure(row: dict[str, Any]) -> str:
    if row["value"] is None:
        return f"| {row['metric']} | none: {row['interval_method']} | |"
    interval = row["interval"]
    span = f"{interval[0]:.3f} to {interval[1]:.3f} ({row['interval_method']})" if interval else ""
    return f"| {row['metric']} | {row['value']:.3f} | {span} |"


def _evaluation(rows: list[dict[str, Any]]) -> list[str]:
    lines: list[str] = []
    for name in dict.fromkeys(row["test_set"] for row in rows):
        own = [row for row in rows if row["test_set"] == name]
        first = own[0]
        shares = ", ".join(f"{k} {v:.1%}" for k, v in first["prevalence"].items())
        lines += [
            f"### {name}",
            "",
            f"{first['images']} images, {first['groups']} groups; {first['split_rule']}."
            + (f" Prevalence: {shares}." if shares else ""),
            "",
            "| metric | value | 95% interval |",
            "| --- | --- | --- |",
            *map(_figure, own),
            "",
        ]
    return lines


def _points(points: list[dict[str, Any]]) -> list[str]:
    if not points:
        return []
    lines = [
        "### Operating points",
        "",
        "Of images, not of patients, with the 95% interval of the one that is not held at 90%. "
        "PPV: of 100 images called so, how many are. NPV: of 100 images not called so, how many "
        "are not.",
        "",
        "| class | at | sensitivity | specificity | 95% interval | prevalence | PPV | NPV |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for point in points:
        interval = point.get("interval")
        span = f"{interval[0]:.2f} to {interval[1]:.2f}" if interval else "not measured"
        for share, values in point["predictive_values"].items():
            lines.append(
                f"| {point['class']} | {point['at']} | {point['sensitivity']:.2f} "
                f"| {point['specificity']:.2f} | {span} | {float(share):.1%} "
                f"| {values['positive']:.2f} | {values['negative']:.2f} |"
            )
    return [*lines, ""]


def _front_matter(table: dict[str, Any]) -> list[str]:
    """What readers of Hugging Face model cards look for, as YAML."""
    return [
        "---",
        "license: other",
        f"license_name: {json.dumps(table['weights_licence'])}",
        "library_name: onnxruntime",
        "pipeline_tag: image-classification",
        "tags: [medical-imaging, onnx, efficientnet-lite, outpost]",
        f"version: {table['version']}",
        "---",
        "",
    ]


def _uses(table: dict[str, Any]) -> list[str]:
    needs = [item["kind"] for item in table["requires"]]
    return [
        "## Uses",
        "",
        "### Direct use",
        "",
        table["intended_use"],
        "",
        f"Population: {table['population']}",
        "",
        f"It must be told: {', '.join(needs) if needs else 'nothing'}. Review by "
        f"{table['review_by']}.",
        "",
        "### Out-of-scope use",
        "",
        "Not for:",
        "",
        *[f"- {item}" for item in table["contraindications"]],
        "",
        "## Bias, risks and limitations",
        "",
        "Tested on the sets below and on no patients. Images of other hospitals, machines and "
        "populations may be read worse; beyond the distance from the training images that the "
        "manifest sets, nothing is said with confidence.",
        "",
    ]


def _training(table: dict[str, Any]) -> list[str]:
    return [
        "## Training details",
        "",
        "### Training data",
        "",
        "| set | licence | images | to know |",
        "| --- | --- | --- | --- |",
        *[
            f"| {d['name']} | {d['licence']} | {d['images']} | {d['note']} |"
            for d in table["training_data"]
        ],
        "",
        "### Training procedure",
        "",
        table.get("training_procedure", "Not recorded."),
        "",
    ]


def card(table: dict[str, Any]) -> str:
    """The card of a manifest, as Markdown, under the headings of Mitchell et al., "Model cards for
    model reporting" (FAT* 2019), as Hugging Face words them."""
    levels = table["abstention"]["confident_from"]
    lines = [
        *_front_matter(table),
        f"# {table['title']} {table['version']} ({table['status']})",
        "",
        "Not a certified medical device. A reading supports a clinician's judgement.",
        "",
        "## Model details",
        "",
        f"A {table['kind']} of {len(table['classes'])} classes on images of "
        f"{table['input']['height']} x {table['input']['width']} px, in ONNX. Licence of the "
        f"weights: {table['weights_licence']}",
        "",
        *_uses(table),
        *_training(table),
        "## Verdicts",
        "",
        table["abstention"]["rule"],
        "",
        "| class | confident from | stays in the set from |",
        "| --- | --- | --- |",
        *[
            f"| {label} | {'never' if level is None else f'{level:.3f}'} "
            f"| {table['conformal']['minimum_probability'][label]:.3f} |"
            for label, level in levels.items()
        ],
        "",
        "## Evaluation",
        "",
        *_evaluation(table["evaluation"]),
        *_points(table["operating_points"]),
    ]
    return "\n".join(lines).rstrip() + "\n"


def monai_metadata(table: dict[str, Any]) -> dict[str, Any]:
    """A manifest's fields under the names of a MONAI bundle's ``metadata.json`` (MONAI bundle
    specification, "metadata.json File")."""
    labels = {str(n): item["label"] for n, item in enumerate(table["classes"])}
    spec = table["input"]
    image = {
        "type": "image",
        "format": "magnitude",
        "modality": "/".join(table["modality"]) or "any",
        "num_channels": 1,
        "spatial_shape": [spec["height"], spec["width"]],
        "dtype": "float32",
        "value_range": [(0 - spec["mean"]) / spec["std"], (255 - spec["mean"]) / spec["std"]],
        "is_patch_data": False,
        "channel_def": {"0": "image"},
    }
    first = table["evaluation"][0]["test_set"] if table["evaluation"] else ""
    return {
        "version": table["version"],
        "task": table["title"],
        "description": table["intended_use"],
        "authors": "The Outpost developers",
        "copyright": table["weights_licence"],
        "data_source": "; ".join(item["name"] for item in table["training_data"]),
        "data_type": "image",
        "image_classes": "one grey frame",
        "label_classes": labels,
        "pred_classes": labels,
        "eval_metrics": {
            row["metric"]: row["value"] for row in table["evaluation"] if row["test_set"] == first
        },
        "intended_use": table["intended_use"],
        "references": [],
        "required_packages_version": {"onnxruntime": table["model"]["minimum_onnxruntime"]},
        "network_data_format": {
            "inputs": {"image": image},
            "outputs": {
                "pred": {
                    "type": "probabilities",
                    "format": "classes",
                    "num_channels": len(labels),
                    "channel_def": labels,
                }
            },
        },
    }


def _figure_of(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"


def compared(table: dict[str, Any]) -> str:
    """The outcome of ``training compare`` as a section of a page."""
    lines = [
        f"## Compared with version {table['old']['version']}",
        "",
        f"Both read the same {table['images']} test images; the interval is of new minus old.",
        "",
        "| metric | old | new | 95% interval | |",
        "| --- | --- | --- | --- | --- |",
    ]
    for item in table["differences"]:
        span = "{:+.3f} to {:+.3f}".format(*item["interval"]) if item["interval"] else ""
        old, new = _figure_of(item["old"]), _figure_of(item["new"])
        lines.append(
            f"| {item['metric']} | {old} | {new} | {span} | {'worse' * item['is_worse']} |"
        )
    reason = table.get("answers_less_because", "")
    return "\n".join([*lines, *(["", f"It answers less: {reason}"] if reason else [])]) + "\n"


def write_page(run: Path, docs: Path) -> None:
    """A pack's page in ``docs``: its card with its plots, how it compares with the version before,
    and its MONAI metadata, from the run's pack."""
    content = (run / "pack" / MANIFEST_FILE).read_bytes()
    table = json.loads(content)
    docs.mkdir(parents=True, exist_ok=True)
    page, name = card(table), table["id"]
    for plot, shown, caption in (
        ("examples", f"{name}_examples.png", "Example maps, right and wrong"),
        ("figures", f"{name}.png", "Plots"),
    ):
        made = run / "plots" / f"{plot}.png"
        if made.exists():
            shutil.copyfile(made, docs / shown)
            page = page.replace("## Evaluation\n", f"## Evaluation\n\n![{caption}]({shown})\n", 1)
    path = run / "pack" / COMPARISON
    comparison = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    if comparison and comparison["new"]["manifest_sha256"] == hashlib.sha256(content).hexdigest():
        page += "\n" + compared(comparison)
    (docs / f"{name}.md").write_text(page, encoding="utf-8")
    text = json.dumps(monai_metadata(table), indent=1, ensure_ascii=False)
    (docs / f"{name}.metadata.json").write_text(text + "\n", encoding="utf-8")


def write_card(pack: Path) -> None:
    table = json.loads((pack / MANIFEST_FILE).read_text(encoding="utf-8"))
    (pack / "MODEL_CARD.md").write_text(card(table), encoding="utf-8")
