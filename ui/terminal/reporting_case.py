"""``main.py report CASE``: what the vault holds of a case, ready to be written."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ui.case_documents import log_export, told_about
from ui.reader_source import shelf_of_this_device
from ui.terminal.secrets import Secrets
from ui.terminal.vault_door import signed_in
from ui.told import Told


@contextmanager
def told_of(options: argparse.Namespace, case_id: str, forms: Sequence[str]) -> Iterator[Told]:
    """The case, for as long as it is being written; the log keeps in which forms it was. Raises
    OutpostError."""
    with signed_in(options, Secrets(options.secret_fd)) as vault:
        told = told_about(vault, shelf_of_this_device(), case_id)
        log_export(vault, case_id, forms)
        yield told
