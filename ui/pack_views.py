"""What the packs page and the about page show of packs, and of what is done with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.reading.manifest import Manifest, PackStatus
from core.sentences import Statement
from ui import words
from ui.language import clinical, formats, said
from ui.pack_figures import Figures


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


@dataclass(frozen=True)
class PackView:
    """One pack on the packs page and the about page. ``problem``: why it cannot be used."""

    id: str
    title: str
    version: str = ""
    experimental: bool = False
    problem: Statement | None = None
    intended_use: str = ""
    population: str = ""
    not_for: tuple[str, ...] = ()
    review_by: str = ""
    evaluation: tuple[str, ...] = ()
    reads: bool = True
    figures: Figures | None = None
    past_review: str = ""
    can_go_back: bool = False


def pack_view(manifest: Manifest) -> PackView:
    """A pack that can be used."""
    return PackView(
        manifest.id,
        said(manifest.title),
        manifest.version,
        manifest.status is PackStatus.EXPERIMENTAL,
        None,
        clinical(manifest.intended_use),
        clinical(manifest.population),
        tuple(map(clinical, manifest.contraindications)),
        words.REVIEW_BY.format(day=formats.day(manifest.review_by)),
        tuple(
            _evaluation(item) for item in manifest.raw["evaluation"] if item["value"] is not None
        ),
        manifest.kind.value == "reader",
    )


def _evaluation(item: Mapping[str, Any]) -> str:
    """A figure with everything it must never be shown without."""
    interval = item["interval"]
    said = words.EVALUATION.format(
        metric=item["metric"].capitalize(),
        value=formats.number(item["value"], ".3g"),
        interval=words.INTERVAL.format(
            low=formats.number(interval[0], ".3g"),
            high=formats.number(interval[1], ".3g"),
            method=item["interval_method"],
        )
        if interval
        else words.NO_INTERVAL,
        test_set=item["test_set"],
        images=item["images"],
        groups=item["groups"],
    )
    shares = ", ".join(f"{name} {share:.0%}" for name, share in item["prevalence"].items())
    return f"{said} {words.PREVALENCE.format(shares=shares)}" if shares else said
