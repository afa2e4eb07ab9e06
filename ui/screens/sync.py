"""What waits to be sent, what was refused, and with which server this device is enrolled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import flet as ft

from storage.settings import Settings
from ui import sync_words as words
from ui import theme
from ui.components.choices import choice_row
from ui.components.fields import plain_field, use_typed
from ui.components.notice import failure_notice, notice, quiet
from ui.components.section import bullets, heading, narrow_column, section
from ui.components.switch_row import switch_row
from ui.state import AppState, Place
from ui.sync_views import Held, RefusedLine, SyncView
from ui.wiring import Actions

_CHARGES = (0, 20, 50)
_SPANS = ((6, 22), (8, 18), (18, 24))


def sync_screen(state: AppState, actions: Actions) -> ft.Control:
    """Nothing is called sent here that has no receipt."""
    view = state.sync
    supervisor = state.person is not None and state.person.supervisor
    controls = [heading(words.SYNC_TITLE), *_standing(state, actions)]
    if view.refused:
        controls.append(_refused(view, actions))
    if supervisor and (not view.address or view.enrolling):
        controls.append(_Enrolment(view, actions, busy=state.busy, key="enrolment"))
    if view.address and supervisor:
        controls += [_settings(state, actions)]
    if view.lacks:
        controls.append(section(words.LACKS, [bullets([each.text for each in view.lacks])]))
    if view.address and supervisor and not view.enrolling:
        controls.append(ft.TextButton(words.ENROL_AGAIN, on_click=actions.sync.begin_enrolment))
    return narrow_column(controls)


def _standing(state: AppState, actions: Actions) -> list[ft.Control]:
    view = state.sync
    if not view.address:
        return [notice(words.NOT_ENROLLED, theme.CAUTION_TONE)]
    waits = words.WAITING.format(count=view.waiting, since=view.oldest)
    last = words.LAST_SYNC.format(when=view.last_sync) if view.last_sync else words.NEVER_SENT
    controls: list[ft.Control] = [
        ft.Text(words.SERVER.format(address=view.address), size=theme.sized(15)),
        _live(waits if view.waiting else words.NOTHING_WAITS),
        quiet(words.RECEIVED.format(count=view.received)),
        quiet(last),
        *_under_way(view),
        *failure_notice(view.failure),
        *failure_notice(words.SyncTrouble.SERVER_CLOCK.say() if view.clocks_differ else None),
        *_held(state),
        ft.FilledButton(
            words.SEND_NOW,
            icon=ft.Icons.SYNC,
            on_click=actions.sync.send_now,
            disabled=bool(view.phase),
        ),
        quiet(
            words.ALSO_WHILE_LOCKED if state.settings.sync_while_locked else words.ONLY_WHILE_OPEN
        ),
    ]
    if view.next_minutes and not view.phase:
        controls.append(quiet(words.NEXT_TRY.format(minutes=view.next_minutes)))
    return controls


def _live(text: str) -> ft.Control:
    return ft.Semantics(
        content=ft.Text(text, size=theme.sized(18), weight=ft.FontWeight.W_600),
        identifier="waiting",
        container=True,
        live_region=True,
    )


def _under_way(view: SyncView) -> list[ft.Control]:
    if not view.phase:
        return []
    said = words.SENDING if view.phase == "sending" else words.RETRYING
    return [
        ft.ProgressBar(),
        quiet(said.format(sent=view.sent, count=view.waiting)),
    ]


def _held(state: AppState) -> list[ft.Control]:
    settings, view = state.settings, state.sync
    said = {
        Held.NO: "",
        Held.MOBILE_DATA: words.ON_MOBILE_DATA,
        Held.BATTERY: words.BATTERY_LOW.format(percent=settings.sync_above_battery),
        Held.HOURS: words.OUTSIDE_HOURS.format(
            start=settings.sync_from_hour, end=settings.sync_until_hour
        ),
    }[view.held]
    told = [quiet(said)] if said else []
    return told if view.can_tell else [*told, quiet(words.CANNOT_TELL)]


def _refused(view: SyncView, actions: Actions) -> ft.Control:
    lines = [_refused_line(each, view, actions) for each in view.refused]

    async def retry_all() -> None:
        await actions.sync.retry(*(each.number for each in view.refused))

    if len(lines) > 1:
        lines.insert(0, ft.OutlinedButton(words.RETRY_ALL, on_click=retry_all))
    return section(words.REFUSED_TITLE, [quiet(words.REFUSED_TEXT), *lines])


def _refused_line(line: RefusedLine, view: SyncView, actions: Actions) -> ft.Control:
    async def retry() -> None:
        await actions.sync.retry(line.number)

    async def drop(reason: str) -> None:
        await actions.sync.drop(line.number, reason)

    async def opened() -> None:
        await actions.visit(f"{Place.HISTORY.value}/{line.case_id}")

    said = words.REFUSED_LINE.format(
        when=line.when, status=line.status, words=line.words or words.NO_WORDS
    )
    if view.dropping == line.number:
        choices: list[ft.Control] = [
            quiet(words.DROP_WHY),
            choice_row(list(words.REASONS.items()), "", drop),
            ft.TextButton(words.KEEP, on_click=lambda: actions.sync.ask_why(0)),
        ]
    else:
        choices = [
            ft.Row(
                [
                    ft.OutlinedButton(words.OPEN_CASE, on_click=opened),
                    ft.OutlinedButton(words.RETRY, on_click=retry),
                    ft.TextButton(words.DROP, on_click=lambda: actions.sync.ask_why(line.number)),
                ],
                wrap=True,
            )
        ]
    return ft.Column([ft.Text(said), *choices], spacing=theme.TIGHT * 2)


@ft.component
def _Enrolment(view: SyncView, actions: Actions, *, busy: bool) -> ft.Control:  # noqa: N802
    code = use_typed()

    async def enrol() -> None:
        await actions.sync.enrol(code.text)

    shown: list[ft.Control] = (
        [
            ft.Text(view.key, size=theme.sized(12)),
            ft.TextButton(words.COPY_KEY, icon=ft.Icons.COPY, on_click=actions.sync.copy_key),
        ]
        if view.key
        else [ft.TextButton(words.SHOW_KEY, icon=ft.Icons.KEY, on_click=actions.sync.show_key)]
    )
    return section(
        words.ENROL_TITLE,
        [
            quiet(words.ENROL_TEXT),
            *shown,
            *_permissions(view),
            plain_field(words.CODE_FIELD, code, lines=3),
            ft.FilledButton(words.ENROL, on_click=enrol, disabled=busy),
            *([ft.ProgressBar()] if busy else []),
        ],
    )


def _permissions(view: SyncView) -> list[ft.Control]:
    return [quiet(words.PERMISSIONS.format(scopes=view.scopes))] if view.scopes else []


def _settings(state: AppState, actions: Actions) -> ft.Control:
    settings = state.settings
    rows = (
        (words.MOBILE_DATA, "sync_on_mobile_data", settings.sync_on_mobile_data),
        (words.WHILE_LOCKED, "sync_while_locked", settings.sync_while_locked),
        (words.IMAGES, "send_images", settings.send_images),
        (words.NAMES, "send_names", settings.send_names),
        (words.PATIENTS, "create_patients", settings.create_patients),
    )
    return section(
        words.SETTINGS_TITLE,
        [
            _switch(*rows[0], actions),
            _switch(*rows[1], actions),
            quiet(words.WHILE_LOCKED_HINT),
            quiet(words.ABOVE_BATTERY),
            choice_row(_charges(), str(settings.sync_above_battery), _battery(actions)),
            quiet(words.BETWEEN_HOURS),
            choice_row(_hours(), _span(*_between(settings)), _schedule(actions)),
            *(_switch(*row, actions) for row in rows[2:]),
            *_permissions(state.sync),
        ],
    )


def _charges() -> list[tuple[str, str]]:
    named = [(str(each), words.CHARGE.format(percent=each)) for each in _CHARGES if each]
    return [("0", words.ANY_CHARGE), *named]


def _hours() -> list[tuple[str, str]]:
    named = [(_span(*each), words.HOURS.format(start=each[0], end=each[1])) for each in _SPANS]
    return [(_span(0, 24), words.ANY_HOUR), *named]


def _span(start: int, end: int) -> str:
    return f"{start}-{end}"


def _between(settings: Settings) -> tuple[int, int]:
    return settings.sync_from_hour, settings.sync_until_hour


def _battery(actions: Actions) -> Callable[[str], Awaitable[None]]:
    async def chosen(percent: str) -> None:
        await actions.office.decide(sync_above_battery=int(percent))

    return chosen


def _schedule(actions: Actions) -> Callable[[str], Awaitable[None]]:
    async def chosen(span: str) -> None:
        start, end = map(int, span.split("-"))
        await actions.office.decide(sync_from_hour=start, sync_until_hour=end)

    return chosen


def _switch(label: str, name: str, value: bool, actions: Actions) -> ft.Control:
    async def switched(event: ft.Event[ft.Switch]) -> None:
        await actions.office.decide(**{name: bool(event.data)})

    return switch_row(label, value, switched)
