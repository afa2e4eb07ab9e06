"""The hospital's image archive: find a study by its number and read it; a supervisor sets it up."""

from __future__ import annotations

import flet as ft

from core.pacs.access import SignIn
from ui import archive_words as words
from ui import theme
from ui.archive_desk import access_of
from ui.archive_views import ArchiveView, StudyLine, Work
from ui.components.choices import choice_row
from ui.components.fields import plain_field, secret_field, use_typed
from ui.components.notice import notice, quiet
from ui.components.section import heading, narrow_column, section
from ui.state import AppState, Stage
from ui.wiring import Actions


def archive_screen(state: AppState, actions: Actions) -> ft.Control:
    """Finding first; setting up is done once."""
    view = state.archive
    supervisor = state.person is not None and state.person.supervisor
    controls: list[ft.Control] = [heading(words.ARCHIVE_TITLE)]
    if view.address:
        controls.append(quiet(words.ARCHIVE_AT.format(address=view.address)))
    else:
        controls.append(notice(words.NOT_SET_UP, theme.CAUTION_TONE))
    if view.address and not view.changing:
        controls.append(_finding(state, actions))
    if supervisor and (view.changing or not view.address):
        controls.append(_SettingUp(view, actions, key="archive-settings"))
    elif supervisor:
        controls.append(ft.TextButton(words.CHANGE, on_click=lambda: actions.archive.change(True)))
    return narrow_column(controls)


def _finding(state: AppState, actions: Actions) -> ft.Control:
    view = state.archive
    if state.stage is not Stage.HOME:
        return section(words.FIND_TITLE, [notice(words.READING_FIRST, theme.NOTE_TONE)])
    return section(
        words.FIND_TITLE,
        [
            quiet(words.FIND_TEXT),
            _Search(view.work is not Work.NOTHING, actions, key="archive-search"),
            *_under_way(view, actions),
            *_found(view, actions),
        ],
    )


@ft.component
def _Search(busy: bool, actions: Actions) -> ft.Control:  # noqa: N802 - a component
    number = use_typed()

    async def find() -> None:
        await actions.archive.find(number.text)

    button = ft.FilledButton(words.FIND, icon=ft.Icons.SEARCH, on_click=find, disabled=busy)
    return ft.Column(
        [plain_field(words.NUMBER_FIELD, number, find), button],
        spacing=theme.GAP,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )


def _under_way(view: ArchiveView, actions: Actions) -> list[ft.Control]:
    """What is going on, and the way to stop it."""
    stop = ft.OutlinedButton(words.STOP, icon=ft.Icons.CLOSE, on_click=actions.archive.cancel)
    if view.work is Work.SEARCHING:
        return [ft.ProgressBar(semantics_label=words.SEARCHING), quiet(words.SEARCHING), stop]
    if view.work is not Work.FETCHING:
        return []
    share = min(1.0, view.received / view.expected) if view.expected else None
    told = (
        words.FETCHING_OF.format(count=view.received, total=view.expected)
        if view.expected
        else words.FETCHING.format(count=view.received)
    )
    return [ft.ProgressBar(value=share, semantics_label=told), quiet(told), stop]


def _found(view: ArchiveView, actions: Actions) -> list[ft.Control]:
    if view.found is None or view.work is not Work.NOTHING:
        return []
    if not view.found:
        said = notice(words.NOTHING_FOUND, theme.NOTE_TONE)
        return [ft.Semantics(content=said, live_region=True)]
    return [quiet(words.CHECK_PATIENT), *(_study(each, actions) for each in view.found)]


def _study(study: StudyLine, actions: Actions) -> ft.Control:
    async def fetch() -> None:
        await actions.archive.fetch(study)

    return ft.Column(
        [
            ft.ListTile(
                leading=ft.Icon(ft.Icons.IMAGE_OUTLINED),
                title=study.title,
                subtitle=study.about,
                bgcolor=ft.Colors.SURFACE_CONTAINER_HIGH,
                shape=ft.RoundedRectangleBorder(radius=theme.CORNER),
                min_height=64,
            ),
            ft.FilledButton(words.FETCH, icon=ft.Icons.DOWNLOAD, on_click=fetch),
        ],
        spacing=theme.TIGHT * 2,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )


@ft.component
def _SettingUp(view: ArchiveView, actions: Actions) -> ft.Control:  # noqa: N802 - a component
    """What was kept stands in it, but for the secret, which is typed anew."""
    address, user = use_typed(view.address), use_typed(view.user)
    secret, authority = use_typed(), use_typed(view.authority)
    way, set_way = ft.use_state(view.sign_in.value)
    sign_in = SignIn(way)

    async def keep() -> None:
        await actions.archive.keep(
            access_of(address.text, sign_in, user.text, secret.text, authority.text)
        )

    signing: list[ft.Control] = []
    if sign_in is SignIn.PASSWORD:
        signing.append(plain_field(words.USER_FIELD, user))
    if sign_in is not SignIn.NONE:
        label = words.TOKEN_FIELD if sign_in is SignIn.TOKEN else words.PASSWORD_FIELD
        signing.append(secret_field(label, secret))
    trying = view.work is Work.TRYING
    under_way = [ft.ProgressBar(semantics_label=words.TRYING)] if trying else []
    return section(
        words.SET_UP_TITLE,
        [
            quiet(words.SET_UP_TEXT),
            plain_field(words.ADDRESS_FIELD, address),
            quiet(words.SIGN_IN_AS),
            choice_row([(each.value, name) for each, name in words.SIGN_INS.items()], way, set_way),
            # Other fields are other boxes: none takes over what was typed into another.
            ft.Column(
                signing,
                spacing=theme.GAP,
                horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
                key=f"sign-in-{way}",
            ),
            plain_field(words.AUTHORITY_FIELD, authority, lines=3),
            ft.FilledButton(words.TRY_AND_KEEP, on_click=keep, disabled=trying),
            *under_way,
            *(_leaving(actions) if view.address else []),
        ],
    )


def _leaving(actions: Actions) -> list[ft.Control]:
    return [
        ft.TextButton(words.CANCEL, on_click=lambda: actions.archive.change(False)),
        ft.TextButton(words.FORGET, icon=ft.Icons.DELETE_OUTLINE, on_click=actions.archive.forget),
    ]
