"""The platform's protected key store, where this session's client has one."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable
from typing import TypeVar

import flet as ft
from flet_secure_storage import AndroidOptions, SecureStorage

from storage.failures import StorageError, StorageFailure
from ui.portable import portable_folder

T = TypeVar("T")
#: A store that asks for a password, or that hangs, must not keep the app from starting.
_PATIENCE_S = 20


class FletKeyStore:
    """Keeps ``storage.device_secret.KeyStore`` through flet-secure-storage."""

    def __init__(self) -> None:
        # By default Android's store erases everything when it meets an error: every key would
        # be gone, and with it every case.
        self._storage = SecureStorage(android_options=AndroidOptions(reset_on_error=False))

    async def get(self, name: str, /) -> str | None:
        return await _answered(self._storage.get(name))

    async def set(self, name: str, text: str, /) -> None:
        await _answered(self._storage.set(name, text))

    async def remove(self, name: str, /) -> None:
        await _answered(self._storage.remove(name))


def key_store(page: ft.Page) -> FletKeyStore | None:
    """None in a browser: what it calls secure storage lies open beside the page. None on a USB
    stick: the computer's store would stay behind when the stick goes."""
    return None if page.web or portable_folder(os.environ) else FletKeyStore()


async def _answered(question: Awaitable[T]) -> T:
    try:
        return await asyncio.wait_for(question, _PATIENCE_S)
    except Exception as error:  # a platform's store fails in any way it likes
        raise StorageError(StorageFailure.KEY_STORE_FAILED) from error
