"""Which language a window speaks: as it was chosen there, else as the clinic or the device does."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

import flet as ft

from ui.front_desk import FrontDesk
from ui.language import Language, first_spoken, language_called
from ui.language.windows import speak_in
from ui.state import AppState
from ui.troubles import statement_of

_KEY, _PATIENCE_S = "outpost-language", 5


class LanguageDesk:
    """One session's language.

    It is kept twice: beside the vault, in the clear, for the lock's own words; and in the vault's
    settings, for whoever opens the vault from a browser that does not know it yet.
    """

    def __init__(
        self, page: ft.Page, state: AppState, front: FrontDesk, kept: ft.SharedPreferences
    ) -> None:
        self._page, self._state, self._front, self._kept = page, state, front, kept
        self._was_chosen = self._must_keep = False
        front.opened.append(self._came_in)

    async def begin(self) -> None:
        """What was chosen on this device or in this browser, else what it speaks itself."""
        chosen = None
        with contextlib.suppress(Exception):  # whatever is wrong there, the device decides
            chosen = language_called(await asyncio.wait_for(self._kept.get(_KEY), _PATIENCE_S))
        self._was_chosen = chosen is not None
        self.speak(chosen or first_spoken(await self._of_device()))

    def speak(self, language: Language) -> None:
        """Everything that is drawn from now on is in ``language``."""
        speak_in(self._page, language)
        self._page.rtl = language.right_to_left
        self._page.locale_configuration = ft.LocaleConfiguration(
            [ft.Locale(each.value) for each in Language], ft.Locale(language.value)
        )
        self._page.update()
        self._state.language = language

    async def choose(self, code: str) -> None:
        """A person's choice: for this device or browser, and the vault's from now on."""
        language = language_called(code)
        if language is None:
            return
        self._was_chosen = True
        self.speak(language)
        self._page.run_task(self._kept.set, _KEY, language.value)
        self._must_keep = self._state.person is None
        if not self._must_keep:
            await self._keep(language)

    def _came_in(self) -> None:
        """A browser that does not know better takes the vault's language; a new vault takes the
        one that was chosen before it was made."""
        told = language_called(self._state.settings.language)
        if self._must_keep:
            self._must_keep = False
            self._page.run_task(self._keep, self._state.language)
        elif not self._was_chosen and told not in (None, Language.ENGLISH, self._state.language):
            self.speak(told)

    async def _keep(self, language: Language) -> None:
        """In the vault, once it is open."""
        if language.value == self._state.settings.language:
            return
        try:
            vault = self._front.vault
            wanted = await asyncio.to_thread(
                vault.alter_settings, lambda now: replace(now, language=language.value)
            )
        except Exception as error:  # noqa: BLE001 - nothing may reach the screen as a traceback
            self._state.trouble = statement_of(error)
        else:
            self._state.settings = wanted

    async def _of_device(self) -> list[str]:
        """The languages that the device or the browser asks for, the dearest first."""
        with contextlib.suppress(Exception):  # unknown: then it speaks English
            told = await asyncio.wait_for(self._page.get_device_info(), _PATIENCE_S)
            if isinstance(told, ft.WebDeviceInfo):
                return list(told.languages or [told.language or ""])
            return [locale.language_code or "" for locale in told.locales] if told else []
        return []
