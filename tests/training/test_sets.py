"""From folders with a manifest.csv to prepared runs, by the app's own code."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.imaging.opening import open_study
from core.reading.preprocess import InputSpec, fit, grey_of, normalise, preprocess
from storage.corrections import export_corrections
from storage.opinions import GivenOpinion
from storage.settings import Settings
from storage.vault import Opinion, ReferenceStandard
from tests.storage.cases import case, enter, make
from training.augmentation import Marks, augment, draw_boxes
from training.images import read_prepared
from training.recipe import RECIPES, Augmentation, DataSet, Recipe, SplitPlan, read_recipe
from training.sets import box_around, limited, prepare_sets, read_set
from training.splits import Part
from training.synthetic import draw

SPEC = InputSpec(height=64, width=64, mean=127.0, std=128.0)


def write_set(data: Path, name: str, rows: list[dict[str, str]]) -> None:
    folder = data / name / "images"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(len(name))
    with (data / name / "manifest.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, sorted({key for row in rows for key in row}))
        writer.writeheader()
        for row in rows:
            writer.writerow(row)
            pixels = rng.integers(0, 255, (80, 70)).astype(np.uint8)
            Image.fromarray(pixels).save(folder / row["file"], quality=90)


def rows(count: int) -> list[dict[str, str]]:
    labels = ["normal", "fracture"]
    return [
        {
            "file": f"{n}.jpg",
            "label": labels[n % 2],
            "group": f"g{n // 4}",
            "source": "XY"[n % 3 // 2],
        }
        for n in range(count)
    ]


def recipe(**more: object) -> Recipe:
    given = {
        "id": "film",
        "data": (DataSet(folder="films"),),
        "classes": ("normal", "fracture"),
        "input": SPEC,
        "split": SplitPlan(test_share=0.25, calibration_share=0.25),
    }
    return Recipe(**given | more)  # type: ignore[arg-type]


def test_prepares_a_folder_by_group(tmp_path: Path) -> None:
    write_set(tmp_path, "films", rows(48))
    prepared = prepare_sets(recipe(), tmp_path, tmp_path / "run")
    assert len(prepared.samples) == 48
    for group in {sample.group for sample in prepared.samples}:
        own = {p for s, p in zip(prepared.samples, prepared.parts, strict=True) if s.group == group}
        assert len(own) == 1
    told = json.loads((tmp_path / "run" / "prepared.json").read_text())
    assert sum(told["images"].values()) == 48
    again = read_prepared(tmp_path / "run")
    assert again.samples == prepared.samples
    assert again.parts == prepared.parts


def test_prepared_pixels_are_those_the_app_sees_to_the_bit(tmp_path: Path) -> None:
    write_set(tmp_path, "films", rows(24))
    prepared = prepare_sets(recipe(), tmp_path, tmp_path / "run")
    for index, sample in enumerate(prepared.samples):
        frame = open_study(tmp_path / sample.file).frames[0]
        assert np.array_equal(prepared.grey(index), grey_of(frame, SPEC))
        trained_on = normalise(fit(prepared.grey(index), SPEC), SPEC)
        assert np.array_equal(trained_on, preprocess(frame, SPEC))


def test_a_copy_in_another_group_stays_in_the_same_part(tmp_path: Path) -> None:
    write_set(tmp_path, "films", rows(40))
    images = tmp_path / "films" / "images"
    for number in range(0, 36, 6):
        (images / f"{number + 4}.jpg").write_bytes((images / f"{number}.jpg").read_bytes())
    prepared = prepare_sets(recipe(), tmp_path, tmp_path / "run")
    part = {s.file.split("/")[-1]: p for s, p in zip(prepared.samples, prepared.parts, strict=True)}
    for number in range(0, 36, 6):
        assert part[f"{number}.jpg"] is part[f"{number + 4}.jpg"]


def test_relabels_filters_and_limits(tmp_path: Path) -> None:
    write_set(tmp_path, "films", rows(60))
    source = DataSet(
        folder="films", relabel={"fracture": "broken", "*": "whole"}, only={"source": ["X"]}
    )
    found = read_set(tmp_path, source)
    assert {sample.label for sample in found} == {"broken", "whole"}
    assert len(found) == 40
    assert len(limited(found, 5, seed=0)) == 10
    assert limited(found, 0, seed=0) == found


def test_says_which_column_a_manifest_lacks(tmp_path: Path) -> None:
    write_set(tmp_path, "films", [{"file": "a.jpg", "label": "normal"}])
    with pytest.raises(ValueError, match="group"):
        read_set(tmp_path, DataSet(folder="films"))


@pytest.mark.parametrize("name", sorted(path.stem for path in RECIPES.glob("*.toml")))
def test_every_recipe_can_be_read_and_names_its_classes(name: str) -> None:
    found = read_recipe(name)
    assert found.id == name
    assert [item["label"] for item in found.pack["classes"]] == list(found.classes)
    assert found.input.height % 32 == found.input.width % 32 == 0


@pytest.mark.parametrize(
    "name",
    [
        "fracture_xray",
        "chest_xray_child",
        "head_ct",
        "brain_mri",
        "breast_ultrasound",
        "lung_ultrasound",
    ],
)
def test_a_packs_labels_are_exactly_those_of_its_manifest(name: str, shared_data: Path) -> None:
    labels = {sample.label for sample in read_set(shared_data, DataSet(folder=name))}
    assert set(read_recipe(name).classes) == labels


def test_no_recipe_trains_on_what_is_for_evaluation_only() -> None:
    forbidden = {"head_ct_second_source", "chest_xray_adult_external"}
    allowed = {"other_medical": {"MedNIST"}, "not_supported": {"IDRiD"}}
    for path in RECIPES.glob("*.toml"):
        for source in read_recipe(path.stem).data:
            assert source.folder not in forbidden
            if source.folder in allowed:
                assert set(source.only["source"]) <= allowed[source.folder]


def test_augmentation_is_the_same_for_the_same_seed_and_varies_otherwise() -> None:
    grey = np.random.default_rng(0).integers(0, 255, (100, 140)).astype(np.uint8)
    plan = Augmentation()
    one, same, other = (
        augment(grey, SPEC, plan, np.random.default_rng(seed)).grey for seed in (1, 1, 2)
    )
    assert one.shape == (64, 64)
    assert one.dtype == np.uint8
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_boxes_follow_the_finding_through_every_augmentation() -> None:
    box = (0.3, 0.6, 0.12, 0.1)
    grey = np.asarray(draw_boxes(300, 200, [box]))
    quiet = Augmentation(
        rotation=40, scale=(0.7, 1.2), flip_horizontal=True, flip_vertical=True, contrast=0.0,
        reduced=0.0, border=0.0, overlay=0.0, shading=0.0, photographed=0.5,
    )  # fmt: skip
    seen = 0
    for seed in range(30):
        varied = augment(grey, SPEC, quiet, np.random.default_rng(seed), Marks([box]))
        assert varied.regions is not None
        inside = varied.regions > 200
        if inside.sum() > 10:
            seen += 1
            # A shadow of a hand may lie on it, in half of the variations that are photographs.
            assert varied.grey[inside].mean() > 100
            assert varied.grey[inside].mean() > varied.grey[~inside].mean() + 60
    assert seen > 20


def test_a_photographed_film_is_bent_and_lit_unevenly() -> None:
    flat = np.full((64, 64), 120, np.uint8)
    still = Augmentation(
        rotation=0, scale=(1.0, 1.0), aspect=1.0, shift=0.0, contrast=0.0, reduced=0.0,
        border=0.0, overlay=0.0, shading=0.0,
    )  # fmt: skip
    by_phone = replace(still, photographed=1.0)
    spread = [augment(flat, SPEC, by_phone, np.random.default_rng(n)).grey.std() for n in range(20)]
    calm = [augment(flat, SPEC, still, np.random.default_rng(n)).grey.std() for n in range(20)]
    assert np.median(spread) > 3 * np.median(calm)


def test_an_outline_is_followed_rather_than_the_box_around_it() -> None:
    rows, columns = np.mgrid[:100, :100]
    corner = (255 * (rows > columns)).astype(np.uint8)
    still = Augmentation(rotation=0, scale=(1.0, 1.0), aspect=1.0, shift=0.0, reduced=0.0)
    marks = Marks([(0.5, 0.5, 1.0, 1.0)], corner)
    inside = augment(corner, SPEC, still, np.random.default_rng(0), marks).regions
    assert inside is not None
    assert inside[40, 10] == 255
    assert inside[10, 40] == 0


def test_a_mask_is_boxed_where_it_marks(tmp_path: Path) -> None:
    mask = np.zeros((100, 200), np.uint8)
    mask[20:60, 50:150] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    Image.fromarray(mask * 0).save(tmp_path / "empty.png")
    assert box_around(tmp_path / "mask.png") == ((0.5, 0.4, 0.5, 0.4),)
    assert box_around(tmp_path / "empty.png") == ()


def test_masks_and_reserved_rows_reach_the_samples(tmp_path: Path) -> None:
    kept = [row | {"mask": "", "official_split": "train"} for row in rows(24)]
    kept[0] |= {"mask": "0.png", "official_split": "test"}
    write_set(tmp_path, "films", kept)
    mask = np.zeros((80, 70), np.uint8)
    mask[:40] = 255
    (tmp_path / "films" / "masks").mkdir()
    Image.fromarray(mask).save(tmp_path / "films" / "masks" / "0.png")
    samples = read_set(tmp_path, DataSet(folder="films"), {"official_split": ["test"]})
    assert samples[0].boxes == ((0.5, 0.25, 1.0, 0.5),)
    assert [sample.reserved for sample in samples] == [True] + [False] * 23
    prepared = prepare_sets(
        recipe(split=SplitPlan(test_rows={"official_split": ["test"]}, calibration_share=0.3)),
        tmp_path,
        tmp_path / "run",
    )
    parts = dict(zip([s.group for s in prepared.samples], prepared.parts, strict=True))
    outlined = {s.file: prepared.mask(i) for i, s in enumerate(prepared.samples)}
    outline = outlined.pop("films/images/0.jpg")
    assert outline is not None
    assert np.array_equal(outline, mask)
    assert set(outlined.values()) == {None}
    assert parts["films/g0"] is Part.TEST
    assert Part.TEST not in [part for group, part in parts.items() if group != "films/g0"]


def test_corrections_given_after_the_ai_teach_and_never_judge(tmp_path: Path) -> None:
    worth = [("no", "clinician"), ("yes", "clinician"), ("no", "laboratory"), ("no", "")]
    kept = []
    for number, row in enumerate(rows(48)):
        blinded, standard = worth[number // 4 % 4]
        kept.append(row | {"blinded": blinded, "reference_standard": standard})
    write_set(tmp_path, "films", kept)
    samples = read_set(tmp_path, DataSet(folder="films"))
    assert sum(sample.unproven for sample in samples) == 24
    prepared = prepare_sets(recipe(), tmp_path, tmp_path / "run")
    unproven = {sample.group for sample in samples if sample.unproven}
    parts = {s.group: p for s, p in zip(prepared.samples, prepared.parts, strict=True)}
    assert {parts[group] for group in unproven} == {Part.TRAIN}
    assert set(parts.values()) == set(Part)
    with pytest.raises(ValueError, match="cannot judge"):
        prepare_sets(
            recipe(split=SplitPlan(test_groups=(sorted(unproven)[0],))),
            tmp_path,
            tmp_path / "other",
        )


@pytest.mark.parametrize(
    ("opinions", "kept"),
    [
        # (label, blinded, reference standard, role)
        ([("normal", "no", "", "clinician"), ("fracture", "yes", "specialist", "reviewer")], 1),
        ([("normal", "no", "", "clinician"), ("fracture", "no", "specialist", "reviewer")], None),
        ([("normal", "no", "", "clinician"), ("normal", "no", "specialist", "reviewer")], 0),
        ([("normal", "yes", "", "clinician"), ("fracture", "yes", "specialist", "reviewer")], None),
        ([("normal", "no", "follow_up", "clinician"), ("fracture", "yes", "", "reviewer")], 0),
    ],
)
def test_of_several_opinions_on_a_picture_the_one_worth_most_teaches_and_a_tie_teaches_nothing(
    tmp_path: Path, opinions: list[tuple[str, ...]], kept: int | None
) -> None:
    columns = ("label", "blinded", "reference_standard", "role")
    given = [dict(zip(columns, one, strict=True)) for one in opinions]
    write_set(tmp_path, "films", [row | {"case": row["file"], **given[0]} for row in rows(1)])
    with (tmp_path / "films" / "manifest.csv").open("a", newline="") as stream:
        for row in given[1:]:
            whole = rows(1)[0] | {"case": "0.jpg"} | row
            csv.DictWriter(stream, sorted(whole)).writerow(whole)
    samples = read_set(tmp_path, DataSet(folder="films"))

    expected = [] if kept is None else [given[kept]]
    assert [sample.label for sample in samples] == [row["label"] for row in expected]
    assert [sample.unproven for sample in samples] == [
        row["blinded"] == "no" and row["reference_standard"] != "follow_up" for row in expected
    ]


def test_what_a_vault_exports_is_prepared_with_its_second_opinions(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    make(folder)
    vault = enter(folder)
    vault.change_settings(Settings(export_images=True))
    rng = np.random.default_rng(7)
    for number in range(16):
        stream = io.BytesIO()
        Image.fromarray(rng.integers(0, 255, (80, 70), dtype=np.uint8)).save(stream, "PNG")
        one = case()
        reading = replace(one.reading, probabilities={"normal": 0.2, "fracture": 0.8})
        seen = {"reading": replace(reading, finding="fracture"), "own_impression": None}
        own = {"opinion": Opinion.AGREES, "reference_standard": None, "right_label": None}
        kept = vault.save(
            replace(one, code=f"KH-{number}", pseudonym=None, picture_checked=True, **seen, **own),
            review_copy=stream.getvalue(),
        )
        label = ("normal", "fracture")[number % 2]
        blind = GivenOpinion(
            opinion=Opinion.DISAGREES,
            right_label=label,
            first_impression=label,
            blinded=True,
            reference_standard=ReferenceStandard.SPECIALIST,
            given_by="Practitioner/1",
        )
        if number < 14:
            vault.add_opinion(kept.id, blind)
    done = export_corrections(vault, tmp_path / "films")
    vault.lock()
    prepared = prepare_sets(recipe(), tmp_path, tmp_path / "run")

    assert (done.cases, done.pictures, done.second_opinions) == (16, 16, 14)
    assert len(prepared.samples) == 16
    labels = [sample.label for sample in prepared.samples]
    assert (labels.count("normal"), labels.count("fracture")) == (7, 9)
    unproven = {s.file for s in read_set(tmp_path, DataSet(folder="films")) if s.unproven}
    parts = {s.file: p for s, p in zip(prepared.samples, prepared.parts, strict=True)}
    assert [parts[file] for file in sorted(unproven)] == [Part.TRAIN, Part.TRAIN]
    assert set(prepared.parts) == set(Part)


def test_a_correction_without_a_picture_is_left_out(tmp_path: Path) -> None:
    write_set(tmp_path, "films", rows(4))
    manifest = tmp_path / "films" / "manifest.csv"
    manifest.write_text(
        manifest.read_text() + manifest.read_text().splitlines()[1].replace("0.jpg", "") + "\n"
    )
    assert len(read_set(tmp_path, DataSet(folder="films"))) == 4


def test_a_setting_that_is_off_ends_no_run() -> None:
    plain = recipe()
    assert plain.fingerprint() == recipe(augmentation=Augmentation(photographed=0.0)).fingerprint()
    assert plain.fingerprint() != recipe(augmentation=Augmentation(photographed=0.1)).fingerprint()


def test_an_unmarked_image_has_no_regions() -> None:
    grey = np.zeros((80, 80), np.uint8)
    assert augment(grey, SPEC, Augmentation(), np.random.default_rng(0)).regions is None


@pytest.mark.parametrize("label", ["document", "nothing_medical"])
def test_drawn_pictures_are_the_same_each_time_and_differ_from_each_other(label: str) -> None:
    pictures = [draw(label, number) for number in range(8)]
    assert all(np.array_equal(draw(label, n), picture) for n, picture in enumerate(pictures))
    assert len({picture.tobytes() for picture in pictures}) == 8
    assert all(min(picture.shape) >= 100 for picture in pictures)
