"""What kind of image is this, and which pack reads it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.reading.calibration import calibrated, distance
from core.reading.inference import Network
from core.reading.manifest import PackClass, Role
from core.reading.preprocess import fit, normalise
from core.reading.result import Route
from core.reading.sentences import ReadingReason
from core.sentences import Statement

Grey = npt.NDArray[np.uint8]

#: Label of an image that the router knows nothing like.
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Routing:
    """Where an image goes: ``pack`` is None when ``refusal`` says why it goes nowhere."""

    route: Route
    kind: str
    pack: str | None
    refusal: Statement | None


class Router:
    """The router pack at work."""

    def __init__(self, network: Network) -> None:
        self.network = network

    def route(self, greys: Sequence[Grey]) -> Routing:
        """The route of a study, judged by some of its frames: (h, w) uint8 each, at least one.

        The frames' probabilities are averaged; the study is unknown when its median frame is
        farther from all that the router learned than its threshold, or when no kind reaches the
        level that the router's validation images set for it.
        """
        manifest = self.network.pack.manifest
        rows, distances = [], []
        for grey in greys:
            tensor = normalise(fit(grey, manifest.input), manifest.input)
            output = self.network.run(tensor)
            rows.append(calibrated(output.logits, manifest.calibration))
            distances.append(distance(output.embedding, manifest.distribution))
        mean = np.mean(rows, axis=0)
        best = int(mean.argmax())
        chosen, probability = manifest.classes[best], float(mean[best])
        level = manifest.confident_from[chosen.label]
        route = Route(chosen.label, probability)
        near = float(np.median(distances)) <= manifest.distribution.refused_from
        if not (near and level is not None and probability >= level):
            return unknown_routing(1.0 - probability if near else 1.0)
        if chosen.role is Role.UNSUPPORTED:
            refusal = ReadingReason.UNSUPPORTED_KIND.say(kind=chosen.display)
            return Routing(route, chosen.display, None, refusal)
        return Routing(route, chosen.display, chosen.pack, None)

    def kind_of(self, pack: str) -> PackClass | None:
        """The kind of image that leads to ``pack``, or None."""
        for item in self.network.pack.manifest.classes:
            if item.pack == pack:
                return item
        return None


def unknown_routing(probability: float) -> Routing:
    """The route of an image that is of no known kind: 1 when it is far from them all, else one
    minus the probability of the likeliest."""
    refusal = ReadingReason.NOT_RECOGNISED.say()
    return Routing(Route(UNKNOWN, probability), "something unknown", None, refusal)
