"""``--rotate`` and ``--crop``: how an image is framed before it is read."""

from __future__ import annotations

import argparse

from core.imaging.framing import WHOLE, Crop, Framing


def add_framing(reading: argparse.ArgumentParser) -> None:
    """Crop first, then turn: as in the app."""
    reading.add_argument(
        "--rotate",
        type=int,
        choices=(90, 180, 270),
        default=0,
        help="degrees, clockwise",
    )
    reading.add_argument(
        "--crop",
        type=_crop,
        default=WHOLE,
        metavar="L,T,R,B",
        help="what to read: edges as shares of width and height, 0 to 1",
    )


def framing_of(options: argparse.Namespace) -> Framing:
    """What was asked for."""
    return Framing(crop=options.crop, quarter_turns=options.rotate // 90)


def _crop(text: str) -> Crop:
    try:
        left, top, right, bottom = (float(part) for part in text.split(","))
        return Crop(left, top, right, bottom)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            "four numbers from 0 to 1: left, top, right, bottom"
        ) from error
