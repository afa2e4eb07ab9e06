"""``main.py deidentify``: images in, the same images without the patient out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from core.analysis import find_studies
from core.errors import OutpostError
from core.imaging.deidentification.files import Deidentified, deidentify
from core.imaging.deidentification.identity import Replacement
from core.imaging.deidentification.masking import Masking
from core.imaging.deidentification.pictures import deidentify_picture
from core.imaging.deidentification.profile import Option
from core.imaging.sniffing import HEAD_BYTES, FileKind, sniff
from storage.durable import device_errors, export_durably
from storage.pseudonym import SiteKey, pseudonym
from storage.sealing import new_key
from ui.terminal.secrets import TerminalError, TerminalFailure

OK, SOME_FAILED = 0, 1
_KEY_BYTES = 32


def run_deidentify(options: argparse.Namespace) -> int:
    """De-identify every file; the exit status. A file that cannot be is named, and not written."""
    if options.show:
        from ui.terminal.masking import show_masks

        with device_errors():
            options.out.mkdir(parents=True, exist_ok=True)
        return show_masks(list(_files(options.paths)), options.out)
    replacement = replacement_of(options.key)
    chosen = {
        Option.RETAIN_DEVICE: options.retain_device,
        Option.RETAIN_PATIENT_BANDS: options.retain_bands,
    }
    profile_options = frozenset(option for option, wanted in chosen.items() if wanted)
    masking_of = _masking_of(options)
    with device_errors():
        options.out.mkdir(parents=True, exist_ok=True)
    failed, number, notices = False, -1, set[str]()
    for number, path in enumerate(_files(options.paths)):
        try:
            done, suffix = _deidentified(path, replacement, profile_options, masking_of(path))
        except OutpostError as error:
            failed = True
            print(f"{path}: not written. {error.text} [{error.code}]", file=sys.stderr)
            continue
        # By number: a file's own name often is the patient's.
        target = options.out / f"{number:04d}{suffix}"
        export_durably(target, done.content)
        print(f"{path} -> {target}")
        notices |= {notice.text for notice in done.notices}
    if number < 0:
        print("There are no images in there. Choose another folder.", file=sys.stderr)
    print(*sorted(notices), sep="\n", file=sys.stderr)
    return SOME_FAILED if failed else OK


def _masking_of(options: argparse.Namespace) -> Callable[[Path], Masking | None]:
    """How the masks of a file come about: from a person's list, from the detector, or not."""
    if options.masks is not None:
        from ui.terminal.masking import corrected_masks

        return corrected_masks(options.masks)
    if options.clean_pixels:
        from ui.terminal.masking import proposed_masks

        return proposed_masks
    return lambda _path: None


def _files(paths: list[Path]) -> Iterator[Path]:
    for study in find_studies(paths):
        yield from study


def _deidentified(
    path: Path,
    replacement: Replacement,
    options: frozenset[Option],
    masking: Masking | None,
) -> tuple[Deidentified, str]:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        head = b""  # opening it says why
    if sniff(head) is FileKind.DICOM:
        return deidentify(path, replacement, options, masking), ".dcm"
    return deidentify_picture(path, masking), ".png"


def replacement_of(key_file: Path | None) -> Replacement:
    """How identity is replaced under the key in a file, which is made where it is not there; None
    for a key that is forgotten afterwards. Raises OutpostError."""
    key = _key(key_file)
    site = SiteKey(1, key)
    return Replacement(key, lambda code: pseudonym(code, site))


def _key(key_file: Path | None) -> bytes:
    if key_file is None:
        print(
            "No key was given: pseudonyms and UIDs fit together within this run alone.",
            file=sys.stderr,
        )
        return new_key()
    if not key_file.exists():
        export_durably(key_file, new_key())
        print(f"A new key is in {key_file}. Whoever has it can tell patients.", file=sys.stderr)
    try:
        key = key_file.read_bytes()
    except OSError:
        raise TerminalError(TerminalFailure.CANNOT_READ) from None
    if len(key) < _KEY_BYTES:
        raise TerminalError(TerminalFailure.CANNOT_READ)
    return key
