"""The first start, step by step: the language, what this is, who you are, the recovery key, the
clinic."""

from __future__ import annotations

import flet as ft

from ui import care_words, theme, vault_words, words
from ui.components.fields import plain_field, secret_field, use_typed
from ui.components.language_choice import language_choice
from ui.components.notice import failure_notice, notice, quiet
from ui.components.section import heading, narrow_column
from ui.state import AppState, Entrance, WelcomeStep
from ui.wiring import Actions

_STEPS = tuple(WelcomeStep)


def welcome_screen(state: AppState, actions: Actions) -> ft.Control:
    """One step at a time, so that a phone shows it whole."""
    entrance = state.entrance
    step = {
        WelcomeStep.LANGUAGE: _language,
        WelcomeStep.WHAT_IT_IS: _what_it_is,
        WelcomeStep.USER: _user,
        WelcomeStep.RECOVERY_KEY: _recovery_key,
        WelcomeStep.CLINIC: _clinic,
    }[entrance.step]
    number = _STEPS.index(entrance.step) + 1
    return narrow_column(
        [
            quiet(vault_words.STEP_OF.format(number=number, total=len(_STEPS))),
            step(state, actions),
        ]
    )


def _language(state: AppState, actions: Actions) -> ft.Control:
    return narrow_column(
        [
            heading(vault_words.WELCOME),
            language_choice(state, actions),
            ft.FilledButton(
                vault_words.NEXT, on_click=lambda: actions.front.step(WelcomeStep.WHAT_IT_IS)
            ),
        ]
    )


def _what_it_is(state: AppState, actions: Actions) -> ft.Control:
    return narrow_column(
        [
            heading(words.WHAT_IT_IS),
            ft.Text(words.WHAT_IT_IS_TEXT, size=theme.sized(16)),
            notice(words.NOT_A_DEVICE, theme.CAUTION_TONE, 17),
            ft.Text(words.WHAT_IT_IS_NOT_TEXT, size=theme.sized(16)),
            ft.FilledButton(
                vault_words.NEXT, on_click=lambda: actions.front.step(WelcomeStep.USER)
            ),
            ft.TextButton(
                care_words.RESTORE_LINK,
                icon=ft.Icons.SETTINGS_BACKUP_RESTORE,
                on_click=actions.care.begin_restore,
            ),
        ]
    )


def _user(state: AppState, actions: Actions) -> ft.Control:
    return UserStep(state.entrance, state.in_browser, actions, key="user-step")


@ft.component
def UserStep(entrance: Entrance, in_browser: bool, actions: Actions) -> ft.Control:  # noqa: N802
    """Name and secret, the secret twice: nobody can look it up afterwards."""
    name, secret, again = use_typed(), use_typed(), use_typed()
    differ, set_differ = ft.use_state(False)

    async def make() -> None:
        set_differ(secret.text != again.text)
        if secret.text == again.text:
            await actions.front.begin(name.text, secret.text)

    if entrance.busy:
        return narrow_column(
            [
                heading(vault_words.YOU_TITLE),
                ft.ProgressBar(semantics_label=vault_words.MAKING),
                quiet(vault_words.MAKING),
            ]
        )
    label = vault_words.SECRET_PIN_OK if entrance.takes_pins else vault_words.SECRET_PASSPHRASE
    return narrow_column(
        [
            heading(vault_words.YOU_TITLE),
            ft.Text(vault_words.YOU_TEXT, size=theme.sized(16)),
            plain_field(vault_words.NAME, name),
            quiet(secret_rule(entrance.takes_pins, in_browser)),
            secret_field(label, secret),
            secret_field(
                vault_words.SECRET_AGAIN,
                again,
                make,
                vault_words.SECRETS_DIFFER if differ else "",
            ),
            *failure_notice(entrance.failure),
            ft.FilledButton(vault_words.MAKE, on_click=make),
            ft.TextButton(
                vault_words.BACK, on_click=lambda: actions.front.step(WelcomeStep.WHAT_IT_IS)
            ),
        ]
    )


def secret_rule(takes_pins: bool, in_browser: bool) -> str:
    """What a secret must be here, and why."""
    if takes_pins:
        return vault_words.PIN_RULE
    browser, device = vault_words.NO_KEY_STORE_BROWSER, vault_words.NO_KEY_STORE_DEVICE
    return vault_words.PASSPHRASE_RULE.format(reason=browser if in_browser else device)


def _recovery_key(state: AppState, actions: Actions) -> ft.Control:
    return RecoveryKeyCard(
        state.entrance.recovery_key,
        vault_words.NEXT,
        lambda: actions.front.step(WelcomeStep.CLINIC),
        key="recovery-key",
    )


def _clinic(state: AppState, actions: Actions) -> ft.Control:
    return _ClinicStep(actions, key="clinic-step")


@ft.component
def _ClinicStep(actions: Actions) -> ft.Control:  # noqa: N802
    clinic, device = use_typed(), use_typed()

    async def start() -> None:
        await actions.begin_with(clinic.text, device.text)

    return narrow_column(
        [
            heading(vault_words.CLINIC_TITLE),
            ft.Text(vault_words.CLINIC_TEXT, size=theme.sized(16)),
            plain_field(vault_words.CLINIC, clinic),
            plain_field(vault_words.DEVICE, device, start),
            ft.FilledButton(vault_words.START, on_click=start),
        ]
    )


@ft.component
def RecoveryKeyCard(printed: str, label: str, done: object) -> ft.Control:  # noqa: N802
    """The key, and a button that works once it is said to be written down."""
    written, set_written = ft.use_state(False)
    return narrow_column(
        [
            heading(vault_words.RECOVERY_TITLE),
            ft.Text(vault_words.RECOVERY_TEXT, size=theme.sized(16)),
            recovery_key_box(printed),
            ft.Container(
                ft.Checkbox(
                    label=vault_words.RECOVERY_WRITTEN,
                    value=written,
                    on_change=lambda event: set_written(bool(event.control.value)),
                ),
                height=theme.TARGET,
            ),
            ft.FilledButton(label, disabled=not written, on_click=done),
        ]
    )


def recovery_key_box(printed: str) -> ft.Control:
    """Three groups a line, in letters that cannot be mistaken for each other."""
    groups = printed.split("-")
    lines = ["  ".join(groups[at : at + 3]) for at in range(0, len(groups), 3)]
    return ft.Semantics(
        content=ft.Container(
            ft.Column(
                [
                    ft.Text(
                        line,
                        size=theme.sized(22),
                        font_family=theme.FIXED_WIDTH,
                        weight=ft.FontWeight.W_600,
                    )
                    for line in lines
                ],
                horizontal_alignment=ft.CrossAxisAlignment.CENTER,
            ),
            padding=theme.MARGIN,
            border_radius=theme.CORNER,
            bgcolor=ft.Colors.SURFACE_CONTAINER_HIGHEST,
            alignment=ft.Alignment.CENTER,
        ),
        label=f"{vault_words.RECOVERY_LABEL}: {printed}",
        identifier="recovery-key",
        container=True,
        exclude_semantics=True,
    )
