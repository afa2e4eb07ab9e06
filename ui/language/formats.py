"""Numbers, shares and dates as each language writes them.

From Unicode's CLDR 44 (decimal sign, percent pattern, medium date pattern, abbreviated months;
for Arabic and Bengali with CLDR's Latin digits). Digits are 0 to 9 in every language: the same
figure stands in a report, in a FHIR record and on a printed card, and must be told to be the same
at a glance. English keeps the unambiguous form of ISO 8601.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from ui.language.current import current_language
from ui.language.languages import Language
from ui.language.speech import left_to_right


@dataclass(frozen=True)
class _Form:
    decimal: str
    percent: str
    day: str
    months: str


_NBSP = "\u00a0"
_FORMS = {
    Language.FRENCH: _Form(
        ",",
        "{}" + _NBSP + "%",
        "{day} {month} {year}",
        "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    ),
    Language.SPANISH: _Form(
        ",",
        "{}" + _NBSP + "%",
        "{day} {month} {year}",
        "ene feb mar abr may jun jul ago sept oct nov dic",
    ),
    Language.PORTUGUESE: _Form(
        ",",
        "{}%",
        "{day} de {month} de {year}",
        "jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez.",
    ),
    Language.SWAHILI: _Form(
        ".",
        "{}%",
        "{day} {month} {year}",
        "Jan Feb Mac Apr Mei Jun Jul Ago Sep Okt Nov Des",
    ),
    Language.HINDI: _Form(
        ".",
        "{}%",
        "{day} {month} {year}",
        "जन॰ फ़र॰ मार्च अप्रैल मई जून जुल॰ अग॰ सित॰ अक्तू॰ नव॰ दिस॰",
    ),
    Language.ARABIC: _Form(
        ".",
        "{}%",
        "{day} {month} {year}",
        "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    ),
    Language.BENGALI: _Form(
        ".",
        "{}%",
        "{day} {month}, {year}",
        "জানু ফেব মার্চ এপ্রিল মে জুন জুলাই আগস্ট সেপ্টেম্বর অক্টোবর নভেম্বর ডিসেম্বর",
    ),
}


def _form() -> _Form | None:
    """None for English."""
    return _FORMS.get(current_language())


def number(value: float, pattern: str = "g") -> str:
    """``value`` by one of Python's number patterns, with the language's decimal sign."""
    written, form = format(value, pattern), _form()
    return left_to_right(written.replace(".", form.decimal)) if form else written


def percent(value: float, sign: str = "") -> str:
    """So many of a hundred, whole, with a sign such as ``"> "`` before it."""
    form = _form()
    pattern = form.percent if form else "{} %"
    return left_to_right(sign + pattern.format(round(value)))


def day(when: date) -> str:
    """A day of the calendar."""
    form = _form()
    if form is None:
        return f"{when:%Y-%m-%d}"
    return form.day.format(day=when.day, month=form.months.split()[when.month - 1], year=when.year)


def moment(when: datetime) -> str:
    """A day and the time on a clock of 24 hours, in the device's own zone."""
    local = when.astimezone()
    return f"{day(local)} {local:%H:%M}"
