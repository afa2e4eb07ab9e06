"""Outpost's one entry point. No argument: the app. ``main.py COMMAND``: the command line."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Open the app or run a command; returns the exit status.

    In a bundle (Flet then names the platform) there is no command line. What stands in the
    arguments there was passed by whoever opened the app, and on a phone any other app may.
    """
    if len(sys.argv) > 1 and not os.environ.get("FLET_PLATFORM"):
        from ui.terminal.commands import run

        return run(sys.argv[1:])
    from ui.app import open_app

    open_app()
    return 0


if __name__ == "__main__":
    sys.exit(main())
