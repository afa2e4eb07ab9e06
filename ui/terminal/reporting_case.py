"""``main.py report CASE``: what the vault holds of a case, ready to be written."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from core.errors import OutpostError
from core.sentences import Sentence
from storage.store import OpenVault
from ui.case_documents import log_export, told_about
from ui.reader_source import shelf_of_this_device
from ui.terminal.hospital_grammar import PICTURED
from ui.terminal.secrets import Secrets
from ui.terminal.vault_door import signed_in
from ui.told import Told

#: What the log says of a picture that somebody vouched for.
_VOUCHED = "picture looked at"


class CaseReportFailure(Sentence):
    """Why a case is not written."""

    PICTURE_NOT_LOOKED_AT = (
        "Nobody has looked at this case's picture for writing yet, so nothing was written. Look at "
        "it in the app; or say --i-looked if you did, or --without-pictures to leave it out."
    )


@contextmanager
def told_of(options: argparse.Namespace, case_id: str, forms: Sequence[str]) -> Iterator[Told]:
    """The case, for as long as it is being written; the log keeps in which forms it was. Raises
    OutpostError."""
    with signed_in(options, Secrets(options.secret_fd)) as vault:
        vouched = _vouched(vault, options, case_id, forms)
        pictured = not options.without_pictures
        told = told_about(vault, shelf_of_this_device(), case_id, pictured=pictured)
        log_export(vault, case_id, [*forms, *vouched])
        yield told


def _vouched(
    vault: OpenVault, options: argparse.Namespace, case_id: str, forms: Sequence[str]
) -> list[str]:
    """What the log is told of a picture that leaves and was not looked at in the app. Raises
    OutpostError (PICTURE_NOT_LOOKED_AT) where nobody says that they looked."""
    pictured = PICTURED | {"fhir"} if options.with_pictures else PICTURED
    shows = not pictured.isdisjoint(forms)
    if options.without_pictures or not shows or vault.review_copy(case_id) is None:
        return []
    if vault.checked_picture(case_id) is not None:
        return []
    if not options.i_looked:
        raise OutpostError(CaseReportFailure.PICTURE_NOT_LOOKED_AT)
    return [_VOUCHED]
