"""Certificates made for a test: an authority, and what it vouches for."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from core.sync.trust import pin_of


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, in PEM."""

    certificate: str
    key: str

    @property
    def pin(self) -> str:
        parsed = x509.load_pem_x509_certificate(self.certificate.encode())
        return pin_of(parsed.public_bytes(Encoding.DER))

    def context(self, folder: Path, clients: str = "") -> ssl.SSLContext:
        """A server's context; with ``clients``, an authority whose clients alone are let in."""
        path = folder / "server.pem"
        path.write_text(self.certificate + self.key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        if clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=clients)
        return context


class Authority:
    """Vouches for localhost and for clients."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        whole = self._built(self._name, self._key, timedelta(days=1), ca=True)
        self.certificate = whole.public_bytes(Encoding.PEM).decode()

    def pair(self, name: str = "localhost", ends: timedelta = timedelta(days=1)) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        common = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = self._built(common, key, ends, ca=False)
        plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return Pair(made.public_bytes(Encoding.PEM).decode(), plain.decode())

    def _built(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, ends: timedelta, *, ca: bool
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        alternative = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=30))
            .not_valid_after(now + ends)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if not ca:
            builder = builder.add_extension(x509.SubjectAlternativeName(alternative), False)
        return builder.sign(self._key, SHA256())
