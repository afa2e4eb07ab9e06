"""Nobody must guess what a colour says, or fail to read it."""

from __future__ import annotations

import pytest

from core.reading.result import Urgency, Verdict
from ui import theme

TONES = [
    *theme.VERDICT_TONES.values(),
    *theme.URGENCY_TONES.values(),
    theme.TROUBLE_TONE,
    theme.CAUTION_TONE,
    theme.NOTE_TONE,
    theme.SUCCESS_TONE,
]


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""

    def linear(part: str) -> float:
        share = int(part, 16) / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(colour[i : i + 2]) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def role(colour: object) -> str:
    """A Material role's name in the tables."""
    return str(getattr(colour, "name", colour)).lower()


EVERY = pytest.mark.parametrize(
    "colours", [theme.LIGHT, theme.DARK, theme.CONTRAST], ids=["light", "dark", "contrast"]
)


@EVERY
def test_everything_written_on_a_colour_can_be_read(colours: dict[str, str]) -> None:
    pairs = {name: name.removeprefix("on_") for name in colours if name.startswith("on_")}
    pairs["on_surface_variant"] = "surface"
    weak = {
        (ink, paper): round(contrast(colours[ink], colours[paper]), 2)
        for ink, paper in pairs.items()
        if contrast(colours[ink], colours[paper]) < 4.5
    }

    assert weak == {}


@EVERY
@pytest.mark.parametrize("ink", ["on_surface", "on_surface_variant", "primary"])
def test_text_can_be_read_on_every_surface(colours: dict[str, str], ink: str) -> None:
    surfaces = [name for name in colours if name.startswith("surface")]
    weak = [name for name in surfaces if contrast(colours[ink], colours[name]) < 4.5]

    assert weak == []


@EVERY
@pytest.mark.parametrize("tone", TONES)
def test_every_tone_can_be_read(colours: dict[str, str], tone: theme.Tone) -> None:
    assert contrast(colours[role(tone.background)], colours[role(tone.foreground)]) >= 4.5


def test_all_themes_have_the_same_roles() -> None:
    assert theme.LIGHT.keys() == theme.DARK.keys() == theme.CONTRAST.keys()


@pytest.mark.parametrize("ink", ["on_surface", "on_surface_variant", "primary"])
def test_high_contrast_is_high(ink: str) -> None:
    surfaces = [name for name in theme.CONTRAST if name.startswith("surface")]

    assert min(contrast(theme.CONTRAST[ink], theme.CONTRAST[one]) for one in surfaces) >= 7
    assert contrast(theme.CONTRAST["outline"], theme.CONTRAST["surface"]) >= 7


def test_no_verdict_and_no_urgency_is_told_by_colour_alone() -> None:
    assert set(theme.VERDICT_TONES) == set(Verdict)
    assert set(theme.URGENCY_TONES) == set(Urgency)
    assert len({tone.icon for tone in theme.VERDICT_TONES.values()}) == len(Verdict)
    assert len({tone.icon for tone in theme.URGENCY_TONES.values()}) == len(Urgency)


def test_whatever_can_be_tapped_is_large_enough() -> None:
    assert theme.TARGET >= 48


def test_the_measure_of_contrast_is_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
