"""How Outpost looks: colours, sizes and spaces, in one place.

Colours are Material 3 roles, so that the client itself turns them between light and dark. What a
verdict means is never said by colour alone: each has an icon and a word.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import flet as ft

from core.reading.result import Urgency, Verdict
from ui.text_size import scale_of, sized, text_is_large

__all__ = ["sized", "text_is_large"]

#: Role to colour. Every pair (x, on_x) is held to a contrast of 4.5 by tests/ui/test_theme.py.
LIGHT = {
    "primary": "#00607a",
    "on_primary": "#ffffff",
    "primary_container": "#b8eaff",
    "on_primary_container": "#001f29",
    "secondary": "#6f4e00",
    "on_secondary": "#ffffff",
    "secondary_container": "#ffdf9e",
    "on_secondary_container": "#2f2000",
    "tertiary": "#8f3a12",
    "on_tertiary": "#ffffff",
    "tertiary_container": "#ffdbcd",
    "on_tertiary_container": "#370e00",
    "error": "#b3261e",
    "on_error": "#ffffff",
    "error_container": "#ffdad6",
    "on_error_container": "#410002",
    "surface": "#f8fafc",
    "on_surface": "#171c1f",
    "on_surface_variant": "#40484c",
    "surface_container_lowest": "#ffffff",
    "surface_container_low": "#f2f5f7",
    "surface_container": "#ecf0f3",
    "surface_container_high": "#e6eaed",
    "surface_container_highest": "#dde2e6",
    "outline": "#6c757a",
    "outline_variant": "#c0c8cd",
}
DARK = {
    "primary": "#79d1f2",
    "on_primary": "#003544",
    "primary_container": "#004d63",
    "on_primary_container": "#b8eaff",
    "secondary": "#f2bf48",
    "on_secondary": "#3b2a00",
    "secondary_container": "#594000",
    "on_secondary_container": "#ffdf9e",
    "tertiary": "#ffb596",
    "on_tertiary": "#571f00",
    "tertiary_container": "#6f2c0a",
    "on_tertiary_container": "#ffdbcd",
    "error": "#ffb4ab",
    "on_error": "#690005",
    "error_container": "#8c0009",
    "on_error_container": "#ffdad6",
    "surface": "#0f1417",
    "on_surface": "#dee3e7",
    "on_surface_variant": "#bfc8cd",
    "surface_container_lowest": "#0a0f12",
    "surface_container_low": "#171c1f",
    "surface_container": "#1b2023",
    "surface_container_high": "#262b2e",
    "surface_container_highest": "#31363a",
    "outline": "#899297",
    "outline_variant": "#40484c",
}
#: For bright sun and weak eyes: black on white, and edges that can be seen.
CONTRAST = {
    **LIGHT,
    "primary": "#003a4d",
    "primary_container": "#003a4d",
    "on_primary_container": "#ffffff",
    "secondary": "#3b2900",
    "secondary_container": "#ffe9b8",
    "on_secondary_container": "#1a1100",
    "tertiary": "#5a1e00",
    "tertiary_container": "#ffe6dc",
    "on_tertiary_container": "#2a0a00",
    "error": "#7a0006",
    "error_container": "#7a0006",
    "on_error_container": "#ffffff",
    "surface": "#ffffff",
    "on_surface": "#000000",
    "on_surface_variant": "#1c1f21",
    "surface_container_low": "#f2f4f5",
    "surface_container": "#f2f4f5",
    "surface_container_high": "#eceff1",
    "surface_container_highest": "#e4e8eb",
    "outline": "#000000",
    "outline_variant": "#3d4448",
}

#: The letters that a browser lacks (docs/fonts.py). A browser's engine sets a mark of direction and
#: the letter after it in one font, and of these only the Latin one has both: without it "> 99%" is
#: shown in Arabic with a box in place of its sign.
FONTS = {
    "Outpost Arabic": "fonts/NotoSansArabic.ttf",
    "Outpost Devanagari": "fonts/NotoSansDevanagari.ttf",
    "Outpost Bengali": "fonts/NotoSansBengali.ttf",
    "Outpost Latin": "fonts/NotoSans.ttf",
}
#: The browser's own letters first, so that Latin text keeps its weights.
LETTERS = ["Roboto", *FONTS]

#: Distances, in logical pixels.
TIGHT, GAP, WIDE_GAP, MARGIN = 4, 12, 24, 16
#: The least height and width of anything that can be tapped.
TARGET = 48
TAPPABLE = ft.BoxConstraints(min_width=TARGET, min_height=TARGET)
CORNER = 12
#: A font in which 0 and O, 1 and I differ.
FIXED_WIDTH = "monospace"
#: From this width on, the image lies beside the findings and the tabs along the side.
WIDE_FROM = 840
#: Lines longer than this are hard to read.
TEXT_WIDTH = 720


@dataclass(frozen=True)
class Tone:
    """How one meaning looks: its background, what is written on it, its icon."""

    background: ft.Colors
    foreground: ft.Colors
    icon: ft.IconData


VERDICT_TONES = {
    # Blue, not green: it says that the reading is sure, not that the patient is well.
    Verdict.CONFIDENT: Tone(
        ft.Colors.PRIMARY_CONTAINER, ft.Colors.ON_PRIMARY_CONTAINER, ft.Icons.TASK_ALT
    ),
    Verdict.UNCERTAIN: Tone(
        ft.Colors.SECONDARY_CONTAINER, ft.Colors.ON_SECONDARY_CONTAINER, ft.Icons.HELP_OUTLINE
    ),
    Verdict.REJECTED: Tone(
        ft.Colors.SURFACE_CONTAINER_HIGHEST, ft.Colors.ON_SURFACE, ft.Icons.BLOCK
    ),
}
URGENCY_TONES = {
    Urgency.EMERGENCY: Tone(ft.Colors.ERROR, ft.Colors.ON_ERROR, ft.Icons.EMERGENCY),
    Urgency.URGENT: Tone(
        ft.Colors.ERROR_CONTAINER, ft.Colors.ON_ERROR_CONTAINER, ft.Icons.PRIORITY_HIGH
    ),
    Urgency.SOON: Tone(
        ft.Colors.TERTIARY_CONTAINER, ft.Colors.ON_TERTIARY_CONTAINER, ft.Icons.SCHEDULE
    ),
    Urgency.ROUTINE: Tone(
        ft.Colors.SURFACE_CONTAINER_HIGHEST, ft.Colors.ON_SURFACE, ft.Icons.EVENT_AVAILABLE
    ),
    Urgency.NONE: Tone(ft.Colors.SURFACE_CONTAINER_HIGHEST, ft.Colors.ON_SURFACE, ft.Icons.REMOVE),
}
TROUBLE_TONE = Tone(ft.Colors.ERROR_CONTAINER, ft.Colors.ON_ERROR_CONTAINER, ft.Icons.ERROR_OUTLINE)
CAUTION_TONE = Tone(
    ft.Colors.SECONDARY_CONTAINER, ft.Colors.ON_SECONDARY_CONTAINER, ft.Icons.WARNING_AMBER
)
SUCCESS_TONE = Tone(
    ft.Colors.PRIMARY_CONTAINER, ft.Colors.ON_PRIMARY_CONTAINER, ft.Icons.CHECK_CIRCLE_OUTLINE
)
#: What goes with every result: to be seen, and not to be taken for a verdict.
NOTE_TONE = Tone(ft.Colors.SURFACE_CONTAINER_HIGHEST, ft.Colors.ON_SURFACE, ft.Icons.INFO_OUTLINE)


#: Material 3's type scale, in logical pixels (https://m3.material.io/styles/typography).
_TYPE_SCALE = {
    "display_large": 57,
    "display_medium": 45,
    "display_small": 36,
    "headline_large": 32,
    "headline_medium": 28,
    "headline_small": 24,
    "title_large": 22,
    "title_medium": 16,
    "title_small": 14,
    "body_large": 16,
    "body_medium": 14,
    "body_small": 12,
    "label_large": 14,
    "label_medium": 12,
    "label_small": 11,
}


_LARGEST_TAB = 16


def _theme(colours: dict[str, str], scale: float) -> ft.Theme:
    # No fixed heights: a long label takes two lines. One line with this padding is above TARGET.
    large = ft.ButtonStyle(
        padding=ft.Padding.symmetric(horizontal=20, vertical=16),
        icon_size=18 * scale,
        text_style=ft.TextStyle(
            size=16 * scale, weight=ft.FontWeight.W_500, font_family_fallback=LETTERS
        ),
    )
    return ft.Theme(
        color_scheme=ft.ColorScheme(**colours),
        scaffold_bgcolor=colours["surface"],
        filled_button_theme=ft.FilledButtonTheme(style=large),
        outlined_button_theme=ft.OutlinedButtonTheme(style=large),
        text_button_theme=ft.TextButtonTheme(style=large),
        text_theme=ft.TextTheme(
            **{
                # Without a colour the client writes black on dark.
                field.name: ft.TextStyle(
                    color=colours["on_surface"],
                    font_family_fallback=LETTERS,
                    size=_TYPE_SCALE[field.name] * scale,
                )
                for field in fields(ft.TextTheme)
            }
        ),
        navigation_bar_theme=ft.NavigationBarTheme(
            # A quarter of a phone's width holds "Historique" up to this size, and no larger.
            label_text_style=ft.TextStyle(
                color=colours["on_surface"],
                font_family_fallback=LETTERS,
                size=min(_LARGEST_TAB, _TYPE_SCALE["label_medium"] * scale),
            ),
        ),
        visual_density=ft.VisualDensity.STANDARD,
    )


def apply_theme(page: ft.Page) -> None:
    """Dress the page for light and dark; the device says which, until a person does."""
    if not page.web:  # A browser has them before it draws anything (ui/web_files.py).
        page.fonts = FONTS
    choose_theme(page, "system")


def choose_theme(page: ft.Page, chosen: str) -> None:
    """``"light"``, ``"dark"``, ``"contrast"``; anything else leaves it to the device."""
    known = {
        "light": ft.ThemeMode.LIGHT,
        "dark": ft.ThemeMode.DARK,
        "contrast": ft.ThemeMode.LIGHT,
    }
    scale = scale_of(page)
    page.theme = _theme(CONTRAST if chosen == "contrast" else LIGHT, scale)
    page.dark_theme = _theme(DARK, scale)
    page.theme_mode = known.get(chosen, ft.ThemeMode.SYSTEM)
