"""Draws the app's icon and splash pictures into assets/: run it after changing anything here.

The mark is the corners of a view finder around one bright point: where to look.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

ASSETS = Path(__file__).resolve().parents[1] / "assets"

#: The colours that pyproject.toml names behind the mark ([tool.flet] icon_background, splash).
BACKGROUND = "#0b3d4a"
MARK = "#e8f6f3"
POINT = "#ffc857"

#: Drawn this many times larger and reduced, for smooth edges.
_OVERSAMPLING = 4

#: File, side in pixels, the share of the side that the mark takes. Android shows of a splash
#: picture only the inner two thirds (circle of 768 in 1152 pixels).
PICTURES = {
    "icon.png": (1024, 0.80),
    "splash.png": (768, 0.80),
    "splash_android.png": (1152, 0.50),
}


def mark(side: int, share: float) -> Image.Image:
    """The mark on nothing: an RGBA picture of ``side`` pixels, in whose middle ``share`` of it
    is drawn on."""
    size = side * _OVERSAMPLING
    picture = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    edge = size * (1 - share) / 2
    far = size - edge
    arm, width = size * share * 0.30, round(size * share * 0.09)
    for x, towards_x in ((edge, 1), (far, -1)):
        for y, towards_y in ((edge, 1), (far, -1)):
            corner = [(x + towards_x * arm, y), (x, y), (x, y + towards_y * arm)]
            pen.line(corner, fill=MARK, width=width, joint="curve")
            for end in corner:
                _dot(pen, end, width / 2, MARK)
    middle = (size / 2, size / 2)
    _ring(pen, middle, size * share * 0.26, round(width * 0.7))
    _dot(pen, middle, size * share * 0.11, POINT)
    return picture.resize((side, side), Image.Resampling.LANCZOS)


def _dot(pen: ImageDraw.ImageDraw, at: tuple[float, float], radius: float, colour: str) -> None:
    x, y = at
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _ring(pen: ImageDraw.ImageDraw, at: tuple[float, float], radius: float, width: int) -> None:
    x, y = at
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=MARK, width=width)


def draw(folder: Path = ASSETS) -> None:
    """Write every picture into ``folder``."""
    for name, (side, share) in PICTURES.items():
        mark(side, share).quantize(64).save(folder / name, optimize=True)


if __name__ == "__main__":
    draw()
