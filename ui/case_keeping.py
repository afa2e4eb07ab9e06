"""What of a case goes into the vault: the reading, what was said of it, the covered picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.errors import OutpostError
from core.imaging.patches import as_shown, covered
from storage.case_store import LARGEST_REVIEW_COPY
from storage.store import OpenVault
from storage.vault import Case as KeptCase
from storage.vault import Opinion
from ui import case_words
from ui.case_work import frame_shown
from ui.pictures import at_most
from ui.read_case import Case


def kept_in(vault: OpenVault, case: Case, originals: Sequence[Path]) -> KeptCase:
    """Save a case with what the clinician says of it. Raises OutpostError."""
    if case.reading is None or case.read_at is None:
        raise OutpostError(case_words.CaseTrouble.NOTHING_TO_SAVE)
    draft = case.draft
    base = case.kept or KeptCase(id=case.id, reading=case.reading, read_at=case.read_at)
    said = replace(
        base,
        reading=case.reading,
        opinion=draft.opinion,
        right_label=draft.right_label if draft.opinion is Opinion.DISAGREES else None,
        note=draft.note.strip(),
        code=draft.code.strip() or base.code,
        own_impression=draft.own_impression,
    )
    picture = None
    if case.picture and case.kept is None:
        picture, checked = masked_copy(case.picture.image, case)
        said = replace(said, picture_checked=checked)
    try:
        return vault.save(said, review_copy=picture, originals=originals)
    except ValueError as error:
        raise OutpostError(case_words.CaseTrouble.CODE_WITHOUT_LETTERS) from error


def masked_copy(image: bytes, case: Case) -> tuple[bytes, bool]:
    """The picture as it is kept, what the person covered black in it; and whether it is the very
    frame that they looked at."""
    masks, reading = case.masks, case.reading
    if masks is None or reading is None:
        return at_most(image, LARGEST_REVIEW_COPY), False
    patches = as_shown(masks.patches, reading.framing)
    if patches:
        image = covered(image, patches)
    return at_most(image, LARGEST_REVIEW_COPY), masks.fit(frame_shown(reading))
