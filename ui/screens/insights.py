"""What the kept cases say together."""

from __future__ import annotations

import flet as ft

from core.reading.drift import IMAGES_TO_A_FALSE_ALARM
from core.reading.result import Verdict
from storage.insights import Agreement, Insights, PackInsights, Week
from ui import insights_words as words
from ui import theme
from ui import words as common_words
from ui.components.chart_card import ChartCard
from ui.components.notice import notice, quiet
from ui.components.section import bullets, heading, narrow_column, section
from ui.components.week_charts import COLOURS, router_chart, verdict_chart
from ui.language import formats, said
from ui.result_views import percent
from ui.state import AppState
from ui.wiring import Actions


def insights_screen(state: AppState, actions: Actions) -> ft.Control:
    """Warnings first, then weeks, agreement, and how each pack's images are."""
    found = state.insights
    top: list[ft.Control] = [heading(words.INSIGHTS_TITLE), quiet(words.ONLY_SAVED)]
    if found is None:
        if state.trouble is None:
            top += [ft.ProgressBar(semantics_label=words.COUNTING), quiet(words.COUNTING)]
        return narrow_column(top)
    if found.damaged:
        damaged = words.CASES_DAMAGED.format(count=found.damaged)
        top.append(notice(damaged, theme.TROUBLE_TONE))
    if not found.cases:
        return narrow_column([*top, notice(words.NOTHING_YET, theme.NOTE_TONE)])
    top.append(quiet(words.CASES_COUNTED.format(count=found.cases)))
    return narrow_column([*top, *_alarms(found), *_weeks(found), *_packs(found)])


def _alarms(found: Insights) -> list[ft.Control]:
    return [
        notice(words.DRIFT_ALARM.format(title=said(pack.title)), theme.TROUBLE_TONE)
        for pack in found.packs
        if pack.drift.alarm
    ]


def _weeks(found: Insights) -> list[ft.Control]:
    summary = words.WEEKS_SUMMARY.format(weeks=len(found.weeks), **_mix(found.weeks))
    lines = [
        words.WEEK_LINE.format(day=formats.day(week.monday), **_mix([week])) for week in found.weeks
    ]
    chart = verdict_chart(found.weeks)
    weeks = ChartCard(words.WEEKS_TITLE, summary, chart, lines, legend=_legend(), key="weeks")
    return [weeks, *_router(found.weeks)]


def _mix(weeks: list[Week] | tuple[Week, ...]) -> dict[str, int]:
    counts = {verdict: sum(week.verdicts[verdict] for week in weeks) for verdict in Verdict}
    return {
        "count": sum(counts.values()),
        "confident": counts[Verdict.CONFIDENT],
        "uncertain": counts[Verdict.UNCERTAIN],
        "refused": counts[Verdict.REJECTED],
    }


def _legend() -> ft.Control:
    return ft.Row(
        [
            ft.Row(
                [
                    ft.Icon(theme.VERDICT_TONES[verdict].icon, color=colour, size=theme.sized(16)),
                    ft.Text(common_words.VERDICTS[verdict], size=theme.sized(14)),
                ],
                spacing=theme.TIGHT,
                tight=True,
            )
            for verdict, colour in COLOURS.items()
        ],
        wrap=True,
        spacing=theme.GAP,
    )


def _router(weeks: tuple[Week, ...]) -> list[ft.Control]:
    known = [week.router_confidence for week in weeks if week.router_confidence is not None]
    if not known:
        return []
    summary = words.ROUTER_SUMMARY.format(low=percent(min(known)), high=percent(max(known)))
    lines = [_router_line(week) for week in weeks]
    chart = router_chart(weeks)
    card = ChartCard(words.ROUTER_TITLE, summary, chart, lines, words.ROUTER_HINT, key="router")
    return [card]


def _router_line(week: Week) -> str:
    day = formats.day(week.monday)
    if week.router_confidence is None:
        return words.ROUTER_NONE.format(day=day)
    return words.ROUTER_LINE.format(day=day, percent=percent(week.router_confidence))


def _packs(found: Insights) -> list[ft.Control]:
    agreement: list[ft.Control] = []
    drift: list[ft.Control] = []
    for pack in found.packs:
        title = ft.Text(_title(pack), size=theme.sized(16), weight=ft.FontWeight.W_600)
        agreement += [title, bullets(_agreement(pack))]
        again = ft.Text(_title(pack), size=theme.sized(16), weight=ft.FontWeight.W_600)
        drift += [again, ft.Text(" ".join(_drift(pack)), size=theme.sized(15))]
    hint = words.DRIFT_HINT.format(images=IMAGES_TO_A_FALSE_ALARM)
    return [
        section(words.AGREEMENT_TITLE, [*agreement, quiet(words.AGREEMENT_HINT)]),
        section(words.DRIFT_TITLE, [*drift, quiet(hint)]),
    ]


def _title(pack: PackInsights) -> str:
    return words.PACK_TITLE.format(title=said(pack.title), version=pack.version)


def _agreement(pack: PackInsights) -> list[str]:
    return [
        _agreed(pack.seen, words.AGREED_SEEN, words.NO_VIEWS_SEEN),
        _agreed(pack.blind, words.AGREED_BLIND, words.NO_VIEWS_BLIND),
    ]


def _agreed(agreement: Agreement, text: str, none: str) -> str:
    if not agreement.views:
        return none
    low, high = agreement.interval
    return text.format(
        agreed=agreement.agreed,
        views=agreement.views,
        low=formats.percent(100 * low),
        high=formats.percent(100 * high),
    )


def _drift(pack: PackInsights) -> list[str]:
    found = pack.drift
    counted = words.DRIFT_LINE.format(unlike=found.unlike, count=found.images, version=pack.version)
    if found.alarm:
        return [counted, words.DRIFT_SEE_ABOVE]
    return [counted, words.DRIFT_QUIET]
