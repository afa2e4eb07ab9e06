"""One archive: QIDO-RS to find, WADO-RS to fetch, STOW-RS to store (PS3.18 10.4 to 10.6)."""

from __future__ import annotations

import io
import logging
import re
import ssl
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from core.errors import ImagingError
from core.imaging.dicom.header import read_header, read_text
from core.imaging.limits import Deadline
from core.pacs import answers
from core.pacs.answers import FoundStudy, Receipt
from core.pacs.failures import PacsError, PacsFailure
from core.pacs.multipart import boundary_of, parts, written
from core.trust import context_for, is_this_machine

# httpx logs every address it asks at INFO, and with it the patient who is searched for; httpcore
# logs headers at DEBUG, and with them the sign-in.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

#: Seconds to wait: for a connection, and for the next bytes.
_CONNECT_S, _ANSWER_S = 10.0, 60.0
#: Studies of one answer, and answers of one search.
_PAGE, _MOST_PAGES = 100, 20
#: Bytes and files of one fetched study.
MAX_STUDY_BYTES, MAX_STUDY_FILES = 4_000_000_000, 10_000
#: Bytes that are stored in one request.
_MAX_BATCH_BYTES = 64_000_000
_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_JSON = "application/dicom+json"
_FILES = 'multipart/related; type="application/dicom"; transfer-syntax=*'


class Transport(StrEnum):
    """Whether an address that is not encrypted may be used. This machine itself always may."""

    ENCRYPTED = "encrypted"
    PLAIN_ALLOWED = "plain_allowed"


class Pacs:
    """An archive at ``address``, the part of its DICOMweb URLs before ``/studies``.

    ``sign_in`` is what httpx takes for ``auth``, such as a user name and password; ``token`` a
    bearer token instead. ``authority`` is a file of certificates to trust instead of the public
    ones, or its text. Use it in a ``with``. Every method raises ``PacsError``; the constructor does
    for an address that is none, or not encrypted.
    """

    def __init__(
        self,
        address: str,
        *,
        sign_in: tuple[str, str] | None = None,
        token: str | None = None,
        authority: Path | str | None = None,
        transport: Transport = Transport.ENCRYPTED,
    ) -> None:
        base = _checked(address, transport)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(
            base_url=base,
            auth=sign_in,
            headers=headers,
            verify=_trusted(authority),
            timeout=httpx.Timeout(_ANSWER_S, connect=_CONNECT_S),
            # A redirect could carry the sign-in and a patient's name elsewhere.
            follow_redirects=False,
            # Neither proxies nor sign-ins of the environment: only what was given.
            trust_env=False,
        )

    def __enter__(self) -> Pacs:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._client.close()

    def find(
        self,
        *,
        accession: str | None = None,
        patient_id: str | None = None,
        date: str | None = None,
    ) -> list[FoundStudy]:
        """The studies of an accession number, a patient or a day (YYYYMMDD or YYYYMMDD-YYYYMMDD).

        Raises ValueError when none of them is given, for that would list the whole archive.
        """
        asked = {"AccessionNumber": accession, "PatientID": patient_id, "StudyDate": date}
        wanted = {name: _literal(value) for name, value in asked.items() if value}
        if not wanted:
            raise ValueError("a search needs something to search for")
        wanted["includefield"] = f"{answers.DESCRIPTION},{answers.INSTANCES}"
        found: list[FoundStudy] = []
        for page in range(_MOST_PAGES):
            told = self._page(wanted | {"limit": str(_PAGE), "offset": str(page * _PAGE)})
            # An archive that pays no heed to the offset would send the same page for ever.
            new = [each for each in told if each not in found]
            found += new
            if len(told) < _PAGE or not new:
                break
        return found

    def _page(self, query: Mapping[str, str]) -> list[FoundStudy]:
        with _translating():
            answer = self._client.get("studies", params=query, headers={"Accept": _JSON})
            if answer.status_code == httpx.codes.NO_CONTENT:
                return []
            _check(answer)
            return answers.studies(_json(answer))

    def fetch(self, study_uid: str, folder: Path) -> list[Path]:
        """Every object of a study, written into ``folder`` as ``0000.dcm`` and so on as it arrives.

        Raises ``PacsError``; what arrived before the error stays. Raises OSError where the folder
        cannot be written.
        """
        _check_uid(study_uid)
        folder.mkdir(parents=True, exist_ok=True)
        found: list[Path] = []
        for content in self.received(study_uid, MAX_STUDY_BYTES):
            path = folder / f"{len(found):04d}.dcm"
            path.write_bytes(content)
            found.append(path)
        return found

    def received(self, study_uid: str, most_bytes: int) -> Generator[bytes]:
        """Every object of a study as it arrives; ``most_bytes`` in all. Close it to stop early.

        Raises ``PacsError``.
        """
        _check_uid(study_uid)
        with (
            _translating(),
            self._client.stream(
                "GET", f"studies/{study_uid}", headers={"Accept": _FILES}
            ) as answer,
        ):
            _check(answer)
            boundary = boundary_of(answer.headers.get("Content-Type", ""))
            chunks = _counted(answer.iter_bytes(), most_bytes)
            for number, content in enumerate(parts(chunks, boundary)):
                if number >= MAX_STUDY_FILES:
                    raise _too_large(most_bytes)
                yield content

    def store(self, files: Sequence[bytes]) -> Receipt:
        """Store DICOM files. Read the receipt: an archive may keep some and refuse others, and
        only what it named as kept was kept."""
        if not files:
            raise PacsError(PacsFailure.PACS_NOTHING_TO_STORE)
        uids = [_instance_uid(each) for each in files]
        kept: tuple[str, ...] = ()
        refused: tuple[answers.Refused, ...] = ()
        for batch in _batches(files):
            sent = [uids[number] for number in batch]
            told = self._store([files[number] for number in batch], sent)
            kept, refused = kept + told.kept, refused + told.refused
        return Receipt(kept, refused)

    def _store(self, files: list[bytes], uids: list[str]) -> Receipt:
        kind, body = written(files)
        with _translating():
            answer = self._client.post(
                "studies", content=body, headers={"Content-Type": kind, "Accept": _JSON}
            )
            # 409: none was kept, and the answer says why (PS3.18 10.5.3).
            if answer.status_code != httpx.codes.CONFLICT:
                _check(answer)
            return answers.receipt(_json(answer), uids)


def _checked(address: str, transport: Transport) -> httpx.URL:
    try:
        url = httpx.URL(address.rstrip("/") + "/")
    except (httpx.InvalidURL, TypeError, ValueError):
        raise PacsError(PacsFailure.PACS_ADDRESS_INVALID) from None
    if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.query:
        raise PacsError(PacsFailure.PACS_ADDRESS_INVALID)
    plain = url.scheme == "http" and not is_this_machine(url.host)
    if plain and transport is Transport.ENCRYPTED:
        raise PacsError(PacsFailure.PACS_NOT_ENCRYPTED)
    return url


def _trusted(authority: Path | str | None) -> ssl.SSLContext:
    try:
        return context_for(authority)
    except (OSError, ssl.SSLError, ValueError):
        raise PacsError(PacsFailure.PACS_CERTIFICATE) from None


@contextmanager
def _translating() -> Iterator[None]:
    """The network's errors name the address, and the query with its patient: what is raised
    instead does not (``from None``)."""
    try:
        yield
    except httpx.TimeoutException:
        raise PacsError(PacsFailure.PACS_TOO_SLOW) from None
    except httpx.HTTPError as error:
        failure = PacsFailure.PACS_UNREACHABLE
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            failure = PacsFailure.PACS_CERTIFICATE
        raise PacsError(failure) from None
    except httpx.InvalidURL:
        raise PacsError(PacsFailure.PACS_ADDRESS_INVALID) from None


def _check(answer: httpx.Response) -> None:
    status = answer.status_code
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        raise PacsError(PacsFailure.PACS_SIGN_IN)
    if status == httpx.codes.NOT_FOUND:
        raise PacsError(PacsFailure.PACS_NOT_FOUND)
    if status not in (httpx.codes.OK, httpx.codes.ACCEPTED, httpx.codes.PARTIAL_CONTENT):
        raise PacsError(PacsFailure.PACS_REFUSED, status=status)


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise PacsError(PacsFailure.PACS_ANSWER_UNKNOWN) from None


def _literal(value: str) -> str:
    """A value that matches itself alone: ``*`` and ``?`` would match anything (PS3.4 C.2.2.2.4)."""
    if any(sign in value for sign in "*?\\,"):
        raise PacsError(PacsFailure.PACS_NOT_FOUND)
    return value.strip()


def _check_uid(study_uid: str) -> None:
    if not _UID.fullmatch(study_uid) or len(study_uid) > 64:
        raise PacsError(PacsFailure.PACS_UID_INVALID)


def _counted(chunks: Iterator[bytes], most_bytes: int) -> Iterator[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > most_bytes:
            raise _too_large(most_bytes)
        yield chunk


def _too_large(most_bytes: int) -> PacsError:
    return PacsError(PacsFailure.PACS_STUDY_TOO_LARGE, limit_megabytes=most_bytes // 1_000_000)


def _instance_uid(content: bytes) -> str:
    try:
        header = read_header(io.BytesIO(content), len(content), Deadline(), pixels=False)
    except ImagingError:
        raise PacsError(PacsFailure.PACS_NOT_DICOM) from None
    uid = read_text(header.dataset, "SOPInstanceUID")
    if not uid:
        raise PacsError(PacsFailure.PACS_NOT_DICOM)
    return uid


def _batches(files: Sequence[bytes]) -> Iterator[list[int]]:
    """Numbers of files that go in one request, a request staying below a size."""
    batch: list[int] = []
    size = 0
    for number, content in enumerate(files):
        if batch and size + len(content) > _MAX_BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(number)
        size += len(content)
    yield batch
