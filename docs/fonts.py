"""Make assets/fonts: the letters of Outpost's languages that a browser does not bring along, and
all that a PDF needs.

Run ``python docs/fonts.py`` with Debian's fonts-noto-core installed. Offline, a browser's engine
has Latin letters only, and would fetch the others from the network.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

SOURCE = Path("/usr/share/fonts/truetype/noto")
TARGET = Path(__file__).resolve().parents[1] / "assets" / "fonts"

#: Above and below the base line, in thousandths of the size.
_HIGHEST, _LOWEST = 1050, -450
#: Joiners, marks of direction and the dotted circle go with every script.
_COMMON = [0x200C, 0x200D, 0x200E, 0x200F, 0x25CC, *range(0x2066, 0x206A)]
#: Whole blocks: names and notes hold letters that our own texts do not.
SCRIPTS = {
    "NotoSansArabic": [*range(0x0600, 0x0700), *range(0x0750, 0x0780)],
    "NotoSansDevanagari": [*range(0x0900, 0x0980), *range(0xA8E0, 0xA900), 0x20B9],
    "NotoSansBengali": [0x0964, 0x0965, *range(0x0980, 0x0A00)],
    # For PDF, which has no letters of the device beside those: numbers and names stand among them.
    "NotoSans": [
        *range(0x20, 0x180),
        *range(0x2010, 0x2028),
        0x202F,
        0x2030,
        0x20AC,
        0x2122,
        0x2212,
        0x2264,
        0x2265,
    ],
}


def make(name: str, letters: list[int]) -> int:
    """Cut a font down to ``letters``, with all rules that join them; its size in bytes."""
    options = subset.Options(
        layout_features=["*"],
        hinting=False,
        notdef_outline=True,
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
    )
    font = subset.load_font(SOURCE / f"{name}-Regular.ttf", options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[*_COMMON, *letters])
    cutter.subset(font)
    _set_tight(font)
    path = TARGET / f"{name}.ttf"
    subset.save_font(font, path, options)
    return path.stat().st_size


def _set_tight(font: TTFont) -> None:
    """Lines no higher than Latin ones allow: the Arabic font asks for twice the letters' size."""
    up = min(font["hhea"].ascent, _HIGHEST)
    down = max(font["hhea"].descent, _LOWEST)
    font["hhea"].ascent, font["hhea"].descent, font["hhea"].lineGap = up, down, 0
    font["OS/2"].sTypoAscender, font["OS/2"].sTypoDescender = up, down
    font["OS/2"].usWinAscent, font["OS/2"].usWinDescent = up, -down


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, letters in SCRIPTS.items():
        sys.stdout.write(f"{name}: {make(name, letters):,} bytes\n")


if __name__ == "__main__":
    main()
