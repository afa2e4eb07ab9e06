"""Open files into studies, find the series in a folder, group chosen files into series.

    >>> study = open_study(Path("chest.png"))            # doctest: +SKIP
    >>> for files in find_series(Path("disc")):          # doctest: +SKIP
    ...     study = open_study(files)

pydicom is imported when the first DICOM file is met and not before.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from core.errors import ImagingError
from core.imaging.failures import ImagingFailure
from core.imaging.limits import MAX_FILE_BYTES, MAX_FRAMES, Deadline
from core.imaging.pictures import PICTURES, open_picture
from core.imaging.sniffing import ARCHIVES, HEAD_BYTES, FileKind, sniff
from core.imaging.study import Study

if TYPE_CHECKING:
    from core.imaging.dicom.geometry import StackKey
    from core.imaging.dicom.reading import OpenedFile

#: A file's path, or its bytes where there is no path (a file picked in a browser).
Origin = Path | bytes
T = TypeVar("T", Path, bytes, Origin)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Names that are certainly no images: skipped in a folder without a word.
_OTHER_SUFFIXES = _words("""
    .txt .csv .tsv .json .jsonl .md .rst .xml .html .htm .css .js .log .ini .cfg .toml .yaml .yml
    .py .pyc .sh .bat .exe .dll .so .inf .lnk .url .pdf .doc .docx .xls .xlsx .ppt .pptx .odt .rtf
    .zip .gz .tgz .tar .bz2 .xz .7z .rar .zst .iso .db .sqlite .mp3 .wav .mp4 .mov .avi .mkv .sig
    .onnx .jar .class .ico .cur .ttf .otf .woff .woff2
""")
#: Names that promise an image: yielded whatever is inside, so that opening says what is wrong.
_IMAGE_SUFFIXES = _words("""
    .dcm .dicom .ima .png .jpg .jpeg .jpe .bmp .gif .webp .tif .tiff .jp2 .j2k .avif .heic .heif
    .svg
""")
_INDEX_NAMES = frozenset({"dicomdir", "thumbs.db", "desktop.ini"})
#: Kinds without an image suffix that are no images either.
_NOT_IMAGES = ARCHIVES | {FileKind.TEXT, FileKind.PDF, FileKind.OFFICE, FileKind.VIDEO}


def open_study(origins: Origin | Sequence[Origin]) -> Study:
    """Open one picture, one DICOM file, or the DICOM files of one series.

    Frames of a series are ordered by position along the slice normal, else by instance number,
    else by name. Frames of DICOM files are decoded when indexed.

    Raises ``ImagingError``.
    """
    chosen = [origins] if isinstance(origins, (Path, bytes)) else list(origins)
    if not chosen:
        raise ImagingError(ImagingFailure.NOTHING_CHOSEN)
    if len(chosen) > MAX_FRAMES:
        raise ImagingError(ImagingFailure.TOO_MANY_FRAMES, frames=len(chosen), limit=MAX_FRAMES)
    if all(isinstance(origin, Path) for origin in chosen):
        chosen.sort(key=str)
    opened: list[OpenedFile] = []
    for origin in chosen:
        result = _open_one(origin, Deadline())
        if isinstance(result, Study):
            if len(chosen) > 1:
                raise ImagingError(ImagingFailure.SEVERAL_PICTURES)
            return result
        from core.imaging.dicom.reading import check_growth

        opened.append(result)
        check_growth(opened)
    from core.imaging.dicom.reading import make_study

    return make_study(opened)


def find_series(folder: Path) -> Iterator[list[Path]]:
    """The images in a folder and below it, as lists to hand to ``open_study``.

    A picture is a list of one. DICOM files are grouped by series; files that cannot share one
    stack (other size or orientation, multi-frame) are split apart. Groups come in the order of
    their first file in a sorted walk. Hidden files, DICOMDIR and files that are clearly no
    images are left out; what cannot be read is a list of one, so that opening it says why.

    Raises ``ImagingError`` when ``folder`` itself cannot be read.
    """
    with _translating_os_errors():
        if not stat.S_ISDIR(folder.stat().st_mode):
            raise ImagingError(ImagingFailure.NOT_A_REGULAR_FILE)
        os.scandir(folder).close()
    yield from _grouped(_candidates(folder))


def group_series(origins: Sequence[Origin]) -> list[list[Origin]]:
    """Files chosen together, grouped as ``find_series`` does; nothing is left out."""
    return list(_grouped((origin, None) for origin in origins))


def _candidates(folder: Path) -> Iterator[tuple[Path, FileKind | None]]:
    """Files that may be images, sorted within each folder, folders after the files."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            suffix = Path(name).suffix.lower()
            if name.startswith(".") or name.lower() in _INDEX_NAMES or suffix in _OTHER_SUFFIXES:
                continue
            path = Path(parent, name)
            kind = _kind_or_none(path)
            if suffix not in _IMAGE_SUFFIXES and kind in _NOT_IMAGES:
                continue
            yield path, kind


def _grouped(candidates: Iterable[tuple[T, FileKind | None]]) -> Iterator[list[T]]:
    groups: dict[StackKey | int, list[T]] = {}
    for number, (origin, known) in enumerate(candidates):
        kind = known or _kind_or_none(origin)
        key = _stack_key(origin) if kind is FileKind.DICOM else None
        groups.setdefault(number if key is None else key, []).append(origin)
    yield from groups.values()


def _kind_or_none(origin: Origin) -> FileKind | None:
    """The kind of a file; None for one that cannot be read."""
    try:
        with origin_stream(origin) as (file, _):
            return sniff(file.read(HEAD_BYTES))
    except ImagingError as error:
        return FileKind.EMPTY if error.failure is ImagingFailure.EMPTY_FILE else None


def _stack_key(origin: Origin) -> StackKey | None:
    """The stack a DICOM file belongs to; None for one that stands alone or cannot be read."""
    from core.imaging.dicom.reading import read_key

    try:
        with origin_stream(origin) as (file, length):
            return read_key(file, length)
    except ImagingError:
        return None


def _open_one(origin: Origin, deadline: Deadline) -> Study | OpenedFile:
    with origin_stream(origin) as (file, length):
        kind = sniff(file.read(HEAD_BYTES))
        file.seek(0)
        if kind in PICTURES:
            return open_picture(file, kind, deadline)
        if kind is FileKind.DICOM:
            from core.imaging.dicom.reading import open_file

            return open_file(file, length, deadline)
    raise _not_an_image(kind)


_KIND_FAILURES = {
    FileKind.TEXT: ImagingFailure.TEXT_FILE,
    FileKind.PDF: ImagingFailure.PDF_DOCUMENT,
    FileKind.OFFICE: ImagingFailure.OFFICE_DOCUMENT,
    FileKind.HEIC: ImagingFailure.HEIC_PHOTO,
    FileKind.SVG: ImagingFailure.SVG_DRAWING,
    FileKind.VIDEO: ImagingFailure.VIDEO_FILE,
}


def _not_an_image(kind: FileKind) -> ImagingError:
    if kind in ARCHIVES:
        return ImagingError(ImagingFailure.ARCHIVE_FILE, kind=kind.value)
    return ImagingError(_KIND_FAILURES.get(kind, ImagingFailure.UNSUPPORTED_FILE_KIND))


@contextmanager
def origin_stream(origin: Origin) -> Iterator[tuple[BinaryIO, int]]:
    """The file's stream and length in bytes, its kind and size on disk checked first."""
    with _translating_os_errors():
        if isinstance(origin, bytes):
            _check_length(len(origin))
            yield io.BytesIO(origin), len(origin)
            return
        mode = origin.stat().st_mode
        if stat.S_ISDIR(mode):
            raise ImagingError(ImagingFailure.IS_A_FOLDER)
        if not stat.S_ISREG(mode):  # opening a pipe would wait for ever
            raise ImagingError(ImagingFailure.NOT_A_REGULAR_FILE)
        with origin.open("rb") as file:
            length = os.fstat(file.fileno()).st_size
            _check_length(length)
            yield file, length


def _check_length(length: int) -> None:
    if length == 0:
        raise ImagingError(ImagingFailure.EMPTY_FILE)
    if length > MAX_FILE_BYTES:
        raise ImagingError(
            ImagingFailure.FILE_TOO_LARGE, limit_megabytes=MAX_FILE_BYTES // 1_000_000
        )


@contextmanager
def _translating_os_errors() -> Iterator[None]:
    """The system's errors name the path: what is raised instead does not (``from None``)."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise ImagingError(ImagingFailure.FILE_NOT_FOUND) from None
    except PermissionError:
        raise ImagingError(ImagingFailure.NO_PERMISSION) from None
    except IsADirectoryError:
        raise ImagingError(ImagingFailure.IS_A_FOLDER) from None
    except (OSError, ValueError):  # ValueError: a null character in the path
        raise ImagingError(ImagingFailure.FILE_UNREADABLE) from None
