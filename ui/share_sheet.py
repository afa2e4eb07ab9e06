"""The system's share sheet, on devices that have one.

The sheet wants a file. Ours stands in the app's own temporary folder while the sheet is open and
goes when it closes; the copy that Android makes beside it is swept by ``ui.picked_copies``.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import flet as ft

_PREFIX = "outpost-share-"


async def share_file(name: str, content: bytes, environment: Mapping[str, str]) -> bool:
    """Whether it was passed on. Raises whatever the platform raises."""
    folder = await asyncio.to_thread(_written, name, content, environment)
    try:
        file = ft.ShareFile.from_path(str(folder / name), name=name)
        result = await ft.Share().share_files([file])
        return result.status is not ft.ShareResultStatus.DISMISSED
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _written(name: str, content: bytes, environment: Mapping[str, str]) -> Path:
    base = environment.get("FLET_APP_STORAGE_TEMP")
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
    (folder / name).write_bytes(content)
    return folder
