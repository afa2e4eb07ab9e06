"""Which machines may be spoken to in plain, and which authorities say who a server is: one rule for
the clinic's server, the image archive and the folder of packs."""

from __future__ import annotations

import ssl
from ipaddress import ip_address
from pathlib import Path


def is_this_machine(host: str) -> bool:
    """Whether a host name can only mean the machine that asks."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def context_for(authority: Path | str | None) -> ssl.SSLContext:
    """What a connection is made with: servers are believed by the certificates of ``authority``
    (a PEM file, or its text) alone, or by the public authorities where there is none.

    Raises OSError, ssl.SSLError and ValueError for one that holds none.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if authority is None:
        load_public(context)
    elif isinstance(authority, str):
        context.load_verify_locations(cadata=authority)
    else:
        context.load_verify_locations(cafile=authority)
    return context


def load_public(context: ssl.SSLContext) -> None:
    """The system's authorities; where it shows none to Python (a phone), certifi's."""
    context.load_default_certs()
    if not context.cert_store_stats()["x509_ca"]:
        import certifi

        context.load_verify_locations(cafile=certifi.where())
