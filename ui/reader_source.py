"""The one Reader of this process, made when it is first needed. Slow: never on the event loop."""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Mapping
from pathlib import Path

from core.build import CHANNEL, Channel
from core.reading.pack import MODELS, PackShelf
from core.reading.reader import Reader
from ui.place import packs_folder

#: For development and tests only: another folder of packs, with its own trusted_keys.json.
MODELS_VARIABLE = "OUTPOST_MODELS"


def models_folder(environment: Mapping[str, str], channel: Channel = CHANNEL) -> Path:
    """Where the packs are. A release knows only its own folder, whatever the environment says."""
    named = environment.get(MODELS_VARIABLE)
    return Path(named) if named and channel is Channel.DEVELOPMENT else MODELS


def shelf_of_this_device() -> PackShelf:
    """The app's packs and those installed since. Raises ``PackError``."""
    installed = packs_folder(os.environ, platform.system(), Path.home())
    return PackShelf(models_folder(os.environ), installed=installed)


class ReaderSource:
    """Makes a Reader once, whoever asks first, and hands out that one.

    Networks are large: every session of this process shares them. ``installed`` is the folder of
    packs that came after the app.
    """

    def __init__(self, folder: Path, installed: Path | None = None) -> None:
        self._folder, self._installed = folder, installed
        self._lock = threading.Lock()
        self._reader: Reader | None = None

    def __call__(self) -> Reader:
        """Raises ``PackError`` when there is no usable folder of packs."""
        with self._lock:
            if self._reader is None:
                self._reader = Reader(PackShelf(self._folder, installed=self._installed))
            return self._reader

    def renew(self) -> None:
        """The next who asks gets a Reader that knows what was installed meanwhile. Readings that
        are under way end with the one they began with."""
        with self._lock:
            self._reader = None
