"""A static HTTPS folder of packs: what it offers, and its files, fetched so that a bad line loses
nothing that has come.

The folder holds ``index.json``, ``revocations.json`` with ``revocations.sig``, and one folder for
each version of a pack. The index is not signed: it is only a list of what to look at, and nothing
it says is believed about a pack (docs/packs.md).
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import httpx

from core.pack_source.failures import PackSourceError, PackSourceFailure
from core.trust import context_for, is_this_machine

# httpx logs every address that it asks, at INFO.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

_Answer = TypeVar("_Answer")

INDEX_FILE, INDEX_FORM = "index.json", 1
#: Seconds to wait: for a connection, and for the next bytes.
_CONNECT_S, _ANSWER_S = 10.0, 30.0
#: How often in a row a file may break off without a byte of progress, and the first pause, doubled
#: each time, in seconds.
_ATTEMPTS, _FIRST_PAUSE_S, _LONGEST_PAUSE_S = 5, 0.5, 30.0
_INDEX_LIMIT, _MOST_PACKS = 1024 * 1024, 500
_FOLDER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*){0,3}")
_ID, _VERSION = re.compile(r"[a-z][a-z0-9_]{1,40}"), re.compile(r"\d{1,6}\.\d{1,6}\.\d{1,6}")


@dataclass(frozen=True)
class Listed:
    """A line of the index: a version of a pack, the folder it lies in, and how many bytes its
    model has, as the server says."""

    pack: str
    version: str
    folder: str
    model_bytes: int


class PackSource:
    """A folder of packs at ``address``. ``authority`` is a file of certificates to trust instead of
    the public ones; ``pause`` waits so many seconds. Use it in a ``with``.

    Every method raises ``PackSourceError``; the constructor does for an address that is none, or
    not encrypted (this machine's own may be plain).
    """

    def __init__(
        self,
        address: str,
        *,
        authority: Path | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._pause = pause
        self._client = httpx.Client(
            base_url=_checked(address),
            # Ranges count the bytes as they are sent, so they must be sent as they are.
            headers={"Accept-Encoding": "identity"},
            verify=_trusted(authority),
            timeout=httpx.Timeout(_ANSWER_S, connect=_CONNECT_S),
            # A network that wants a sign-in redirects to it.
            follow_redirects=False,
            trust_env=False,
        )

    def __enter__(self) -> PackSource:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._client.close()

    def index(self) -> list[Listed]:
        """What the folder offers, in its order."""
        try:
            table = json.loads(self.small_file(INDEX_FILE, _INDEX_LIMIT))
            if table["form"] != INDEX_FORM:
                raise ValueError("a form of index that is not known here")
            return [_listed(each) for each in table["packs"][:_MOST_PACKS]]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise PackSourceError(PackSourceFailure.SOURCE_ANSWER_UNKNOWN) from None

    def small_file(self, path: str, limit: int) -> bytes:
        """A file of at most ``limit`` bytes, whole."""

        def whole() -> bytes:
            with self._client.stream("GET", path) as answer:
                _check(answer, path)
                found = bytearray()
                for chunk in answer.iter_raw():
                    found += chunk
                    if len(found) > limit:
                        raise PackSourceError(PackSourceFailure.SOURCE_ANSWER_UNKNOWN)
                return bytes(found)

        return self._patiently(whole, lambda: 0)

    def large_file(
        self, path: str, target: Path, *, sha256: str, limit: int, told: Callable[[int], None]
    ) -> None:
        """A file of at most ``limit`` bytes with this SHA-256, into ``target``, going on from what
        lies there. ``told`` hears how many bytes are there; what it raises ends the fetching, and
        what has come stays for the next time. Raises OSError where it cannot be written.

        Only a server's own bytes can spoil the file, so a wrong one is fetched anew once, whole.
        """
        for _ in range(2):
            self._patiently(
                lambda: self._go_on(path, target, sha256, limit, told), lambda: _size(target)
            )
            if _digest(target) == sha256:
                return
            target.unlink(missing_ok=True)
        raise PackSourceError(PackSourceFailure.SOURCE_FILE_WRONG, file=_file_name(path))

    def _go_on(
        self, path: str, target: Path, sha256: str, limit: int, told: Callable[[int], None]
    ) -> None:
        """One request for what is missing (RFC 9110 section 14)."""
        have = _size(target)
        if have and _digest(target) == sha256:
            told(have)
            return
        asked = {"Range": f"bytes={have}-"} if have else {}
        with self._client.stream("GET", path, headers=asked) as answer:
            if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                return  # There is no more of it: the digest judges.
            _check(answer, path)
            if not _continues(answer, have):
                have = 0
            with target.open("ab" if have else "wb") as file:
                for chunk in answer.iter_raw():
                    have += len(chunk)
                    if have > limit:
                        raise PackSourceError(
                            PackSourceFailure.SOURCE_FILE_WRONG, file=_file_name(path)
                        )
                    file.write(chunk)
                    told(have)

    def _patiently(self, ask: Callable[[], _Answer], progress: Callable[[], int]) -> _Answer:
        """Ask until it goes through. A line that breaks off is asked again at once as long as
        bytes come, and else a few times, later and later."""
        failed, had = 0, progress()
        while True:
            try:
                with _translating():
                    return ask()
            except _BrokenOff as broken:
                moved, had = progress() > had, progress()
                failed = 0 if moved else failed + 1
                if failed >= _ATTEMPTS:
                    raise broken.failure from None
                wait = broken.wait or _FIRST_PAUSE_S * 2**failed
                self._pause(min(wait, _LONGEST_PAUSE_S))


class _BrokenOff(Exception):  # noqa: N818 - tells _patiently to ask again; never leaves this file
    def __init__(self, failure: PackSourceError, wait: float = 0.0) -> None:
        super().__init__()
        self.failure, self.wait = failure, wait


@contextmanager
def _translating() -> Iterator[None]:
    unreachable = PackSourceError(PackSourceFailure.SOURCE_UNREACHABLE)
    try:
        yield
    except httpx.HTTPError as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise PackSourceError(PackSourceFailure.SOURCE_CERTIFICATE) from None
        raise _BrokenOff(unreachable) from None
    except httpx.InvalidURL:
        raise PackSourceError(PackSourceFailure.SOURCE_ADDRESS_INVALID) from None


def _check(answer: httpx.Response, path: str) -> None:
    """Raises ``PackSourceError`` for an answer that holds no file, ``_BrokenOff`` for one that may
    be another in a moment."""
    status = answer.status_code
    if status in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
        return
    if status in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
        raise PackSourceError(PackSourceFailure.SOURCE_FILE_MISSING, file=_file_name(path))
    if answer.is_redirect:
        raise PackSourceError(PackSourceFailure.SOURCE_ANSWER_UNKNOWN)
    refused = PackSourceError(PackSourceFailure.SOURCE_REFUSED, status=status)
    if status == httpx.codes.TOO_MANY_REQUESTS or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        wait = answer.headers.get("Retry-After", "")
        raise _BrokenOff(refused, float(wait) if wait.isdecimal() else 0.0)
    raise refused


def _continues(answer: httpx.Response, have: int) -> bool:
    """Whether the body goes on where the file ends. Many servers ignore ranges and send it all."""
    if answer.status_code != httpx.codes.PARTIAL_CONTENT:
        return False
    stated = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    if stated is None or int(stated[1]) != have:
        # Not what was asked for, and nothing says what it is.
        raise PackSourceError(PackSourceFailure.SOURCE_ANSWER_UNKNOWN)
    return True


def _checked(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address.strip().rstrip("/") + "/")
    except (httpx.InvalidURL, TypeError, ValueError):
        raise PackSourceError(PackSourceFailure.SOURCE_ADDRESS_INVALID) from None
    if url.scheme not in ("http", "https") or not url.host or url.query or url.userinfo:
        raise PackSourceError(PackSourceFailure.SOURCE_ADDRESS_INVALID)
    if url.scheme == "http" and not is_this_machine(url.host):
        raise PackSourceError(PackSourceFailure.SOURCE_NOT_ENCRYPTED)
    return url


def _trusted(authority: Path | None) -> ssl.SSLContext:
    try:
        return context_for(authority)
    except (OSError, ssl.SSLError):
        raise PackSourceError(PackSourceFailure.SOURCE_CERTIFICATE) from None


def _listed(table: Mapping[str, Any]) -> Listed:
    """A line of the index. Raises ValueError, KeyError, TypeError for one that leads elsewhere."""
    pack, version, folder = (str(table[name]) for name in ("id", "version", "folder"))
    size = table["model_bytes"]
    fitting = _ID.fullmatch(pack) and _VERSION.fullmatch(version) and _FOLDER.fullmatch(folder)
    if not fitting or type(size) is not int or size < 0:
        raise ValueError("not a line of an index")
    return Listed(pack, version, folder, size)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _digest(path: Path) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _file_name(path: str) -> str:
    return path.rsplit("/", 1)[-1]
