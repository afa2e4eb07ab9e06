"""How long to wait after trouble, and how much to send at once."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

#: Seconds: the first wait after trouble, and the longest, also where a server asks for more.
FIRST_WAIT_S, LONGEST_WAIT_S = 2.0, 3600.0
#: Cases in one transaction: at first, and at most.
FIRST_BATCH, LARGEST_BATCH = 8, 25


@dataclass
class Pace:
    """Doubles what it sends after each success, and what it waits after each trouble; halves what
    it sends. Waits have jitter, so that a hundred phones do not come back all at once.
    ``resume_after`` is the number behind which the next pass begins, 0 for the oldest."""

    draw: Callable[[], float] = random.random
    first_wait_s: float = FIRST_WAIT_S
    batch: int = FIRST_BATCH
    troubles: int = field(default=0, init=False)
    resume_after: int = field(default=0, init=False)

    def went_well(self) -> None:
        self.troubles = 0
        self.batch = min(LARGEST_BATCH, self.batch * 2)

    def had_trouble(self, retry_after_s: float | None = None) -> float:
        """Seconds to wait: at least what the server asked for, within reason."""
        self.batch = max(1, self.batch // 2)
        longest = min(LONGEST_WAIT_S, self.first_wait_s * 2.0 ** min(self.troubles, 30))
        self.troubles += 1
        ours = longest * (0.5 + self.draw() / 2)
        # Asked for more or less at once by all: so the jitter comes on top.
        asked = (retry_after_s or 0.0) * (1 + self.draw() / 10)
        return min(LONGEST_WAIT_S, max(ours, asked))
