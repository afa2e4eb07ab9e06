"""The key by which a device signs in (ES384: ECDSA with P-384 and SHA-384, RFC 7518, 3.4)."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

_COORDINATE_BYTES = 48


class DeviceKey:
    """Made on the device; the private half leaves it only sealed. ``pem`` is the private half.

    Raises ValueError for what is no such key.
    """

    def __init__(self, pem: str) -> None:
        private = load_pem_private_key(pem.encode(), None)
        if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp384r1":
            raise ValueError("not a P-384 key")
        self._pem, self.private = pem, private

    @classmethod
    def new(cls) -> DeviceKey:
        made = ec.generate_private_key(ec.SECP384R1())
        return cls(
            made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
        )

    def __repr__(self) -> str:
        return f"DeviceKey({self.thumbprint})"

    @property
    def pem(self) -> str:
        return self._pem

    @cached_property
    def public_jwk(self) -> dict[str, str]:
        """The public half, for whoever registers the device (RFC 7517)."""
        return {**self._bare_jwk, "kid": self.thumbprint, "alg": "ES384", "use": "sig"}

    @cached_property
    def thumbprint(self) -> str:
        """RFC 7638: the same however the key is written."""
        plain = json.dumps(self._bare_jwk, sort_keys=True, separators=(",", ":"))
        return _text(hashlib.sha256(plain.encode()).digest())

    @property
    def _bare_jwk(self) -> dict[str, str]:
        numbers = self.private.public_key().public_numbers()
        x, y = (_text(each.to_bytes(_COORDINATE_BYTES, "big")) for each in (numbers.x, numbers.y))
        return {"crv": "P-384", "kty": "EC", "x": x, "y": y}


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
