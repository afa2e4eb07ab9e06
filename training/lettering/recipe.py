"""Everything that decides how the detector of writing is made."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

RECIPE = Path(__file__).parents[1] / "recipes" / "lettering" / "burned_in_text.toml"


@dataclass(frozen=True)
class Backgrounds:
    """A set of images to draw on: ``limit`` of them at most, 0 for all; ``only`` keeps rows whose
    column has one of the values. ``left_out`` names files on which real writing stands, ``inset``
    the share of each side that is cut off for the same reason."""

    folder: str
    limit: int = 0
    only: dict[str, list[str]] | None = None
    left_out: tuple[str, ...] = ()
    inset: float = 0.0


@dataclass(frozen=True)
class LetteringRecipe:
    """``steps`` batches of ``batch`` drawn scenes. A tenth of the groups of ``training`` is held
    out to choose the thresholds on; ``test`` sets are of other sources and never trained on."""

    training: tuple[Backgrounds, ...]
    test: tuple[Backgrounds, ...]
    pack: dict[str, Any]
    steps: int = 6000
    batch: int = 16
    learning_rate: float = 3e-3
    seed: int = 2026

    def told(self) -> dict[str, Any]:
        return asdict(self)

    def fingerprint(self) -> str:
        """SHA-256 of what decides the weights but for how long they were fitted."""
        told = {k: v for k, v in self.told().items() if k not in ("pack", "test", "steps")}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _backgrounds(rows: list[dict[str, Any]]) -> tuple[Backgrounds, ...]:
    return tuple(Backgrounds(**row | {"left_out": tuple(row.get("left_out", ()))}) for row in rows)


def read_lettering_recipe(path: Path = RECIPE) -> LetteringRecipe:
    """The recipe in a TOML file. Raises FileNotFoundError, TypeError."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return LetteringRecipe(
        training=_backgrounds(table["training"]),
        test=_backgrounds(table["test"]),
        pack=table["pack"],
        **table.get("schedule", {}),
    )
