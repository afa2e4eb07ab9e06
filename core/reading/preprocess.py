"""From a rendered frame to the network's input. Training and the app both call this."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from core.imaging.rendering import render, to_grey
from core.imaging.study import Frame, Window


class ResizePolicy(StrEnum):
    """How an image of any shape becomes the network's rectangle."""

    LETTERBOX = "letterbox"
    STRETCH = "stretch"


class Denoising(StrEnum):
    """Optional smoothing before the resize."""

    NONE = "none"
    MEDIAN_3 = "median_3"


@dataclass(frozen=True, kw_only=True)
class InputSpec:
    """What a pack's network takes: the ``input`` part of its manifest.

    ``mean`` and ``std`` apply to brightness 0..255. ``window`` is applied only to samples in
    Hounsfield units; everything else is rendered as the file asks.
    """

    height: int
    width: int
    mean: float
    std: float
    resize: ResizePolicy = ResizePolicy.LETTERBOX
    pad_value: int = 0
    denoising: Denoising = Denoising.NONE
    window: Window | None = None


@dataclass(frozen=True)
class Placement:
    """Where the image lies in the network's input, in input pixels: left, top, width, height."""

    left: int
    top: int
    width: int
    height: int


def place(image_width: int, image_height: int, spec: InputSpec) -> Placement:
    """Where an image of this size goes. Letterboxed images keep their shape, centred."""
    if spec.resize is ResizePolicy.STRETCH:
        return Placement(0, 0, spec.width, spec.height)
    scale = min(spec.width / image_width, spec.height / image_height)
    width = min(spec.width, max(1, round(image_width * scale)))
    height = min(spec.height, max(1, round(image_height * scale)))
    return Placement((spec.width - width) // 2, (spec.height - height) // 2, width, height)


def fit(grey: npt.NDArray[np.uint8], spec: InputSpec) -> npt.NDArray[np.uint8]:
    """A grey image (h, w) uint8 in the network's rectangle, still uint8, resized with
    antialiasing (Pillow's bilinear filter, whose support grows with the reduction)."""
    placement = place(grey.shape[1], grey.shape[0], spec)
    image = Image.fromarray(grey)
    if spec.denoising is Denoising.MEDIAN_3:
        image = image.filter(ImageFilter.MedianFilter(3))
    resized = image.resize(
        (placement.width, placement.height), Image.Resampling.BILINEAR, reducing_gap=3.0
    )
    canvas = np.full((spec.height, spec.width), spec.pad_value, dtype=np.uint8)
    canvas[
        placement.top : placement.top + placement.height,
        placement.left : placement.left + placement.width,
    ] = np.asarray(resized)
    return canvas


def normalise(fitted: npt.NDArray[np.uint8], spec: InputSpec) -> npt.NDArray[np.float32]:
    """(h, w) uint8 to (1, 1, h, w) float32: ``(brightness - mean) / std``."""
    scaled = (fitted.astype(np.float32) - np.float32(spec.mean)) * np.float32(1.0 / spec.std)
    return scaled[np.newaxis, np.newaxis]


def grey_of(frame: Frame, spec: InputSpec) -> npt.NDArray[np.uint8]:
    """The frame as the network should see it, full size: (h, w) uint8."""
    window = spec.window if frame.rescale.is_hounsfield else None
    return to_grey(render(frame, window))


def preprocess(frame: Frame, spec: InputSpec) -> npt.NDArray[np.float32]:
    """The network's input for a frame: (1, 1, spec.height, spec.width) float32."""
    return normalise(fit(grey_of(frame, spec), spec), spec)
