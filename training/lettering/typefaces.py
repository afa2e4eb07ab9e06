"""The typefaces of this machine (Debian's font packages): which writes which script.

They are read where they are installed and never copied: neither the repository nor the pack
carries one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import ascii_letters, digits

from fontTools.ttLib import TTFont, TTLibError
from PIL import ImageFont

from training.lettering.alphabets import SCRIPTS, Purpose, Script

#: Stands among a typeface's scripts when it writes numbers and plain Latin letters too.
NUMBERS = "numbers"
FONTS = Path("/usr/share/fonts")
#: Families kept for the test, by folder or file name: another foundry's Latin, Greek and Cyrillic
#: (Liberation, FreeFont, Roboto, DejaVu), other hands for Arabic, Devanagari, Bengali and Chinese.
TEST_FAMILIES = (
    "liberation", "freefont", "roboto", "hosny-amiri", "lohit", "uming", "annapurna", "dejavu",
)  # fmt: skip
#: Shapes that no machine writes with.
_LEFT_OUT = ("Symbols", "Emoji", "Math", "Music", "kacst", "Kacst")


@dataclass(frozen=True)
class Typeface:
    """A font file and the scripts that it writes whole."""

    path: str
    purpose: Purpose
    scripts: tuple[str, ...]


def _covered(path: Path) -> tuple[str, ...]:
    try:
        for size in (9, 17, 140):
            ImageFont.truetype(path, size)  # one made of bitmaps comes in a few sizes only
        known = set(TTFont(path, fontNumber=0, lazy=True).getBestCmap() or ())
    except (TTLibError, OSError, KeyError, AssertionError):
        return ()
    needed = {script.name: script.letters + script.capitals + script.signs for script in SCRIPTS}
    needed[NUMBERS] = ascii_letters + digits + ",.:-/# "
    return tuple(name for name, text in needed.items() if {ord(each) for each in text} <= known)


def find_typefaces(kept: Path, fonts: Path = FONTS) -> list[Typeface]:
    """Every usable typeface under ``fonts``; the list is kept in ``kept`` for the next time.

    Raises FileNotFoundError when there are none: see docs/training.md for the packages.
    """
    if not kept.exists():
        files = [p for p in sorted(fonts.rglob("*")) if p.suffix in (".ttf", ".otf", ".ttc")]
        rows = []
        for path in files:
            scripts = () if any(word in path.name for word in _LEFT_OUT) else _covered(path)
            if scripts:
                purpose = Purpose.TEST if is_for_test(path) else Purpose.TRAINING
                rows.append([str(path), purpose.value, scripts])
        if not rows:
            raise FileNotFoundError(f"no typefaces under {fonts}")
        kept.write_text(json.dumps(rows, indent=0), encoding="utf-8")
    return [
        Typeface(path, Purpose(purpose), tuple(scripts))
        for path, purpose, scripts in json.loads(kept.read_text(encoding="utf-8"))
    ]


def is_for_test(path: Path) -> bool:
    return any(family in str(path).lower() for family in TEST_FAMILIES)


def writing(
    typefaces: list[Typeface], scripts: Purpose, faces: Purpose
) -> list[tuple[Script, list[Typeface]]]:
    """Each script of one purpose with the typefaces of one purpose that write it.

    Scripts of the test are written with any typeface: the network has seen none of their letters.
    """
    found = []
    for script in SCRIPTS:
        able = [
            face
            for face in typefaces
            if script.name in face.scripts and (face.purpose is faces or scripts is Purpose.TEST)
        ]
        if script.purpose is scripts and able:
            found.append((script, able))
    return found


@lru_cache(maxsize=600)
def font(path: str, size: int) -> ImageFont.FreeTypeFont:
    """A typeface at a size in pixels, shaped by HarfBuzz."""
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.RAQM)
