"""What the screens that look after the vault show."""

from __future__ import annotations

from dataclasses import dataclass, field

#: What the vault's page is doing; "" shows its overview.
BACKING_UP, MERGING, ROTATING, RENAMING, ERASING = (
    "backing_up",
    "merging",
    "rotating",
    "renaming",
    "erasing",
)


@dataclass(frozen=True)
class CareView:
    """The vault's page. ``share`` is how much of a backup is written, 0..1; None while none is.

    ``file_bytes`` is the size of the backup that was chosen, None while none is. ``said`` are
    sentences about what was done. ``waiting`` cases were never sent. ``receipt`` of an erased
    vault is shown until the person goes on.
    """

    doing: str = ""
    share: float | None = None
    file_bytes: int | None = None
    said: tuple[str, ...] = ()
    waiting: int = 0
    receipt: str = field(default="", repr=False)
