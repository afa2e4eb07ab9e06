"""Whom to believe to be the server: public authorities or the clinic's own, and pinned keys."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import socket
import ssl
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from core.sync.failures import SyncError, SyncFailure
from core.trust import is_this_machine, load_public

#: A pin is the SHA-256 of a certificate's SubjectPublicKeyInfo (RFC 7469, section 2.4).
_PIN_BYTES = 32


@dataclass(frozen=True)
class Trust:
    """How the server proves to be itself, and this device to it. There is no way to say "anyone".

    ``authority``: PEM certificates to trust instead of the public ones. ``pins``: base 64 of the
    SHA-256 of public keys, one of which the server must hold besides having a good certificate;
    none, or at least two, so that the server's key can be replaced. ``client_certificate`` and
    ``client_key`` (PEM) are for servers that ask for mutual TLS.

    Raises SyncError (SYNC_TRUST_INVALID).
    """

    authority: str = ""
    pins: tuple[str, ...] = ()
    client_certificate: str = ""
    client_key: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        sound = len(set(self.pins)) != 1 and bool(self.client_certificate) == bool(self.client_key)
        if not sound or not all(map(_is_pin, self.pins)):
            raise SyncError(SyncFailure.SYNC_TRUST_INVALID)

    def context(self) -> ssl.SSLContext:
        """What a connection is made with. Raises SyncError (SYNC_TRUST_INVALID)."""
        context = _Pinning(ssl.PROTOCOL_TLS_CLIENT)
        context.pins = frozenset(map(base64.b64decode, self.pins))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            if self.authority:
                context.load_verify_locations(cadata=self.authority)
            else:
                load_public(context)
            if self.client_certificate:
                _load_client(context, self.client_certificate, self.client_key)
        except (OSError, ssl.SSLError, ValueError, TypeError):
            raise SyncError(SyncFailure.SYNC_TRUST_INVALID) from None
        return context


class PinMismatchError(ssl.SSLError):
    """A good certificate, but not one of the keys that were pinned."""


class _Pinning(ssl.SSLContext):
    """Looks at the server's key right after the handshake: before a byte of ours is sent."""

    pins: frozenset[bytes] = frozenset()

    def wrap_socket(self, sock: socket.socket, *args: Any, **more: Any) -> ssl.SSLSocket:
        wrapped = super().wrap_socket(sock, *args, **more)
        if self.pins and not self._is_pinned(wrapped):
            wrapped.close()
            raise PinMismatchError("another key than the pinned ones")
        return wrapped

    def _is_pinned(self, wrapped: ssl.SSLSocket) -> bool:
        shown = wrapped.getpeercert(binary_form=True)
        if not shown:
            return False
        digest = base64.b64decode(pin_of(shown))
        return any(hmac.compare_digest(digest, pin) for pin in self.pins)


def pin_of(certificate: bytes) -> str:
    """The pin of a certificate in DER. Raises ValueError for what is none."""
    key = x509.load_der_x509_certificate(certificate).public_key()
    plain = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(plain).digest()).decode("ascii")


def checked_address(address: str) -> str:
    """A server's base address as it is used: without a slash at its end, encrypted unless it is
    this very machine. Raises SyncError (SYNC_ADDRESS_INVALID, SYNC_NOT_ENCRYPTED)."""
    try:
        parts = urlsplit(address.strip())
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise SyncError(SyncFailure.SYNC_ADDRESS_INVALID) from None
    extra = parts.query or parts.fragment or parts.username or parts.password
    plain_text = all(33 <= ord(letter) < 127 for letter in address.strip())
    if parts.scheme not in ("http", "https") or not host or extra or not plain_text:
        raise SyncError(SyncFailure.SYNC_ADDRESS_INVALID)
    if parts.scheme == "http" and not is_this_machine(host):
        raise SyncError(SyncFailure.SYNC_NOT_ENCRYPTED)
    return address.strip().rstrip("/")


def _is_pin(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == _PIN_BYTES
    except (ValueError, binascii.Error):
        return False


def _load_client(context: ssl.SSLContext, certificate: str, key: str) -> None:
    """Python reads keys from files only: for that moment this one lies encrypted in one of ours."""
    password = secrets.token_hex(32)
    loaded = load_pem_private_key(key.encode(), None)
    sealed = loaded.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode())
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "client.pem")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:  # noqa: PTH123 (a file descriptor)
            file.write(certificate.encode() + b"\n" + sealed)
        context.load_cert_chain(path, password=password)
