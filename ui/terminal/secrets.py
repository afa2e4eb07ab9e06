"""Secrets come from a prompt or a file descriptor, never from an argument: those can be seen by
every program on the machine."""

from __future__ import annotations

import getpass
import os
import sys
import warnings
from collections.abc import Iterator

from core.errors import OutpostError
from core.sentences import Sentence

#: No secret is longer; whatever is on the descriptor beyond this was meant for someone else.
_LONGEST = 4096


class TerminalError(OutpostError):
    """The command line was used in a way that cannot work."""


class TerminalFailure(Sentence):
    """Why a command could not be begun."""

    NO_TERMINAL = (
        "There is no terminal to ask for a secret at. Give it by a file descriptor, with "
        "--secret-fd N."
    )
    NO_SECRET = (
        "The file descriptor did not give another secret. Write one secret a line, in the order "
        "in which they are asked for."
    )
    NO_CODES = (
        "This is not a table with a column named code. Export one from the clinic's register as "
        "CSV in UTF-8, and try again."
    )
    NOT_THE_SAME = "The two were not the same. Nothing was changed. Try again."
    WHICH_USER = "Several people use this vault. Say which, with --user NAME."
    NO_SUCH_USER = "There is no one of this name. Look at the list: main.py vault users list"
    NO_VAULT = "There is no vault at this place. Make one with: main.py vault init"
    DEVICE_SECRET_NOT_HERE = (
        "The device's part of the keys is not in a file beside the vault: the app keeps it in the "
        "system's key store, which the command line cannot reach. Use the app, or the recovery "
        "key with --recovery-key."
    )
    NEW_DEVICE = (
        "The device's part of the keys is not here, so adding someone makes this computer the "
        "vault's device, and everyone added on the former device loses access. Say "
        "--new-device if that is what you want."
    )
    WHO_IS_FIRST = (
        "The people of the backup cannot sign in on this device. Say who signs in first here, "
        "with --name NAME."
    )
    CANNOT_READ = "The file cannot be read. Check its name."


class Secrets:
    """Asks for one secret after the other: at the terminal, or as lines of a descriptor."""

    def __init__(self, descriptor: int | None) -> None:
        self._lines = None if descriptor is None else _lines(descriptor)

    def ask(self, prompt: str) -> str:
        """A secret that exists. Raises TerminalError."""
        if self._lines is not None:
            given = next(self._lines, None)
            if given is None:
                raise TerminalError(TerminalFailure.NO_SECRET)
            return given
        try:
            with warnings.catch_warnings():
                # Otherwise getpass would read it from a pipe, or show it on the screen.
                warnings.simplefilter("error", getpass.GetPassWarning)
                return getpass.getpass(f"{prompt}: ", stream=sys.stderr)
        except (EOFError, getpass.GetPassWarning) as error:
            raise TerminalError(TerminalFailure.NO_TERMINAL) from error

    def choose(self, prompt: str) -> str:
        """A new secret; at the terminal asked for twice. Raises TerminalError."""
        chosen = self.ask(prompt)
        if self._lines is None and self.ask(f"{prompt}, once more") != chosen:
            raise TerminalError(TerminalFailure.NOT_THE_SAME)
        return chosen


def _lines(descriptor: int) -> Iterator[str]:
    try:
        with os.fdopen(descriptor, "rb", closefd=False) as pipe:
            while line := pipe.readline(_LONGEST):
                yield line.decode("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise TerminalError(TerminalFailure.NO_SECRET) from error
