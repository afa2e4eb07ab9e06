"""Who may sign in here."""

from __future__ import annotations

from collections.abc import Callable

import flet as ft

from storage.key_file import Role
from ui import case_words, office, theme, vault_words, words
from ui.components.choices import choice_row
from ui.components.fields import plain_field, secret_field, use_typed
from ui.components.notice import notice, quiet
from ui.components.section import heading, narrow_column, section
from ui.language import listed
from ui.screens.welcome import RecoveryKeyCard, secret_rule
from ui.state import AppState, Person
from ui.wiring import Actions


def users_screen(state: AppState, actions: Actions) -> ft.Control:
    """The list, or the form that was asked for."""
    view = state.office
    # Before anything else: these stay while the vault works, or what was typed would be lost when
    # it refuses.
    if view.doing == office.ADDING:
        return _AddUser(state, actions, state.busy, key="add-user")
    if view.doing == office.CHANGING:
        return _ChangeSecret(state, actions, state.busy, key="change-secret")
    if state.busy:
        return narrow_column([heading(words.USERS_TITLE), _working()])
    if view.recovery_key:
        return RecoveryKeyCard(
            view.recovery_key,
            case_words.DONE,
            lambda: actions.office.do(""),
            key="new-recovery-key",
        )
    if view.doing == office.RENEWING:
        return _renew(actions)
    if view.doing.startswith(office.REMOVING):
        return _remove(state, actions, view.doing.removeprefix(office.REMOVING))
    return _list(state, actions)


def _list(state: AppState, actions: Actions) -> ft.Control:
    me = state.person
    supervisor = me is not None and me.supervisor
    controls: list[ft.Control] = [heading(words.USERS_TITLE), quiet(case_words.USERS_INTRO)]
    if me is not None and not me.id:
        controls.append(notice(case_words.CAME_WITH_KEY, theme.CAUTION_TONE))
    controls += [_person(person, me, actions) for person in state.office.people]
    if supervisor:
        controls.append(
            ft.FilledButton(
                case_words.ADD_USER,
                icon=ft.Icons.PERSON_ADD_ALT,
                on_click=lambda: actions.office.do(office.ADDING),
            )
        )
    else:
        controls.append(quiet(case_words.ONLY_SUPERVISORS))
    if me is not None and me.id:
        controls.append(
            ft.OutlinedButton(
                case_words.CHANGE_SECRET,
                icon=ft.Icons.PASSWORD,
                on_click=lambda: actions.office.do(office.CHANGING),
            )
        )
    if supervisor:
        controls.append(
            ft.OutlinedButton(
                case_words.NEW_RECOVERY,
                icon=ft.Icons.KEY_OUTLINED,
                on_click=lambda: actions.office.do(office.RENEWING),
            )
        )
    return narrow_column(controls)


def _person(person: Person, me: Person | None, actions: Actions) -> ft.Control:
    role = _role(person)
    is_me = me is not None and me.id == person.id
    about = listed([role, case_words.YOU]) if is_me else role
    may_remove = me is not None and me.supervisor and not is_me
    remove = ft.TextButton(
        case_words.REMOVE.format(name=person.name),
        icon=ft.Icons.PERSON_REMOVE_OUTLINED,
        on_click=lambda: actions.office.do(office.REMOVING + person.id),
    )
    return ft.Container(
        ft.Column(
            [
                ft.Text(person.name, size=theme.sized(17), weight=ft.FontWeight.W_600),
                quiet(about),
                *([remove] if may_remove else []),
            ],
            spacing=theme.TIGHT,
        ),
        padding=theme.MARGIN,
        border_radius=theme.CORNER,
        bgcolor=ft.Colors.SURFACE_CONTAINER_LOW,
    )


def _role(person: Person) -> str:
    if person.supervisor:
        return case_words.SUPERVISOR
    return case_words.REVIEWER if person.reviewer else case_words.CLINICIAN


@ft.component
def _AddUser(state: AppState, actions: Actions, busy: bool) -> ft.Control:  # noqa: N802
    name, secret, again = use_typed(), use_typed(), use_typed()
    role, set_role = ft.use_state(Role.CLINICIAN.value)
    differ, set_differ = ft.use_state(False)

    async def add() -> None:
        set_differ(secret.text != again.text)
        if secret.text == again.text:
            await actions.office.add_user(name.text, secret.text, Role(role))

    roles = [
        (Role.CLINICIAN.value, case_words.CLINICIAN),
        (Role.REVIEWER.value, case_words.REVIEWER),
        (Role.SUPERVISOR.value, case_words.SUPERVISOR),
    ]
    takes_pins = state.entrance.takes_pins
    return narrow_column(
        [
            heading(case_words.ADD_TITLE),
            plain_field(case_words.USER_NAME, name),
            quiet(case_words.ROLE_TITLE),
            choice_row(roles, role, set_role),
            quiet(case_words.ROLE_HINT),
            quiet(secret_rule(takes_pins, state.in_browser)),
            secret_field(_secret_label(takes_pins), secret),
            secret_field(
                vault_words.SECRET_AGAIN, again, add, vault_words.SECRETS_DIFFER if differ else ""
            ),
            *_buttons(case_words.ADD_NOW, add, actions, busy),
        ]
    )


@ft.component
def _ChangeSecret(state: AppState, actions: Actions, busy: bool) -> ft.Control:  # noqa: N802
    current, secret, again = use_typed(), use_typed(), use_typed()
    differ, set_differ = ft.use_state(False)

    async def change() -> None:
        set_differ(secret.text != again.text)
        if secret.text == again.text:
            await actions.office.change_secret(current.text, secret.text)

    return narrow_column(
        [
            heading(case_words.CHANGE_TITLE),
            secret_field(case_words.CURRENT, current),
            quiet(secret_rule(state.entrance.takes_pins, state.in_browser)),
            secret_field(case_words.NEW_SECRET, secret),
            secret_field(
                vault_words.SECRET_AGAIN,
                again,
                change,
                vault_words.SECRETS_DIFFER if differ else "",
            ),
            *_buttons(case_words.CHANGE_NOW, change, actions, busy),
        ]
    )


def _renew(actions: Actions) -> ft.Control:
    return narrow_column(
        [
            heading(case_words.NEW_RECOVERY_TITLE),
            notice(case_words.NEW_RECOVERY_TEXT, theme.CAUTION_TONE),
            ft.FilledButton(case_words.MAKE_IT, on_click=actions.office.new_recovery_key),
            _cancel(actions),
        ]
    )


def _remove(state: AppState, actions: Actions, user_id: str) -> ft.Control:
    name = next((one.name for one in state.office.people if one.id == user_id), "")

    async def remove() -> None:
        await actions.office.remove_user(user_id, name)

    return narrow_column(
        [
            section(
                case_words.REMOVE_TITLE.format(name=name),
                [
                    ft.Text(case_words.REMOVE_TEXT, size=theme.sized(15)),
                    ft.FilledButton(
                        case_words.REMOVE_NOW,
                        bgcolor=ft.Colors.ERROR,
                        color=ft.Colors.ON_ERROR,
                        on_click=remove,
                    ),
                    _cancel(actions),
                ],
            )
        ]
    )


def _buttons(
    label: str, do: Callable[[], object], actions: Actions, busy: bool
) -> list[ft.Control]:
    """Below a form; while the vault works, that it does."""
    if busy:
        return [_working()]
    return [ft.FilledButton(label, on_click=do), _cancel(actions)]


def _working() -> ft.Control:
    return ft.ProgressBar(semantics_label=case_words.WORKING)


def _cancel(actions: Actions) -> ft.Control:
    return ft.TextButton(case_words.CANCEL, on_click=lambda: actions.office.do(""))


def _secret_label(takes_pins: bool) -> str:
    return vault_words.SECRET_PIN_OK if takes_pins else vault_words.SECRET_PASSPHRASE
