"""Text as large as a person wants it, in their own window only."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import flet as ft
import pytest

from storage.insights import Week
from ui import theme
from ui.components import week_charts
from ui.text_size import SIZES, scale_of, size_text, sized


class Store(dict[str, Any]):
    set = dict.__setitem__


def page() -> Any:
    return SimpleNamespace(session=SimpleNamespace(store=Store()), fonts=None)


def test_text_has_its_usual_size_until_somebody_chooses() -> None:
    assert sized(15) == 15
    assert scale_of(page()) == 1.0


@pytest.mark.parametrize("name", SIZES)
def test_the_theme_and_the_texts_grow_together(name: str) -> None:
    mine, another = page(), page()
    size_text(mine, name)
    theme.choose_theme(mine, "light")
    theme.choose_theme(another, "light")

    assert scale_of(mine) == SIZES[name]
    assert mine.theme.text_theme.body_large.size == 16 * SIZES[name]
    assert mine.theme.filled_button_theme.style.text_style.size == 16 * SIZES[name]
    assert another.theme.text_theme.body_large.size == 16


def test_a_size_that_is_not_known_is_the_usual_one() -> None:
    mine = page()
    size_text(mine, "gigantic")

    assert scale_of(mine) == 1.0


def test_every_style_of_the_type_scale_has_a_size() -> None:
    mine = page()
    theme.choose_theme(mine, "dark")
    styles = vars(mine.dark_theme.text_theme).values()

    assert all(style.size for style in styles if isinstance(style, ft.TextStyle))


def test_days_under_a_chart_stand_apart_in_large_text(monkeypatch: pytest.MonkeyPatch) -> None:
    weeks = [Week(date(2026, 1, 5) + timedelta(weeks=at), {}, None, 0) for at in range(12)]
    usual = _labelled(weeks)
    monkeypatch.setattr("ui.text_size._scale", lambda: SIZES["largest"])

    assert usual == [2, 5, 8, 11]
    assert _labelled(weeks) == [2, 8]


def _labelled(weeks: list[Week]) -> list[float]:
    return [label.value for label in week_charts._days(weeks).labels]
