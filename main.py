"""Outpost's one entry point. No argument: the app. ``main.py COMMAND``: the command line."""

from __future__ import annotations

import sys


def main() -> int:
    """Open the app or run a command; returns the exit status."""
    if len(sys.argv) > 1:
        from ui.terminal.commands import run

        return run(sys.argv[1:])
    from ui.app import open_app

    open_app()
    return 0


if __name__ == "__main__":
    sys.exit(main())
