"""An image framed on the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.imaging.framing import Crop, Framing
from tests.terminal.test_command_line import analyzed, outpost
from ui.terminal.commands import parser
from ui.terminal.framing_options import framing_of


def test_a_framed_image_says_so_among_its_reasons(tmp_path: Path) -> None:
    path = tmp_path / "noise.png"
    noise = np.random.default_rng(3).integers(0, 255, (200, 300)).astype(np.uint8)
    Image.fromarray(noise).save(path)

    status, [found] = analyzed("--rotate", "90", "--crop", "0.1,0,0.9,1", path)

    assert status == 0
    assert {"cropped", "turned"} <= {reason["code"] for reason in found["reasons"]}


def test_edges_and_degrees_become_a_framing() -> None:
    options = parser().parse_args(["analyze", "x", "--crop", "0,0.25,1,0.75", "--rotate", "270"])

    assert framing_of(options) == Framing(crop=Crop(0.0, 0.25, 1.0, 0.75), quarter_turns=3)
    assert framing_of(parser().parse_args(["report", "x"])).is_plain


@pytest.mark.parametrize(
    "wrong",
    [["--rotate", "45"], ["--crop", "0.5,0.5"], ["--crop", "0.9,0,0.1,1"], ["--crop", "a,b,c,d"]],
)
def test_what_is_no_framing_is_wrong_usage(wrong: list[str]) -> None:
    done = outpost("analyze", "x.png", *wrong)

    assert done.returncode == 2
