"""The cases in the vault, the newest first, one page at a time."""

from __future__ import annotations

import flet as ft

from core.reading.result import Verdict
from ui import case_words, theme, words
from ui.components.case_tile import case_tile
from ui.components.choices import choice_row
from ui.components.fields import plain_field, use_typed
from ui.components.notice import notice, quiet
from ui.components.section import heading, narrow_column
from ui.history_filter import MONTH, NONE, TODAY, WEEK
from ui.state import AppState, HistoryView
from ui.wiring import Actions


def history_screen(state: AppState, actions: Actions) -> ft.Control:
    """Search, filters, and no more rows than a page has."""
    history = state.history
    return narrow_column(
        [
            heading(case_words.HISTORY_TITLE),
            _Search(history.wanted.text, state.settings.keep_codes, actions, key="search"),
            _Filters(history, actions, key="filters"),
            *_page(history, actions),
        ]
    )


def _page(history: HistoryView, actions: Actions) -> list[ft.Control]:
    if history.lines is None:
        return [ft.ProgressBar(semantics_label=case_words.LOADING)]
    controls: list[ft.Control] = []
    if history.damaged:
        said = case_words.HISTORY_DAMAGED.format(count=history.damaged)
        controls.append(notice(said, theme.TROUBLE_TONE))
    if not history.lines:
        filtered = history.wanted.count() or history.wanted.text
        empty = case_words.HISTORY_NOTHING if filtered else case_words.HISTORY_EMPTY
        controls.append(notice(empty, theme.NOTE_TONE))
    tiles = [case_tile(line, actions) for line in history.lines]
    controls.append(ft.Column(tiles, spacing=theme.TIGHT * 2))
    controls += pager(history.number, history.has_older, actions.book.newer, actions.book.older)
    return controls


def pager(number: int, has_older: bool, newer: object, older: object) -> list[ft.Control]:
    """Nothing where there is one page."""
    if number == 1 and not has_older:
        return []
    return [
        ft.Row(
            [
                ft.OutlinedButton(
                    case_words.NEWER,
                    icon=ft.Icons.CHEVRON_LEFT,
                    disabled=number == 1,
                    on_click=newer,
                ),
                ft.Text(case_words.PAGE_OF.format(number=number), size=theme.sized(15)),
                ft.OutlinedButton(
                    case_words.OLDER,
                    icon=ft.Icons.CHEVRON_RIGHT,
                    disabled=not has_older,
                    on_click=older,
                ),
            ],
            alignment=ft.MainAxisAlignment.SPACE_BETWEEN,
        )
    ]


@ft.component
def _Search(text: str, keeps_codes: bool, actions: Actions) -> ft.Control:  # noqa: N802
    typed = use_typed(text)

    async def search() -> None:
        await actions.book.want(text=typed.text)

    field = plain_field(case_words.SEARCH, typed, search)
    button = ft.OutlinedButton(case_words.SEARCH_BUTTON, icon=ft.Icons.SEARCH, on_click=search)
    row: ft.Control
    if theme.text_is_large():
        # Beside a large button a phone leaves the field no room for its own name.
        stretched = ft.CrossAxisAlignment.STRETCH
        row = ft.Column([field, button], theme.TIGHT * 2, horizontal_alignment=stretched)
    else:
        field.expand = True
        row = ft.Row([field, button], spacing=theme.TIGHT * 2)
    if keeps_codes:
        return row
    return ft.Column([row, quiet(case_words.SEARCH_WHOLE)], spacing=theme.TIGHT)


@ft.component
def _Filters(history: HistoryView, actions: Actions) -> ft.Control:  # noqa: N802
    """Closed until asked for: most people only want the newest."""
    is_open, set_open = ft.use_state(False)
    wanted = history.wanted
    count = wanted.count()
    label = case_words.FILTERS_ON.format(count=count) if count else case_words.FILTERS
    button = ft.TextButton(
        case_words.HIDE_FILTERS if is_open else label,
        icon=ft.Icons.FILTER_LIST,
        on_click=lambda: set_open(not is_open),
    )
    if not is_open:
        return button
    every = ("", case_words.ALL)
    times = [
        every,
        (TODAY, case_words.TODAY),
        (WEEK, case_words.WEEK),
        (MONTH, case_words.MONTH),
    ]
    verdicts = [every, *((one.value, words.VERDICTS[one]) for one in Verdict)]
    opinions = [
        every,
        *((one.value, name) for one, name in case_words.OPINIONS.items()),
        (NONE, case_words.NO_OPINION),
    ]
    packs = [every, *history.choices.packs, (NONE, case_words.NO_PACK)]
    rows = [
        _filter(case_words.BY_VERDICT, "verdict", verdicts, wanted.verdict, actions),
        _filter(case_words.BY_OPINION, "opinion", opinions, wanted.opinion, actions),
        _filter(case_words.BY_TIME, "time", times, wanted.time, actions),
        _filter(case_words.BY_PACK, "pack", packs, wanted.pack, actions),
    ]
    if len(history.choices.users) > 1:
        users = [every, *history.choices.users]
        rows.append(_filter(case_words.BY_USER, "user", users, wanted.user, actions))
    if count:
        rows.append(ft.TextButton(case_words.CLEAR, on_click=actions.book.want_everything))
    return ft.Column([button, *rows], spacing=theme.GAP)


def _filter(
    title: str, name: str, options: list[tuple[str, str]], chosen: str, actions: Actions
) -> ft.Control:
    async def choose(value: str) -> None:
        await actions.book.want(**{name: value})

    return ft.Column([quiet(title), choice_row(options, chosen, choose)], spacing=theme.TIGHT)
