"""What stays around every screen: the title, the tabs, who is signed in, the way back."""

from __future__ import annotations

import flet as ft

from ui import clock_words, theme, vault_words, words
from ui.clock_desk import is_about_clock
from ui.components.icon_button import icon_button
from ui.components.notice import failure_notice, notice, success_notice
from ui.language import said
from ui.routes import address_of, is_deep
from ui.state import TABS, AppState, Gate, Place, tab_of
from ui.text_size import text_is_large
from ui.wiring import Actions

_ICONS = {
    Place.READ: ft.Icons.IMAGE_SEARCH,
    Place.HISTORY: ft.Icons.HISTORY,
    Place.PACKS: ft.Icons.INVENTORY_2_OUTLINED,
    Place.MORE: ft.Icons.MENU,
}

_STRIP = ft.Padding.only(left=theme.MARGIN, top=theme.TIGHT * 2, right=theme.TIGHT)


def frame(state: AppState, actions: Actions, content: ft.Control) -> list[ft.View]:
    """Tabs below on phones, along the side where there is room. Deep down in the app a second
    view lies over the first, so that the system's back button leads up and not out."""
    views = [_view(state, actions, content)]
    if state.gate is Gate.OPEN and is_deep(state):
        views.insert(0, ft.View(route="/", controls=[]))
    return views


def _view(state: AppState, actions: Actions, content: ft.Control) -> ft.View:
    is_open = state.gate is Gate.OPEN
    wide = state.width >= theme.WIDE_FROM
    body = ft.Column(
        [ft.Container(content, padding=theme.MARGIN, alignment=ft.Alignment.TOP_CENTER)],
        expand=True,
        scroll=ft.ScrollMode.AUTO,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
        # Whoever scrolls is there: the lock hears of it.
        on_scroll=lambda _: None,
        scroll_interval=1000,
        # A new screen starts at its top.
        key=f"{state.language.value}-{state.gate.name}-{state.entrance.step.name}-{address_of(state)}-{state.stage.name}"
        f"-{state.shown}-{state.office.doing}-{state.text_size}"
        f"-{state.sheet.tool.name if state.sheet else ''}",
    )
    strip = _strip(state, actions) if is_open else []
    column = ft.Column([*strip, body], spacing=0, expand=True)
    # A tablet that is turned keeps what was typed and opened, and its camera: the screen stays
    # the second of two, whether or not there are tabs beside it.
    beside = _rail(state, actions) if is_open and wide else ft.Container(width=0)
    inside = ft.Row([beside, column], spacing=0, expand=True)
    return ft.View(
        route="/deep" if is_open and is_deep(state) else "/",
        padding=0,
        spacing=0,
        appbar=_bar(state, actions),
        controls=[ft.SafeArea(inside, expand=True)],
        navigation_bar=_bottom(state, actions) if is_open and not wide else None,
    )


def _strip(state: AppState, actions: Actions) -> list[ft.Control]:
    """What went well or wrong, above whatever is scrolled: it must be seen."""
    shown = failure_notice(state.trouble) or ([success_notice(state.told)] if state.told else [])
    # The clock's own page says more.
    notices = [n for n in state.notices if state.place is not Place.CLOCK or not is_about_clock(n)]
    shown += [notice(said(one), theme.CAUTION_TONE) for one in notices]
    if any(map(is_about_clock, notices)):
        shown.append(_to_clock(actions))
    if not shown:
        return []
    close = icon_button(ft.Icons.CLOSE, words.CLOSE, actions.hush)
    column = ft.Column(shown, spacing=theme.TIGHT * 2, expand=True)
    return [ft.Container(ft.Row([column, close], spacing=theme.TIGHT), padding=_STRIP)]


def _to_clock(actions: Actions) -> ft.Control:
    async def go() -> None:
        await actions.go(Place.CLOCK)

    return ft.TextButton(clock_words.CHECK_DATE, icon=ft.Icons.CHEVRON_RIGHT, on_click=go)


def _bar(state: AppState, actions: Actions) -> ft.AppBar:
    is_open = state.gate is Gate.OPEN
    back = icon_button(ft.Icons.ARROW_BACK, words.BACK, actions.back)
    return ft.AppBar(
        leading=back if is_open and is_deep(state) else None,
        title=ft.Column(
            [
                ft.Text(words.APP, weight=ft.FontWeight.W_600, size=theme.sized(19)),
                ft.Text(
                    words.NOT_A_DEVICE,
                    size=min(18, theme.sized(12)),
                    max_lines=3,
                    overflow=ft.TextOverflow.CLIP,
                    no_wrap=False,
                    color=ft.Colors.ON_SURFACE_VARIANT,
                ),
            ],
            spacing=0,
            tight=True,
        ),
        bgcolor=ft.Colors.SURFACE_CONTAINER,
        # Two lines of text, and three where they are large: "not certified" is never cut off.
        toolbar_height=theme.sized(62) if text_is_large() else max(60, theme.sized(52)),
        automatically_imply_leading=False,
        actions_padding=ft.Padding.only(right=theme.TIGHT * 2),
        actions=_person(state, actions) if is_open else None,
    )


def _person(state: AppState, actions: Actions) -> list[ft.Control]:
    """Who is signed in, and the two ways out."""
    if state.person is None:
        return []
    name = state.person.name or vault_words.RECOVERED_NAME
    switch = vault_words.SWITCH_USER.format(name=name)
    return [
        icon_button(ft.Icons.ACCOUNT_CIRCLE_OUTLINED, switch, actions.front.switch_user),
        icon_button(ft.Icons.LOCK_OUTLINE, vault_words.LOCK, actions.front.lock),
    ]


def _bottom(state: AppState, actions: Actions) -> ft.NavigationBar:
    async def changed(event: ft.Event[ft.NavigationBar]) -> None:
        # Not the control's own index: a re-render since the tap would have set it back.
        await actions.go(TABS[int(event.data)])

    return ft.NavigationBar(
        selected_index=TABS.index(tab_of(state.place)),
        on_change=changed,
        bgcolor=ft.Colors.SURFACE_CONTAINER,
        indicator_color=ft.Colors.PRIMARY_CONTAINER,
        destinations=[
            ft.NavigationBarDestination(icon=icon, selected_icon=_selected(icon), label=label)
            for label, icon in _tabs()
        ],
    )


def _rail(state: AppState, actions: Actions) -> ft.NavigationRail:
    async def changed(event: ft.Event[ft.NavigationRail]) -> None:
        await actions.go(TABS[int(event.data)])

    return ft.NavigationRail(
        selected_index=TABS.index(tab_of(state.place)),
        on_change=changed,
        bgcolor=ft.Colors.SURFACE_CONTAINER_LOW,
        indicator_color=ft.Colors.PRIMARY_CONTAINER,
        label_type=ft.NavigationRailLabelType.ALL,
        min_width=88,
        destinations=[
            ft.NavigationRailDestination(icon=icon, selected_icon=_selected(icon), label=label)
            for label, icon in _tabs()
        ],
    )


def _tabs() -> list[tuple[str, ft.IconData]]:
    labels = {
        Place.READ: words.READ_TAB,
        Place.HISTORY: words.HISTORY_TAB,
        Place.PACKS: words.PACKS_TAB,
        Place.MORE: words.MORE_TAB,
    }
    return [(labels[place], _ICONS[place]) for place in TABS]


def _selected(icon: ft.IconData) -> ft.Icon:
    return ft.Icon(icon, color=ft.Colors.ON_PRIMARY_CONTAINER)
