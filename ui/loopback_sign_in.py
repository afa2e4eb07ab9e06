"""Where a browser comes back to after a sign-in: an address on this device (RFC 8252, 7.3)."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from ui import review_words

_PATH, _PATIENCE_S = "/signed-in", 300


class ComingBack:
    """Listens on a port of its own from when it is made until ``wait`` returns or ``stop``."""

    def __init__(self) -> None:
        self._came = threading.Event()
        self._address = ""
        self._server = HTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{_PATH}"

    def wait(self) -> str:
        """Where the browser came back to, with what it brought; empty when nobody came."""
        self._came.wait(_PATIENCE_S)
        return self._address

    def stop(self) -> None:
        """Listen no more. Does nothing the second time."""
        self._came.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                """The address holds a code: it is never logged."""

            def do_GET(self) -> None:
                if not self.path.startswith(f"{_PATH}?"):
                    self.send_error(404)
                    return
                body = review_words.COME_BACK.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                outer._address = f"http://127.0.0.1{self.path}"
                outer._came.set()

            def setup(self) -> None:
                self.request.settimeout(10)
                super().setup()

        return Handler
