"""Pseudonyms: the same patient code gives the same one, and nobody without the key goes back.

HMAC-SHA-256 under the clinic's site key of the code after the normalisation published in
docs/vault-format.md. A site key can be replaced; its epoch says which one a pseudonym is of.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from dataclasses import dataclass, field

from storage.sealing import Key

#: Unicode's general categories of separators, dashes, other punctuation joins and invisible
#: marks that scanners, keyboards and copied text leave between the letters of a code.
_SEPARATORS = {"Zs", "Zl", "Zp", "Pd", "Pc", "Po", "Cf", "Cc"}
#: 128 bits of the HMAC.
_DIGITS = 32


@dataclass(frozen=True)
class SiteKey:
    """The clinic's key and how many came before it, counted from 1."""

    epoch: int
    key: Key = field(repr=False)


def normalised(code: str) -> str:
    """The code as every device of the clinic writes it, however it was typed.

    1. NFKC. 2. Every Unicode decimal digit becomes its ASCII digit. 3. Case is folded, and
    NFKC applied again, since folding can undo it. 4. Separators are dropped: characters of the
    categories Zs, Zl, Zp, Pd, Pc, Po, Cf and Cc. Raises ValueError when nothing is left.
    """
    folded = _ascii_digits(unicodedata.normalize("NFKC", code))
    folded = unicodedata.normalize("NFKC", folded.casefold())
    kept = "".join(c for c in folded if unicodedata.category(c) not in _SEPARATORS)
    # Letters that a dropped one kept apart may now join.
    kept = unicodedata.normalize("NFKC", kept)
    if not kept:
        raise ValueError("a patient code needs at least one letter or digit")
    return kept


def _ascii_digits(text: str) -> str:
    return "".join(str(unicodedata.digit(c)) if c.isdecimal() else c for c in text)


def pseudonym(code: str, site: SiteKey) -> str:
    """``"<epoch>-<32 hexadecimal digits>"``. Raises ValueError for a code of separators only.

    Half of the HMAC, which is as short as RFC 2104, section 5, allows: so that the whole fits
    into a DICOM Patient ID (LO, 64 characters, PS3.5 6.2) and is never cut off on its way. Two
    of a million patients fall together with a chance of less than 1 in 10^26.
    """
    message = b"outpost pseudonym\x00" + normalised(code).encode()
    digest = hmac.new(site.key, message, hashlib.sha256).hexdigest()
    return f"{site.epoch}-{digest[:_DIGITS]}"
