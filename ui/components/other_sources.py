"""The other ways to an image: a folder, or what another program copied."""

from __future__ import annotations

import flet as ft

from ui import image_words
from ui.components.notice import quiet
from ui.state import AppState
from ui.wiring import Actions


def other_sources(state: AppState, actions: Actions) -> list[ft.Control]:
    """A button for each that this device has; what it has not explains itself."""
    paste = ft.TextButton(image_words.PASTE, icon=ft.Icons.CONTENT_PASTE, on_click=actions.paste)
    if state.in_browser:
        return [paste, quiet(image_words.NO_FOLDER_HERE)]
    if state.has_camera:  # A phone keeps its pictures in the gallery, and not in folders.
        return [paste]
    folder = ft.TextButton(
        image_words.CHOOSE_FOLDER,
        icon=ft.Icons.DRIVE_FOLDER_UPLOAD_OUTLINED,
        on_click=actions.choose_folder,
    )
    return [folder, paste]
