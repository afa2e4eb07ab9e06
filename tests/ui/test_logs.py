"""Nothing that names anyone reaches the terminal."""

from __future__ import annotations

import io
import logging

from ui.logs import write_kinds_only


def test_an_error_is_logged_by_its_kind_alone() -> None:
    stream = io.StringIO()
    handler = write_kinds_only(stream)
    try:
        try:
            raise ValueError("patient Jane Roe")
        except ValueError:
            logging.getLogger("flet").exception("Unhandled error in a handler")
    finally:
        logging.getLogger().removeHandler(handler)

    assert stream.getvalue() == "ERROR flet: Unhandled error in a handler\nValueError\n"
