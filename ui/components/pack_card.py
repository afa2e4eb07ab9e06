"""One pack: whether it may be used, for what, and for what not."""

from __future__ import annotations

import flet as ft

from ui import pack_words, theme, words
from ui.components.notice import notice, quiet
from ui.components.pack_figures_card import PackFiguresCard
from ui.components.section import bullets, section
from ui.language import said
from ui.pack_views import PackView
from ui.wiring import Actions


def pack_card(pack: PackView, actions: Actions | None = None) -> ft.Control:
    """For the packs page: the signature, the version, the figures, the tests. ``actions`` for
    whoever may go back to the version before."""
    back = [_back(pack, actions)] if pack.can_go_back and actions else []
    if pack.problem:
        return section(pack.title, [notice(said(pack.problem), theme.TROUBLE_TONE), *back])
    version = words.VERSION.format(version=pack.version)
    controls: list[ft.Control] = [
        ft.Row(
            [
                ft.Icon(ft.Icons.VERIFIED_OUTLINED, size=theme.sized(20), color=ft.Colors.PRIMARY),
                ft.Text(f"{words.VERIFIED}. {version}.", size=theme.sized(15), expand=True),
            ],
            spacing=theme.TIGHT * 2,
        ),
        quiet(pack.review_by),
    ]
    if pack.experimental:
        controls.append(notice(pack_words.MARKED_EVERYWHERE, theme.CAUTION_TONE))
    if pack.figures:
        controls.append(PackFiguresCard(pack.figures, key=f"figures-{pack.id}"))
    if pack.evaluation:
        controls.append(_Tests(pack.evaluation, key=f"tests-{pack.id}"))
    return section(pack.title, [*controls, *back])


def _back(pack: PackView, actions: Actions) -> ft.Control:
    async def go_back() -> None:
        await actions.packs.go_back(pack.id)

    return ft.TextButton(pack_words.GO_BACK, icon=ft.Icons.HISTORY, on_click=go_back)


@ft.component
def _Tests(figures: tuple[str, ...]) -> ft.Control:  # noqa: N802 - a component
    """There may be dozens of figures: drawn when asked for."""
    is_open, set_open = ft.use_state(False)
    label = words.HIDE_TESTS if is_open else words.SHOW_TESTS.format(count=len(figures))
    icon = ft.Icons.EXPAND_LESS if is_open else ft.Icons.EXPAND_MORE
    button = ft.TextButton(label, icon=icon, on_click=lambda: set_open(not is_open))
    shown = [bullets(figures)] if is_open else []
    return ft.Column([button, *shown], horizontal_alignment=ft.CrossAxisAlignment.START)


def limits_card(pack: PackView) -> ft.Control:
    """For the about page: intended use and its limits."""
    controls: list[ft.Control] = [
        _titled(words.INTENDED_USE, pack.intended_use),
        _titled(words.POPULATION, pack.population),
    ]
    if pack.not_for:
        controls.append(ft.Text(words.NOT_FOR, size=theme.sized(15), weight=ft.FontWeight.W_600))
        controls.append(bullets(pack.not_for))
    if pack.experimental:
        controls.append(notice(words.EXPERIMENTAL, theme.CAUTION_TONE))
    return section(pack.title, controls)


def _titled(title: str, text: str) -> ft.Control:
    return ft.Column(
        [
            ft.Text(title, size=theme.sized(15), weight=ft.FontWeight.W_600),
            ft.Text(text, size=theme.sized(15)),
        ],
        spacing=2,
    )
