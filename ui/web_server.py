"""Serves the app to a browser on this computer. Flet's own way limits messages to 16 MB, which a
DICOM series exceeds: so the server is started here."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ui import words

if TYPE_CHECKING:
    import flet as ft

#: Fonts, for the browser to fetch from here and not from a network.
ASSETS = Path(__file__).resolve().parents[1] / "assets"
#: Bytes of one websocket message: all files chosen together.
MAX_MESSAGE = 1_000_000_000


def free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def serve(
    main: Callable[[ft.Page], Any],
    host: str,
    port: int,
    announce: Callable[[str], None],
    guard: Callable[[Any], Any] = lambda app: app,
    max_message: int = MAX_MESSAGE,
) -> None:
    """Serve until interrupted. ``announce`` is told the address once it answers. ``guard`` puts
    something before the app (``ui/serving.py``).

    Raises SystemExit with a sentence when the port cannot be had.
    """
    import flet as ft
    import uvicorn
    from flet_web import get_package_web_dir

    from ui.transport import write_no_messages
    from ui.web_files import WebFiles, files_under

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                announce(f"http://{host}:{port}")

    write_no_messages()
    app = ft.run(main, export_asgi_app=True, no_cdn=True, assets_dir=str(ASSETS))
    names = [*files_under(Path(get_package_web_dir())), *files_under(ASSETS)]
    config = uvicorn.Config(
        guard(WebFiles(app, names)),
        host=host,
        port=port,
        ws="websockets-sansio",
        ws_max_size=max_message,
        log_level="critical",
        # Whoever still has a tab open must not keep the computer from shutting down.
        timeout_graceful_shutdown=3,
    )
    try:
        Server(config).run()
    except KeyboardInterrupt:
        return
    except SystemExit:
        sys.exit(words.PORT_TAKEN.format(port=port, host=host))
