"""What names, numbers and dates look like in many scripts: made up, letter by letter."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

_NAME_LENGTHS = (3, 11)


class Purpose(StrEnum):
    """What a script or a typeface is for: it never serves both."""

    TRAINING = "training"
    TEST = "test"


@dataclass(frozen=True)
class Script:
    """A writing system: ``letters`` carry a word, ``signs`` (vowel signs of an abugida) may
    follow each, ``capitals`` stand in front where the script has them. ``shortest`` is the fewest
    letters that make a name; ``marks`` are the single signs that stay, as L and R do."""

    name: str
    letters: str
    purpose: Purpose
    capitals: str = ""
    signs: str = ""
    digits: str = ""
    shortest: int = 3
    marks: tuple[str, ...] = ()


def _range(first: int, last: int, without: str = "") -> str:
    return "".join(chr(code) for code in range(first, last + 1) if chr(code) not in without)


_LATIN = "abcdefghijklmnopqrstuvwxyz"
_CYRILLIC = _range(0x430, 0x44F)
#: The 3,755 characters of the first level of GB/T 2312, which writes nearly all Chinese.
_CHINESE = "".join(
    bytes((0xA0 + row, 0xA0 + cell)).decode("gb2312", "ignore")
    for row in range(16, 56)
    for cell in range(1, 95)
)
_GREEK = _range(0x3B1, 0x3C9, "\u03c2")

SCRIPTS = (
    Script(
        "latin",
        _LATIN + "éèáíóúñçüöäãõ",
        Purpose.TRAINING,
        _LATIN.upper(),
        marks=(*"LRDGIESHFAP", "AP", "PA", "RT", "LT", "Lt", "Rt", "LL", "RL", "SU"),
    ),
    Script("cyrillic", _CYRILLIC, Purpose.TRAINING, _CYRILLIC.upper(), marks=tuple("ЛПВН")),
    Script("greek", _GREEK, Purpose.TRAINING, _GREEK.upper(), marks=tuple("ΑΔ")),
    Script(
        "arabic",
        "ابتثجحخدذرزسشصضطظعغفقكلمنهويءأإآة",
        Purpose.TRAINING,
        digits=_range(0x660, 0x669),
        marks=("ي", "ش", "س"),
    ),
    Script(
        "devanagari",
        _range(0x915, 0x939, "\u0929\u0931\u0934"),
        Purpose.TRAINING,
        signs="ािीुूेैोौंः",
        digits=_range(0x966, 0x96F),
        marks=("द", "ब"),
    ),
    Script(
        "bengali",
        "কখগঘচছজঝটঠডঢণতথদধনপফবভমযরলশষসহ",
        Purpose.TRAINING,
        signs="ািীুূেৈোৌং",
        digits=_range(0x9E6, 0x9EF),
        marks=("ড", "ব"),
    ),
    Script(
        "chinese",
        _CHINESE,
        Purpose.TRAINING,
        shortest=2,
        marks=("左", "右"),
    ),
    Script("tamil", "கஙசஞடணதநபமயரலவழளறன", Purpose.TRAINING, signs="ாிீுூெேைொோௌ"),
    Script("thai", _range(0xE01, 0xE2E, "\u0e03\u0e05"), Purpose.TRAINING, signs="ะาิีึืุู"),
    Script("hangul", _range(0xAC00, 0xAE00), Purpose.TRAINING, shortest=2, marks=("좌", "우")),
    Script("armenian", _range(0x561, 0x586), Purpose.TRAINING, _range(0x531, 0x556)),
    Script("ethiopic", _range(0x1200, 0x1246), Purpose.TEST, shortest=3),
    Script("gujarati", "કખગઘચછજઝટઠડઢણતથદધનપફબભમયરલવશષસહ", Purpose.TEST, signs="ાિીુૂેૈોૌ"),
    Script("hebrew", _range(0x5D0, 0x5EA), Purpose.TEST),
    Script("khmer", _range(0x1780, 0x17A2, "\u179d\u179e"), Purpose.TEST, signs="ាិីឹុូេែ"),
    Script("georgian", _range(0x10D0, 0x10F0), Purpose.TEST),
    Script("kana", _range(0x30A2, 0x30ED, "\u30c3"), Purpose.TEST, shortest=3),
)
LATIN = SCRIPTS[0]


def _of(text: str, rng: np.random.Generator) -> str:
    return text[int(rng.integers(len(text)))]


def word(script: Script, rng: np.random.Generator, longest: int = _NAME_LENGTHS[1]) -> str:
    """A made-up name: letters of the script, with signs and a capital as the script has them."""
    letters = int(rng.integers(script.shortest, max(script.shortest + 1, longest)))
    if script.shortest == 2:
        letters = int(rng.integers(2, 5))
    shape = rng.random()
    small = script.capitals if script.capitals and shape < 0.4 else script.letters
    parts = [_of(small, rng) for _ in range(letters)]
    if script.capitals and shape < 0.85:
        parts[0] = _of(script.capitals, rng)
    if script.signs:
        parts = [p + _of(script.signs, rng) if rng.random() < 0.55 else p for p in parts]
    return "".join(parts)


def _number(rng: np.random.Generator, digits: str, shortest: int, longest: int) -> str:
    return "".join(_of(digits, rng) for _ in range(int(rng.integers(shortest, longest + 1))))


def _date(rng: np.random.Generator, digits: str) -> str:
    separator = _of("-./: ", rng)
    lengths = [(4, 2, 2), (2, 2, 4), (2, 2, 2)][int(rng.integers(3))]
    return separator.join(_number(rng, digits, length, length) for length in lengths)


def words(script: Script, rng: np.random.Generator) -> str:
    """A line of letters alone, for typefaces that write nothing else."""
    return " ".join(word(script, rng) for _ in range(int(rng.integers(1, 4))))


def line(script: Script, rng: np.random.Generator) -> str:
    """One line as films and screens carry them: now and then with wide gaps, as in a table."""
    text = _line(script, rng)
    return text.replace(" ", "   ") if rng.random() < 0.12 else text


def _line(script: Script, rng: np.random.Generator) -> str:
    """A name, a number, a date, a place, a measure."""
    digits = script.digits if script.digits and rng.random() < 0.5 else "0123456789"
    kind = rng.random()
    if kind < 0.42:
        joint = [" ", ", ", "^", "  "][int(rng.integers(4))] if script.capitals else " "
        return joint.join(word(script, rng) for _ in range(int(rng.integers(1, 4))))
    if kind < 0.56:
        lead = ["", "ID ", "ID: ", "#", "No. ", "MRN:", "P-"][int(rng.integers(7))]
        return lead + _number(rng, digits, 3 if not lead else 4, 12)
    if kind < 0.70:
        return _date(rng, digits)
    if kind < 0.82:
        return " ".join(word(script, rng, 9) for _ in range(int(rng.integers(2, 5))))
    if kind < 0.92:
        return f"{word(script, rng, 8)}: {_number(rng, digits, 1, 6)}"
    unit = [" cm", "mm", " kV", "mAs", " Hz", "%", " dB"][int(rng.integers(7))]
    return f"{_of('DTMIGFV', rng)} {_number(rng, digits, 1, 3)}.{_number(rng, digits, 1, 2)}{unit}"


def mark(script: Script, rng: np.random.Generator) -> str:
    """What is written and names no one: a side, a direction, a number of two digits at most."""
    if script.marks and rng.random() < 0.75:
        return script.marks[int(rng.integers(len(script.marks)))]
    return _number(rng, "0123456789", 1, 2)
