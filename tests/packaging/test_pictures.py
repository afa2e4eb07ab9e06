"""The icon and the splash pictures are what their script draws."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from PIL import Image, ImageChops


@pytest.fixture(scope="module")
def drawn(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the script has just drawn into."""
    folder = tmp_path_factory.mktemp("assets")
    runpy.run_path(str(repo / "packaging" / "icon.py"))["draw"](folder)
    return folder


@pytest.mark.parametrize("name", ["icon.png", "splash.png", "splash_android.png"])
def test_the_pictures_are_those_that_the_script_draws(repo: Path, drawn: Path, name: str) -> None:
    kept = Image.open(repo / "assets" / name).convert("RGBA")
    made = Image.open(drawn / name).convert("RGBA")

    assert kept.size == made.size
    assert ImageChops.difference(kept, made).getbbox() is None, "run packaging/icon.py"


def test_the_colours_behind_the_mark_are_the_scripts(repo: Path) -> None:
    import tomllib

    script = runpy.run_path(str(repo / "packaging" / "icon.py"))
    flet = tomllib.loads((repo / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["flet"]

    assert {flet["icon_background"], *flet["splash"].values()} == {script["BACKGROUND"]}


def test_the_pictures_stay_small(repo: Path) -> None:
    assert sum(path.stat().st_size for path in (repo / "assets").glob("*.png")) < 64_000
