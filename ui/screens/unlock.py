"""The lock: who, and with which secret."""

from __future__ import annotations

import flet as ft

from ui import sync_words, theme, vault_words
from ui.components.fields import plain_field, secret_field, use_typed
from ui.components.notice import failure_notice, notice, quiet
from ui.components.section import heading, narrow_column
from ui.state import AppState, Entrance, LockedBy, Person
from ui.wiring import Actions


def unlock_screen(state: AppState, actions: Actions) -> ft.Control:
    """Choose a name, then say the secret; or open with the recovery key."""
    entrance = state.entrance
    controls: list[ft.Control] = [heading(vault_words.UNLOCK_TITLE)]
    if entrance.held:  # Says all that there is to say of the other window.
        controls.append(notice(vault_words.HELD, theme.CAUTION_TONE))
    elif entrance.locked_by:
        controls.append(notice(_why(entrance.locked_by), theme.NOTE_TONE))
    if entrance.keeps_work:
        controls.append(notice(vault_words.WORK_KEPT, theme.NOTE_TONE))
    if entrance.recovering:
        controls.append(_Recovery(entrance, actions, key="recovery"))
    elif person := _chosen(entrance):
        controls.append(_Secret(entrance, person, actions, key=f"secret-{person.id}"))
    else:
        controls += _people(entrance, actions)
    if state.sync.goes_on_locked:
        controls.append(quiet(sync_words.GOES_ON))
    return narrow_column(controls)


def _why(locked_by: LockedBy) -> str:
    return {
        LockedBy.TIME: vault_words.LOCKED_BY_TIME,
        LockedBy.ELSEWHERE: vault_words.LOCKED_ELSEWHERE,
        LockedBy.ACCESS: vault_words.LOCKED_BY_ACCESS,
    }[locked_by]


def barred_screen(state: AppState, actions: Actions) -> ft.Control:
    """The vault is there and cannot be used: why, and what can be done."""
    return narrow_column(
        [
            heading(vault_words.BARRED_TITLE),
            *failure_notice(state.entrance.failure),
            ft.FilledButton(
                vault_words.TRY_AGAIN, icon=ft.Icons.REFRESH, on_click=actions.front.look
            ),
        ]
    )


def looking_screen(state: AppState, actions: Actions) -> ft.Control:
    """For the moment in which the vault is looked for."""
    return narrow_column([ft.ProgressBar(semantics_label=vault_words.LOOKING)])


def _chosen(entrance: Entrance) -> Person | None:
    return next((person for person in entrance.people if person.id == entrance.chosen), None)


def _people(entrance: Entrance, actions: Actions) -> list[ft.Control]:
    def button(person: Person) -> ft.Control:
        label = f"{person.name} ({vault_words.SUPERVISOR})" if person.supervisor else person.name
        return ft.OutlinedButton(
            label,
            icon=ft.Icons.PERSON_OUTLINE,
            on_click=lambda: actions.front.choose(person.id),
        )

    return [
        ft.Text(vault_words.WHO, size=theme.sized(16)),
        *[button(person) for person in entrance.people],
        *failure_notice(entrance.failure),
        _recovery_button(actions),
    ]


def _recovery_button(actions: Actions) -> ft.Control:
    return ft.TextButton(
        vault_words.USE_RECOVERY,
        icon=ft.Icons.KEY_OUTLINED,
        on_click=lambda: actions.front.use_recovery_key(True),
    )


@ft.component
def _Secret(entrance: Entrance, person: Person, actions: Actions) -> ft.Control:  # noqa: N802
    secret = use_typed()

    async def unlock() -> None:
        typed = secret.text
        secret.put("")
        await actions.front.unlock(typed)

    if entrance.busy:
        return _working()
    label = vault_words.SECRET_PIN_OK if entrance.takes_pins else vault_words.SECRET_PASSPHRASE
    controls: list[ft.Control] = [
        ft.Text(person.name, size=theme.sized(20), weight=ft.FontWeight.W_600),
        secret_field(label, secret, unlock),
        *waiting(entrance),
        ft.FilledButton(
            vault_words.UNLOCK,
            icon=ft.Icons.LOCK_OPEN,
            disabled=entrance.wait > 0,
            on_click=unlock,
        ),
    ]
    if len(entrance.people) > 1:
        controls.append(
            ft.TextButton(
                vault_words.SOMEONE_ELSE,
                icon=ft.Icons.SWITCH_ACCOUNT_OUTLINED,
                on_click=lambda: actions.front.choose(""),
            )
        )
    controls.append(_recovery_button(actions))
    return narrow_column(controls)


def waiting(entrance: Entrance) -> list[ft.Control]:
    """How long it takes until the next try; else what was wrong with the last one."""
    if not entrance.wait:
        return failure_notice(entrance.failure)
    minutes, seconds = divmod(entrance.wait, 60)
    said = (
        vault_words.WAIT_MINUTES.format(minutes=minutes, seconds=seconds)
        if minutes
        else vault_words.WAIT_SECONDS.format(seconds=seconds)
    )
    return [notice(said, theme.CAUTION_TONE)]


def _working() -> ft.Control:
    return narrow_column(
        [
            ft.ProgressBar(semantics_label=vault_words.UNLOCKING),
            quiet(vault_words.UNLOCKING),
        ]
    )


@ft.component
def _Recovery(entrance: Entrance, actions: Actions) -> ft.Control:  # noqa: N802
    typed = use_typed()

    async def recover() -> None:
        await actions.front.recover(typed.text)

    if entrance.busy:
        return _working()
    controls: list[ft.Control] = [
        plain_field(vault_words.RECOVERY_FIELD, typed, recover),
        quiet(vault_words.RECOVERY_HINT),
        *failure_notice(entrance.failure),
        ft.FilledButton(vault_words.OPEN_WITH_KEY, icon=ft.Icons.KEY, on_click=recover),
    ]
    if entrance.people:
        controls.append(
            ft.TextButton(vault_words.BACK, on_click=lambda: actions.front.use_recovery_key(False))
        )
    return narrow_column(controls)
