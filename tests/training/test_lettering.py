"""Drawn writing, and the network that learns from it."""

# ruff: noqa: E402 - PyTorch may be missing, and then nothing below can be imported
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip(
    "torch", reason="PyTorch is not installed: make test-training runs this"
)

from core.imaging.lettering.boxes import Box
from training.lettering.alphabets import LATIN, SCRIPTS, Purpose, line, mark, word
from training.lettering.drawing import Pen
from training.lettering.judging import interval_over_groups, judge_clean, judge_lines, wilson
from training.lettering.network import CELL, STRIDE, Lettering, loss_of, target_of
from training.lettering.recipe import read_lettering_recipe
from training.lettering.scenes import training_scene
from training.lettering.sets import inset
from training.lettering.typefaces import FONTS, find_typefaces, is_for_test, writing


@pytest.fixture(scope="module")
def pen(tmp_path_factory: pytest.TempPathFactory) -> Pen:
    if not any(FONTS.rglob("*.ttf")):
        pytest.skip("no typefaces: apt install fonts-noto-core fonts-liberation")
    faces = find_typefaces(tmp_path_factory.mktemp("faces") / "typefaces.json")
    found = writing(faces, Purpose.TRAINING, Purpose.TRAINING)
    if not found or found[0][0] is not LATIN:
        pytest.skip("no typeface to train on: apt install fonts-noto-core")
    return Pen(found)


def test_a_name_is_long_enough_and_a_mark_is_not() -> None:
    rng = np.random.default_rng(1)
    for script in SCRIPTS:
        for _ in range(50):
            assert len(word(script, rng)) >= script.shortest
            assert line(script, rng).strip()
            assert 1 <= len(mark(script, rng)) <= 2


def test_no_script_and_no_typeface_serves_both_purposes() -> None:
    names = [script.name for script in SCRIPTS]

    assert len(set(names)) == len(names)
    assert {script.purpose for script in SCRIPTS} == set(Purpose)
    assert is_for_test(Path("/fonts/liberation/LiberationSans-Regular.ttf"))
    assert not is_for_test(Path("/fonts/noto/NotoSans-Regular.ttf"))


def test_no_set_is_trained_on_and_tested_on() -> None:
    recipe = read_lettering_recipe()

    assert not {each.folder for each in recipe.training} & {each.folder for each in recipe.test}


def test_a_scene_is_the_same_for_the_same_seed_and_marks_where_writing_is(pen: Pen) -> None:
    ground = [np.full((300, 300), 40, np.uint8)]
    scenes = [training_scene(ground, pen, (1, number)) for number in range(12)]
    again = training_scene(ground, pen, (1, 3))

    assert (scenes[3].grey == again.grey).all()
    assert (scenes[3].region == again.region).all()
    assert {bool(scene.region.any()) for scene in scenes} == {True, False}


def test_the_network_takes_any_size_and_learns_a_block(pen: Pen) -> None:
    torch.manual_seed(0)
    network = Lettering()
    images = torch.zeros(2, 1, 3 * STRIDE, 5 * STRIDE)
    images[0, :, 20:50, 30:120] = torch.randn(30, 90)
    region = torch.zeros_like(images)
    region[0, :, 20:50, 30:120] = 1
    optimiser = torch.optim.AdamW(network.parameters(), 3e-3)
    losses = []
    for _ in range(12):
        loss = loss_of(network(images), region)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss))

    assert network(images).shape == (2, 1, 3 * STRIDE // CELL, 5 * STRIDE // CELL)
    assert target_of(region)[0, 0, 8, 10] == 1
    assert losses[-1] < 0.7 * losses[0]


def test_a_finder_of_everything_finds_all_and_touches_all(pen: Pen) -> None:
    grounds = [(str(number), np.full((200, 240), 60, np.uint8)) for number in range(3)]

    def everything(grey: np.ndarray) -> list[Box]:
        return [Box(0, 0, grey.shape[1], grey.shape[0])]

    lines = list(judge_lines("x", grounds, [pen], everything, 1))
    missed = list(judge_lines("x", grounds, [pen], lambda _grey: [], 1))
    clean = list(judge_clean("x", [(g, g, p) for g, p in grounds], pen, everything, 1))

    assert lines
    assert all(each.found for each in lines)
    assert not any(each.found for each in missed)
    assert all(each.touched for each in clean)


def test_intervals_are_of_groups_and_never_a_point() -> None:
    low, high = interval_over_groups([True] * 40, [str(n // 20) for n in range(40)])

    assert high == 1.0
    assert low < 0.5  # two groups say little
    assert wilson(0, 100)[1] == pytest.approx(0.037, abs=0.001)


def test_the_edges_of_a_picture_can_be_left_out() -> None:
    assert inset(np.zeros((100, 200), np.uint8), 0.1).shape == (80, 160)
