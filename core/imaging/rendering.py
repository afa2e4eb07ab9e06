"""From stored samples to brightness: rescale, window, look-up table, inversion."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.imaging.study import Frame, Samples, VoiFunction, VoiTable, Window

Grey = npt.NDArray[np.uint8]

BRAIN = Window(40, 80)
SUBDURAL = Window(75, 215)
BONE = Window(600, 2800)
LUNG = Window(-600, 1500)
SOFT_TISSUE = Window(50, 400)
#: Common CT windows in Hounsfield units, after Radiopaedia, "Windowing (CT)" (rID 52108).
PRESETS: dict[str, Window] = {
    "brain": BRAIN,
    "subdural": SUBDURAL,
    "bone": BONE,
    "lung": LUNG,
    "soft_tissue": SOFT_TISSUE,
}

#: Share of samples left outside at each end when no window is known.
_TAIL_PERCENT = 0.5


def apply_window(
    values: npt.NDArray[np.float32], window: Window | VoiTable
) -> npt.NDArray[np.float32]:
    """Brightness 0..1 of rescaled ``values``, by DICOM PS3.3 C.11.2.1.1 to C.11.2.1.3.

    With ymin 0 and ymax 1, the standard's pseudo-code reads:
    LINEAR ``(x - (c - 0.5)) / (w - 1) + 0.5``, LINEAR_EXACT ``(x - c) / w + 0.5``, both clipped
    to 0..1, and SIGMOID ``1 / (1 + exp(-4 (x - c) / w))``.
    """
    if isinstance(window, VoiTable):
        index = np.clip(np.rint(values) - window.first, 0, len(window.values) - 1)
        looked_up: npt.NDArray[np.float32] = window.values[index.astype(np.intp)]
        return looked_up
    centre, width = np.float32(window.center), np.float32(window.width)
    bright: npt.NDArray[np.float32]
    if window.function is VoiFunction.SIGMOID:
        exponent = np.clip(-4.0 * (values - centre) / width, -60.0, 60.0)
        bright = 1.0 / (1.0 + np.exp(exponent))
    elif window.function is VoiFunction.LINEAR_EXACT:
        bright = (values - centre) / width + 0.5
    elif window.width <= 1:
        # LINEAR forbids a width below 1 and at 1 is a step (C.11.2.1.2.1, note).
        bright = (values > centre - 0.5).astype(np.float32)
    else:
        bright = (values - (centre - 0.5)) / (width - 1) + 0.5
    clipped: npt.NDArray[np.float32] = np.clip(bright, 0.0, 1.0, dtype=np.float32)
    return clipped


def natural_window(frame: Frame) -> Window:
    """A window that shows nearly all of a frame's samples: for files that name none."""
    samples = frame.samples
    step = max(1, int(np.sqrt(samples.size / 250_000)))
    sparse = samples[::step, ::step]
    if frame.padding is not None:
        low, high = frame.padding
        inside = sparse[(sparse < low) | (sparse > high)]
        sparse = inside if inside.size else sparse
    # As floats: between two int16 neighbours far apart NumPy's interpolation would overflow.
    tails = [_TAIL_PERCENT, 100 - _TAIL_PERCENT]
    low, high = np.percentile(sparse.astype(np.float32), tails)
    values = np.array([low, high]) * frame.rescale.slope + frame.rescale.intercept
    bottom, top = float(values.min()), float(values.max())
    return Window((bottom + top) / 2, max(top - bottom, 1e-6), VoiFunction.LINEAR_EXACT)


def render(frame: Frame, window: Window | VoiTable | None = None) -> npt.NDArray[np.uint8]:
    """The frame as a screen shows it: uint8, (h, w) or (h, w, 3), 0 black to 255 white.

    ``window`` overrides the frame's own; a frame of 8 bits with no window is shown as stored.
    Padding is black. Colour of 16 bits is shown by its upper 8.
    """
    samples = frame.samples
    if frame.is_colour:
        return np.asarray(samples if samples.dtype == np.uint8 else samples >> 8, dtype=np.uint8)
    chosen = window or frame.voi
    if chosen is None:
        if samples.dtype == np.uint8 and not frame.inverted and frame.padding is None:
            return np.asarray(samples, dtype=np.uint8)
        if samples.dtype != np.uint8:
            chosen = natural_window(frame)
    # What a sample looks like depends on its value alone. Beyond some size it is faster to work
    # out every possible value once and look the samples up.
    codes = 1 << (8 * samples.dtype.itemsize)
    if samples.size <= codes:
        return _shown(samples, frame, chosen)
    unsigned = np.dtype(f"u{samples.dtype.itemsize}")
    table: npt.NDArray[np.uint8] = _shown(
        np.arange(codes, dtype=unsigned).view(samples.dtype), frame, chosen
    )
    shown: npt.NDArray[np.uint8] = table[samples.view(unsigned)]
    return shown


def _shown(
    samples: Samples, frame: Frame, window: Window | VoiTable | None
) -> npt.NDArray[np.uint8]:
    """Rescale, window, invert and black out padding: stored samples to uint8, any shape."""
    if window is None:
        grey = samples.astype(np.uint8)
    else:
        slope, intercept = np.float32(frame.rescale.slope), np.float32(frame.rescale.intercept)
        values = samples.astype(np.float32) * slope + intercept
        grey = np.rint(apply_window(values, window) * np.float32(255)).astype(np.uint8)
    if frame.inverted:
        grey = 255 - grey
    if frame.padding is not None:
        low, high = frame.padding
        grey[(samples >= low) & (samples <= high)] = 0
    return grey


def to_grey(rendered: npt.NDArray[np.uint8]) -> Grey:
    """One channel, (h, w) uint8, of a rendered frame: ITU-R BT.601 luma, as Pillow's ``L``."""
    if rendered.ndim == 2:
        return rendered
    from PIL import Image

    return np.asarray(Image.fromarray(rendered).convert("L"))
