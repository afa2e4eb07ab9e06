"""What a clinic keeps of each case, for how long, and how much room that may take."""

from __future__ import annotations

import flet as ft

from storage.settings import Settings
from ui import case_words, image_words
from ui import settings_words as words
from ui.components.choices import choice_row
from ui.components.notice import quiet
from ui.components.section import section
from ui.components.switch_row import switch_row
from ui.wiring import Actions

#: Days after the last receipt; 0 stands for never.
_DAYS = (7, 30, 90, 365, 0)
_MEGABYTES = (500, 2000, 10000, 50000)


def keeping_settings(settings: Settings, actions: Actions) -> ft.Control:
    """Whatever is tapped is kept at once."""
    controls: list[ft.Control] = [
        _switch(case_words.KEEP_REVIEW, settings.keep_review_copies, "keep_review_copies", actions),
        _switch(image_words.KEEP_DRAFTS, settings.keep_drafts, "keep_drafts", actions),
        _switch(case_words.KEEP_ORIGINALS, settings.keep_originals, "keep_originals", actions),
        *(_originals(settings, actions) if settings.keep_originals else []),
        _switch(case_words.KEEP_CODES, settings.keep_codes, "keep_codes", actions),
        quiet(_hint(settings)),
        _switch(words.EXPORT_IMAGES, settings.export_images, "export_images", actions),
        quiet(words.EXPORT_IMAGES_HINT),
    ]
    return section(case_words.KEEP_TITLE, controls)


def _hint(settings: Settings) -> str:
    return case_words.KEEP_HINT.format(
        days=settings.originals_days, megabytes=settings.originals_megabytes
    )


def _originals(settings: Settings, actions: Actions) -> list[ft.Control]:
    async def days(value: str) -> None:
        await actions.office.decide(originals_days=int(value) or None)

    async def megabytes(value: str) -> None:
        await actions.office.decide(originals_megabytes=int(value))

    chosen_days = str(settings.originals_days or 0)
    chosen_megabytes = str(settings.originals_megabytes)
    sizes = [(str(one), words.MEGABYTES.format(count=one)) for one in _MEGABYTES]
    return [
        quiet(words.ORIGINALS_DAYS),
        choice_row([(str(one), _days(one)) for one in _DAYS], chosen_days, days),
        quiet(words.ORIGINALS_QUOTA),
        choice_row(sizes, chosen_megabytes, megabytes),
        quiet(words.QUOTA_HINT),
    ]


def _days(count: int) -> str:
    return words.DAYS.format(count=count) if count else words.NEVER_REMOVED


def _switch(label: str, value: bool, name: str, actions: Actions) -> ft.Control:
    async def switched(event: ft.Event[ft.Switch]) -> None:
        await actions.office.decide(**{name: bool(event.data)})

    return switch_row(label, value, switched)
