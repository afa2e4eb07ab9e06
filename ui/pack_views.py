"""What the packs page shows beside the packs themselves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OfferView:
    """A version that a folder of packs offers, and that can be installed."""

    pack: str
    version: str
    text: str


@dataclass(frozen=True)
class PackWork:
    """What is being done with packs. ``said`` tells what; "" while nothing is. ``share`` is how
    much of a file has come, 0..1; None where that is not known. ``offers`` None: nobody asked."""

    said: str = ""
    share: float | None = None
    offers: tuple[OfferView, ...] | None = None
    faults: tuple[str, ...] = ()
