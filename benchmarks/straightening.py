"""How well and how fast a photographed film is straightened: made photographs of real films.

    python -m benchmarks.straightening [COUNT]

Each film of two sets of chest films and of limb films is laid into three scenes, leaning by up to
18 degrees either way and turned by up to 12. An error is the farthest corner's, as a share of the
photo's diagonal.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

from core.imaging.film_corners import suggest_corners
from core.imaging.framed import frame_once
from core.imaging.framing import Framing
from core.imaging.study import Frame
from tests.imaging.film_photos import Scene, photograph
from ui.pictures import preview

_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
_SETS = ("chest_xray_child", "chest_xray_adult_external", "fracture_xray")


def main(count: int) -> None:
    """Print one line a scene, and one of times."""
    films = [path for name in _SETS for path in sorted((_DATA / name / "images").iterdir())]
    chosen = [films[i] for i in np.linspace(0, len(films) - 1, count).astype(int)]
    for scene in Scene:
        print(scene.name, _measured(chosen, scene), flush=True)
    print("milliseconds of processor time, 12 megapixels:", _times())


def _measured(films: list[Path], scene: Scene) -> str:
    errors, silent = [], 0
    for seed, path in enumerate(films):
        with Image.open(path) as opened:
            photo = photograph(np.asarray(opened.convert("L")), scene, seed)
        suggested = suggest_corners(photo.grey)
        if suggested is None:
            silent += 1
            continue
        height, width = photo.grey.shape
        off = (np.array(suggested.points) - photo.corners) * (width, height)
        errors.append(float(np.linalg.norm(off, axis=1).max() / np.hypot(width, height)))
    found = np.array(errors)
    return (
        f"films {len(films)}, no suggestion {silent}, median {np.median(found):.4f}, "
        f"95th percentile {np.quantile(found, 0.95):.4f}, above 0.03: {(found > 0.03).sum()}"
    )


def _times() -> dict[str, float]:
    film = np.random.default_rng(1).integers(0, 255, (1500, 1200)).astype(np.uint8)
    photo = photograph(film, Scene.LIGHT_BOX, 1, (3000, 4000))
    deep = Frame((photo.grey.astype(np.uint16) << 4).astype(np.uint16))
    shallow = Frame(photo.grey)
    corners = suggest_corners(photo.grey)
    framing = Framing(corners)
    work = {
        "suggest": lambda: suggest_corners(photo.grey),
        "straighten 8 bit": lambda: frame_once(shallow, framing),
        "straighten 16 bit": lambda: frame_once(deep, framing),
        "preview": lambda: preview(shallow),
    }
    return {name: _best(once) for name, once in work.items()}


def _best(work: object) -> float:
    spent = []
    for _ in range(5):
        started = time.process_time()
        work()  # type: ignore[operator]
        spent.append(time.process_time() - started)
    return round(min(spent) * 1000)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 120)
