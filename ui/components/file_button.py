"""A button that lets a person choose one file."""

from __future__ import annotations

import flet as ft

from ui.file_choice import FileChoice


def file_button(
    label: str, choice: FileChoice, *, in_browser: bool, icon: ft.IconData = ft.Icons.FOLDER_OPEN
) -> ft.Control:
    """Browsers open a dialog only within the tap itself; elsewhere we ask for it."""
    if not in_browser:
        return ft.OutlinedButton(label, icon=icon, on_click=choice.choose)
    pick = ft.PickFiles(choice.picker, with_data=True, cancel_upload_on_window_blur=False)
    return ft.OutlinedButton(label, icon=icon, action=pick, on_click=choice.opening)
