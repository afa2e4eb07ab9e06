"""The two charts over weeks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import flet as ft
import flet_charts as charts

from core.reading.result import Verdict
from storage.insights import Week
from ui import theme
from ui.language import formats

#: Confident, uncertain, refused, from below. The same order and tones as everywhere.
COLOURS = {
    Verdict.CONFIDENT: ft.Colors.PRIMARY,
    Verdict.UNCERTAIN: ft.Colors.SECONDARY,
    Verdict.REJECTED: ft.Colors.OUTLINE,
}
#: A label under every so many weeks, so that they do not run into each other on a phone; of large
#: text half as many, and none under the last week, where it would be cut.
_LABEL_EVERY, _LARGE_LABEL_EVERY = 3, 6
_SMALL = 12


def verdict_chart(weeks: Sequence[Week]) -> ft.Control:
    """A bar a week, stacked by verdict."""
    most = max(1, *(week.readings for week in weeks))
    step = max(1, math.ceil(most / 4))
    return charts.BarChart(
        groups=[charts.BarChartGroup(x=at, rods=[_rod(week)]) for at, week in enumerate(weeks)],
        max_y=step * math.ceil(most / step),
        min_y=0,
        interactive=False,
        left_axis=_counts(step, most),
        bottom_axis=_days(weeks),
        top_axis=charts.ChartAxis(show_labels=False),
        right_axis=charts.ChartAxis(show_labels=False),
        horizontal_grid_lines=charts.ChartGridLines(
            interval=step, color=ft.Colors.OUTLINE_VARIANT, width=1
        ),
    )


def _rod(week: Week) -> charts.BarChartRod:
    at, items = 0, []
    for verdict, colour in COLOURS.items():
        count = week.verdicts[verdict]
        items.append(charts.BarChartRodStackItem(from_y=at, to_y=at + count, color=colour))
        at += count
    return charts.BarChartRod(
        from_y=0, to_y=at, width=14, border_radius=theme.TIGHT / 2, stack_items=items
    )


def router_chart(weeks: Sequence[Week]) -> ft.Control:
    """The router's mean probability, where there were readings; the whole range, so that a small
    change does not look like a large one."""
    points = [
        charts.LineChartDataPoint(at, 100 * week.router_confidence)
        for at, week in enumerate(weeks)
        if week.router_confidence is not None
    ]
    return charts.LineChart(
        data_series=[
            charts.LineChartData(points=points, color=ft.Colors.PRIMARY, stroke_width=3, point=True)
        ],
        min_x=-0.5,
        max_x=len(weeks) - 0.5,
        min_y=0,
        max_y=100,
        interactive=False,
        left_axis=_counts(25, 100, formats.percent),
        bottom_axis=_days(weeks),
        top_axis=charts.ChartAxis(show_labels=False),
        right_axis=charts.ChartAxis(show_labels=False),
        horizontal_grid_lines=charts.ChartGridLines(
            interval=25, color=ft.Colors.OUTLINE_VARIANT, width=1
        ),
    )


def _counts(
    step: int, most: int, written: Callable[[float], str] = formats.number
) -> charts.ChartAxis:
    top = step * math.ceil(most / step)
    return charts.ChartAxis(
        label_size=theme.sized(44),
        label_spacing=step,
        labels=[
            charts.ChartAxisLabel(value=at, label=_label(written(at)))
            for at in range(0, top + 1, step)
        ],
    )


def _days(weeks: Sequence[Week]) -> charts.ChartAxis:
    every, last = _LABEL_EVERY, len(weeks) - 1
    if theme.text_is_large():
        every, last = _LARGE_LABEL_EVERY, last - _LARGE_LABEL_EVERY // 2
    return charts.ChartAxis(
        label_size=theme.sized(28),
        label_spacing=1,
        labels=[
            charts.ChartAxisLabel(value=at, label=_label(f"{week.monday:%m-%d}"))
            for at, week in enumerate(weeks)
            if (last - at) % every == 0
        ],
    )


def _label(text: str) -> ft.Control:
    return ft.Text(text, size=theme.sized(_SMALL), color=ft.Colors.ON_SURFACE_VARIANT)
