"""The one Reader of this process, made when it is first needed. Slow: never on the event loop."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from core.build import CHANNEL, Channel
from core.reading.pack import MODELS, PackShelf
from core.reading.reader import Reader

#: For development and tests only: another folder of packs, with its own trusted_keys.json.
MODELS_VARIABLE = "OUTPOST_MODELS"


def models_folder(environment: Mapping[str, str], channel: Channel = CHANNEL) -> Path:
    """Where the packs are. A release knows only its own folder, whatever the environment says."""
    named = environment.get(MODELS_VARIABLE)
    return Path(named) if named and channel is Channel.DEVELOPMENT else MODELS


class ReaderSource:
    """Makes a Reader once, whoever asks first, and hands out that one.

    Networks are large: every session of this process shares them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._reader: Reader | None = None

    def __call__(self) -> Reader:
        """Raises ``PackError`` when there is no usable folder of packs."""
        with self._lock:
            if self._reader is None:
                self._reader = Reader(PackShelf(self._folder))
            return self._reader
