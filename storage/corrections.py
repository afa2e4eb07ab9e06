"""Corrections to learn from: what clinicians said of readings, as a folder that training can read.

Nothing in it leads back to a patient or, without the vault's pictures, to a case: groups are
pseudonyms under a key that is made for this one export and forgotten, files have random names and
stand in their order, and no time, note, code, user or free text goes along.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from PIL import Image

from core.errors import ImagingError
from core.imaging.deidentification.pictures import deidentify_picture
from storage.audit import Action, History, histories
from storage.durable import device_errors, flush_file, folder_beside, take_place
from storage.failures import StorageError, StorageFailure
from storage.faults import sha256
from storage.labels import GivenLabel, labels_of
from storage.opinions import GivenOpinion
from storage.parts import Parts
from storage.rows import CASES, opened_case
from storage.sealing import new_key
from storage.store import OpenVault
from storage.vault import Case

MANIFEST = "manifest.csv"
#: The folder with the files that the manifest names, where training looks for them.
PICTURES = "images"
#: A label that is not one of the pack's classes was typed, and may hold anything.
OTHER = "other"


@dataclass(frozen=True)
class Correction:
    """A row of the manifest, its fields in the order of the columns: one person's label of a case.

    Whoever gave a second opinion has a row of their own, so several rows may have one ``case``, a
    random name, and one ``file``. ``label`` is the class that this person holds true. ``group`` is
    the same for all cases of one patient, in this export only. ``seen_ai_first`` says whether the
    reading was seen before any impression was given, ``blinded`` whether the label is such an
    impression, unchanged. ``role`` is a value of ``storage.opinions.OpinionRole``. ``file``,
    ``width`` and ``height`` are empty where pictures may not leave the vault.
    """

    file: str
    label: str
    group: str
    width: str
    height: str
    pack: str
    seen_ai_first: str
    role: str
    reference_standard: str
    blinded: str
    case: str


@dataclass(frozen=True)
class Exported:
    """How many cases were written, how many of them with a picture, how many had no label, and
    how many pictures stayed because nobody has looked at them for writing; and how many labels are
    second opinions."""

    cases: int
    pictures: int
    unlabelled: int
    unseen: int = 0
    second_opinions: int = 0


def export_corrections(vault: OpenVault, folder: Path) -> Exported:
    """Write the labelled cases into a new folder; whole, or not at all. The log tells of it.

    Pictures go along only where the setting ``export_images`` says so, and a person has looked at
    them for writing. Raises StorageError: ONLY_SUPERVISORS,
    FOLDER_NOT_EMPTY, or that the device refuses.
    """
    parts = vault.parts
    parts.session.supervisors_only()
    folder = folder.absolute()
    with device_errors():
        if folder.exists() and any(folder.iterdir()):
            raise StorageError(StorageFailure.FOLDER_NOT_EMPTY)
        beside = folder_beside(folder)
        try:
            export = _Export(parts, beside)
            done = export.run()
            with parts.session.changing():
                parts.session.note(Action.EXPORTED, count=done.cases, detail="corrections")
            take_place(beside, folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return done


class _Export:
    def __init__(self, parts: Parts, folder: Path) -> None:
        self._parts = parts
        self._folder = folder
        self._key = new_key()
        self._with_images = parts.settings.current().export_images
        self._unlabelled = self._unseen = self._second = 0

    def run(self) -> Exported:
        rows = sorted(self._rows(), key=lambda row: row.case)
        path = self._folder / MANIFEST
        with path.open("x", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(field.name for field in fields(Correction))
            for one in rows:
                writer.writerow(getattr(one, field.name) for field in fields(Correction))
        flush_file(path)
        cases, pictures = {one.case for one in rows}, {one.file for one in rows if one.file}
        counts = len(cases), len(pictures), self._unlabelled, self._unseen, self._second
        return Exported(*counts)

    def _rows(self) -> Iterator[Correction]:
        """Those of one case after one another, the one that its clinician gave first."""
        session = self._parts.session
        with session.reading():
            numbers = [row[0] for row in session.db.execute("SELECT number FROM cases").fetchall()]
            said = histories(session.audit.entries())
        for number in numbers:
            with session.reading():
                row = session.db.execute(f"{CASES} WHERE number = ?", [number]).fetchone()
                try:
                    case = opened_case(session.keyring, row) if row else None
                except StorageError:
                    continue  # The vault check names it.
                if case is None or not session.commitments.case_is(case.id, row[-1]):
                    continue
                opinions = self._opinions(case.id, said)
            labels = labels_of(case, opinions)
            if not labels or case.reading.pack is None:
                self._unlabelled += 1
                continue
            self._second += len(labels) - (case.label is not None)
            yield from self._corrections(case, case.reading.pack.id, labels)

    def _opinions(self, case_id: str, said: Mapping[str, History]) -> list[GivenOpinion]:
        """What was said of a case; nothing unless all of it is there and as it was given: what
        replaced another opinion may be among what is not."""
        owed = said[case_id].opinions if case_id in said else {}
        rows = self._parts.opinions.rows(case_id)
        if {row[0]: sha256(row[-1]) for row in rows} != owed:
            return []
        try:
            return [self._parts.opinions.opened(row) for row in rows]
        except StorageError:
            return []

    def _corrections(
        self, case: Case, pack: str, labels: Sequence[GivenLabel]
    ) -> Iterator[Correction]:
        name = os.urandom(8).hex()
        file, width, height = self._picture(name, case) if self._with_images else ("", "", "")
        for one in labels:
            yield Correction(
                file=file,
                label=one.label if one.label in case.reading.probabilities else OTHER,
                group=self._group(case),
                width=width,
                height=height,
                pack=pack,
                seen_ai_first=_yes(one.seen_ai_first),
                role=one.role,
                reference_standard=one.reference_standard.value if one.reference_standard else "",
                blinded=_yes(one.blinded),
                case=name,
            )

    def _picture(self, name: str, case: Case) -> tuple[str, str, str]:
        """The review copy, decoded and written anew so that nothing but its pixels goes along."""
        if not case.picture_checked:
            self._unseen += 1
            return "", "", ""
        try:
            kept = self._parts.cases.review_copy(case.id)
            content = deidentify_picture(kept).content if kept else b""
        except (StorageError, ImagingError):
            content = b""
        if not content:
            return "", "", ""
        path = self._folder / PICTURES / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        with Image.open(io.BytesIO(content)) as image:
            return path.name, str(image.width), str(image.height)

    def _group(self, case: Case) -> str:
        """The pseudonym under the export's own key; a patient who was not named is alone."""
        known = (case.pseudonym or f"case {case.id}").encode()
        return hmac.new(self._key, known, hashlib.sha256).hexdigest()[:16]


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"
