"""One request and its answer over HTTP, bounded in time and in bytes.

A time limit for each read would let a server that sends a byte now and then hold a phone for ever,
so every request has one limit for all of it.
"""

from __future__ import annotations

import gzip
import logging
import ssl
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpcore

from core.sync.failures import SyncError, SyncFailure
from core.sync.trust import PinMismatchError, Trust

# They log every address that is asked, and headers, and with them a sign-in.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

#: Seconds: to connect, between two bytes, and for a whole request with its answer. What is sent
#: gets a second more for every thousand bytes, for the slowest networks.
CONNECT_S, SILENCE_S, REQUEST_S, SLOWEST_BYTES_A_S = 15.0, 45.0, 120.0, 1000
#: Bytes of an answer, after it was unpacked.
MOST_ANSWER_BYTES = 16_000_000
_GZIP_BITS = 16 + zlib.MAX_WBITS


@dataclass(frozen=True)
class Answer:
    """What came back. ``headers`` have names in lower case. ``date`` is the server's Date."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def date(self) -> datetime | None:
        try:
            told = parsedate_to_datetime(self.headers.get("date", ""))
        except ValueError:
            return None
        return told if told.tzinfo else told.replace(tzinfo=UTC)

    @property
    def retry_after_s(self) -> float | None:
        """``Retry-After`` in seconds (RFC 9110, 10.2.3), a date being counted from the Date."""
        told = self.headers.get("retry-after", "").strip()
        if told.isascii() and told.isdecimal():
            return float(told[:9])
        try:
            at, now = parsedate_to_datetime(told), self.date
        except ValueError:
            return None
        if now is None or at.tzinfo is None:
            return None
        return max(0.0, (at - now) / timedelta(seconds=1))


@dataclass
class Traffic:
    """Bytes that went over the network, the handshakes' not among them."""

    sent: int = 0
    received: int = 0


class Wire:
    """Requests to servers, one at a time, over a connection that is kept. Close it at the end."""

    def __init__(self, trust: Trust, *, request_s: float = REQUEST_S) -> None:
        self._limit, self._request_s = _Limit(), request_s
        self._mutex = threading.Lock()
        self.traffic = self._limit.traffic
        self._pool = httpcore.ConnectionPool(
            ssl_context=trust.context(),
            max_connections=2,
            max_keepalive_connections=1,
            keepalive_expiry=30.0,
            network_backend=_Bounded(self._limit),
        )

    def close(self) -> None:
        self._pool.close()

    def ask(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None
    ) -> Answer:
        """The answer, whatever its status. Redirects are not followed: one could carry a sign-in
        elsewhere. Raises SyncError."""
        told = {"Accept-Encoding": "gzip", "User-Agent": "Outpost", **headers}
        if content is not None:
            told["Content-Length"] = str(len(content))
        silence = min(SILENCE_S, self._request_s)
        seconds = self._request_s + len(content or b"") / SLOWEST_BYTES_A_S
        patience = {"connect": CONNECT_S, "read": silence, "write": silence, "pool": CONNECT_S}
        with self._mutex, _translating():
            self._limit.start(seconds)
            with self._pool.stream(
                method,
                url,
                headers=list(told.items()),
                content=content,
                extensions={"timeout": patience},
            ) as response:
                found = {
                    name.decode("latin-1").lower(): value.decode("latin-1")
                    for name, value in response.headers
                }
                body = b"".join(_bounded(_unpacked(response.iter_stream(), found)))
                return Answer(response.status, found, body)


def packed(content: bytes) -> bytes:
    """Content for ``Content-Encoding: gzip``: the same each time it is made."""
    return gzip.compress(content, compresslevel=6, mtime=0)


class _Limit:
    """When the request under way must be over, and what went over the network."""

    def __init__(self) -> None:
        self._end = 0.0
        self.traffic = Traffic()

    def start(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self, timeout: float | None, late: type[Exception]) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise late("the request took too long")
        return left if timeout is None else min(left, timeout)


class _Bounded(httpcore.NetworkBackend):
    """The ordinary network, every wait cut to what is left."""

    def __init__(self, limit: _Limit) -> None:
        self._limit, self._network = limit, httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = self._limit.left(timeout, httpcore.ConnectTimeout)
        stream = self._network.connect_tcp(host, port, left, local_address, socket_options)
        return _Stream(stream, self._limit)


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, limit: _Limit) -> None:
        self._stream, self._limit = stream, limit

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = self._limit.left(timeout, httpcore.ReadTimeout)
        found = self._stream.read(max_bytes, left)
        self._limit.traffic.received += len(found)
        return found

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        left = self._limit.left(timeout, httpcore.WriteTimeout)
        self._stream.write(buffer, left)
        self._limit.traffic.sent += len(buffer)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._limit.left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left), self._limit)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _unpacked(chunks: Iterable[bytes], headers: Mapping[str, str]) -> Iterator[bytes]:
    """The body without its compression, never more than a step ahead of what was asked."""
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding in ("", "identity"):
        yield from chunks
        return
    if coding not in ("gzip", "x-gzip"):
        raise SyncError(SyncFailure.SYNC_ANSWER_UNKNOWN)
    unpacking = zlib.decompressobj(_GZIP_BITS)
    for chunk in chunks:
        rest = chunk
        while rest:
            yield unpacking.decompress(rest, 1 << 20)
            rest = unpacking.unconsumed_tail
    yield unpacking.flush()
    if not unpacking.eof:
        raise httpcore.RemoteProtocolError("a body that was cut off")


def _bounded(chunks: Iterable[bytes]) -> Iterator[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > MOST_ANSWER_BYTES:
            limit = MOST_ANSWER_BYTES // 1_000_000
            raise SyncError(SyncFailure.SYNC_ANSWER_TOO_LARGE, limit_megabytes=limit)
        yield chunk


@contextmanager
def _translating() -> Iterator[None]:
    """The network's errors name addresses: what is raised instead does not (``from None``)."""
    try:
        yield
    except httpcore.TimeoutException:
        raise SyncError(SyncFailure.SYNC_TOO_SLOW) from None
    except (httpcore.ConnectError, ssl.SSLError) as error:
        raise SyncError(_handshake_failure(error)) from None
    except (httpcore.ProtocolError, httpcore.NetworkError, zlib.error):
        raise SyncError(SyncFailure.SYNC_CUT_OFF) from None
    except (OSError, httpcore.UnsupportedProtocol, httpcore.ConnectionNotAvailable):
        raise SyncError(SyncFailure.SYNC_UNREACHABLE) from None
    except UnicodeError:  # A host name that no name server could know.
        raise SyncError(SyncFailure.SYNC_ADDRESS_INVALID) from None


def _handshake_failure(error: BaseException) -> SyncFailure:
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, PinMismatchError):
            return SyncFailure.SYNC_CERTIFICATE_CHANGED
        if "CERTIFICATE_VERIFY_FAILED" in str(found):
            return SyncFailure.SYNC_CERTIFICATE
        found = found.__cause__ or found.__context__
    return SyncFailure.SYNC_UNREACHABLE
