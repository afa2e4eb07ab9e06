"""Whether a pack has begun to meet images unlike those it learned from.

A pack's limits are drawn so that 1 in 100 images like its own lies beyond them. A Bernoulli CUSUM
watches for more: image by image it adds up the evidence, by the logarithm of the likelihood ratio,
for a share of ``CHANGED`` against one of ``USUAL``, and never falls below nought.

Page, "Continuous inspection schemes", Biometrika 41:100-115, 1954; for single images rather than
batches of them, Reynolds and Stoumbos, "A CUSUM chart for monitoring a proportion when inspecting
continuously", Journal of Quality Technology 31:87-108, 1999. With a threshold of log(n) such a sum
takes on average at least n images to raise a false alarm, whatever the shares are: Lorden,
"Procedures for reacting to a change in distribution", Annals of Mathematical Statistics
42:1897-1908, 1971.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from core.reading.result import Reading
from core.reading.sentences import ReadingReason

#: The share of images beyond the limits that is still usual: twice what the limits were drawn
#: for, because they were drawn on a few hundred images; and the share that must be noticed.
USUAL, CHANGED = 0.02, 0.12
#: On average so many usual images, or more, go by before a false alarm.
IMAGES_TO_A_FALSE_ALARM = 1000
_THRESHOLD = math.log(IMAGES_TO_A_FALSE_ALARM)
_IF_UNLIKE = math.log(CHANGED / USUAL)
_IF_LIKE = math.log((1 - CHANGED) / (1 - USUAL))
_UNLIKE = {
    reason.code
    for reason in (
        ReadingReason.UNLIKE_TRAINING,
        ReadingReason.STILL_UNLIKE_TRAINING,
        ReadingReason.DIFFERS_FROM_TRAINING,
        ReadingReason.NO_USABLE_FRAME,
    )
}


@dataclass(frozen=True)
class Drift:
    """``unlike`` of ``images`` lay beyond the limits. ``evidence`` is the sum as it stands,
    a share of what raises the alarm: 1 or more is an alarm."""

    images: int
    unlike: int
    evidence: float

    @property
    def alarm(self) -> bool:
        return self.evidence >= 1


def is_unlike_training(reading: Reading) -> bool:
    """Whether the pack found the image beyond the limits of those it learned from."""
    return any(reason.code in _UNLIKE for reason in reading.reasons)


def drift(unlike: Iterable[bool]) -> Drift:
    """What the images say so far, the oldest first.

    The sum is held at twice the threshold, so that an alarm ends once about sixty usual images
    have followed; before the first alarm that changes nothing.
    """
    images = beyond = 0
    total = 0.0
    for is_unlike in unlike:
        images += 1
        beyond += is_unlike
        step = _IF_UNLIKE if is_unlike else _IF_LIKE
        total = min(max(0.0, total + step), 2 * _THRESHOLD)
    return Drift(images, beyond, total / _THRESHOLD)
