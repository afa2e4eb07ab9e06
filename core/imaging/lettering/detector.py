"""The detector, checked before it is loaded, and one run of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.build import CHANNEL, Channel
from core.errors import PackError, ReadingError
from core.imaging.lettering.boxes import Box, Probabilities, boxes_of
from core.imaging.lettering.manifest import DetectorManifest, Input, parse_detector
from core.reading.sentences import PackFailure, ReadingFailure
from core.reading.signature import is_signed, parse_signature, read_trusted_keys

MODELS = Path(__file__).resolve().parents[3] / "models"
BURNED_IN_TEXT = "burned_in_text"
MANIFEST_FILE, MODEL_FILE, SIGNATURE_FILE = "detector.json", "model.onnx", "detector.sig"
#: Signed in front of the manifest's bytes: a signature over a reader's pack does not fit.
DETECTOR_DOMAIN = b"outpost detector manifest v1\n"
_LARGEST_FILE = 16 * 1024 * 1024

Grey = npt.NDArray[np.uint8]
#: (1, 1, h, w) float32 to probabilities (rows, columns).
Run = Callable[[npt.NDArray[np.float32]], Probabilities]


class Detector:
    """Finds writing in grey frames. Safe to call from several threads at once."""

    def __init__(self, manifest: DetectorManifest, run: Run) -> None:
        self.manifest, self._run = manifest, run

    def probabilities(self, grey: Grey) -> tuple[Probabilities, float]:
        """Of each cell that it holds writing, and the scale at which the frame was looked at.

        ``grey``: (h, w) uint8, 0 black to 255 white. Raises ``ReadingError`` when the model stops
        with an error or gives anything but probabilities.
        """
        tensor, scale = prepared(grey, self.manifest.input)
        found = self._run(tensor)
        cell = self.manifest.rule.cell
        wanted = (tensor.shape[2] // cell, tensor.shape[3] // cell)
        if found.shape != wanted or not bool(((found >= 0) & (found <= 1)).all()):
            raise ReadingError(ReadingFailure.READING_FAILED, pack=self.manifest.id)
        return found, scale

    def find(self, grey: Grey) -> list[Box]:
        """Boxes around all writing in a grey frame, in its pixels. Raises ``ReadingError``."""
        found, scale = self.probabilities(grey)
        height, width = grey.shape
        inside = (box.within(width, height) for box in boxes_of(found, self.manifest.rule, scale))
        return [box for box in inside if box is not None]


def prepared(grey: Grey, spec: Input) -> tuple[npt.NDArray[np.float32], float]:
    """A grey frame as the network takes it, (1, 1, h, w) float32, and its scale (at most 1)."""
    height, width = grey.shape
    scale = min(1.0, spec.longest_side / max(height, width))
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        grey = np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BOX))
        scale = size[0] / width if width >= height else size[1] / height
    rows, columns = (-(-side // spec.stride) * spec.stride for side in grey.shape)
    canvas = np.zeros((1, 1, rows, columns), np.float32)
    canvas[0, 0, : grey.shape[0], : grey.shape[1]] = grey
    return (canvas - np.float32(spec.mean)) / np.float32(spec.std), scale


def open_detector(
    models: Path = MODELS, channel: Channel = CHANNEL, threads: int | None = None
) -> Detector:
    """The detector of this device, its signature and its model's digest checked.

    Raises ``PackError`` with the reason when it is missing, altered, or signed by a key that this
    build does not trust.
    """
    folder = models / BURNED_IN_TEXT
    content = _read(folder / MANIFEST_FILE, PackFailure.PACK_NOT_FOUND)
    _check_signature(folder, content, models, channel)
    manifest = parse_detector(content, BURNED_IN_TEXT)
    if manifest.id != BURNED_IN_TEXT:
        problem = "its folder has another name"
        raise PackError(PackFailure.PACK_MANIFEST_INVALID, pack=BURNED_IN_TEXT, problem=problem)
    model = _read(folder / MODEL_FILE, PackFailure.PACK_INCOMPLETE)
    if hashlib.sha256(model).hexdigest() != manifest.model_sha256:
        raise PackError(PackFailure.PACK_MODEL_ALTERED, pack=manifest.id)
    return Detector(manifest, runner(model, manifest, threads))


def _read(path: Path, missing: PackFailure) -> bytes:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise PackError(PackFailure.PACK_INCOMPLETE, pack=BURNED_IN_TEXT, file=path.name)
        return path.read_bytes()
    except OSError as error:
        raise PackError(missing, pack=BURNED_IN_TEXT, file=path.name) from error


def _check_signature(folder: Path, content: bytes, models: Path, channel: Channel) -> None:
    try:
        signature = parse_signature(_read(folder / SIGNATURE_FILE, PackFailure.PACK_UNSIGNED))
    except (ValueError, RecursionError) as error:
        raise PackError(PackFailure.PACK_UNSIGNED, pack=BURNED_IN_TEXT) from error
    try:
        keys = read_trusted_keys(models / "trusted_keys.json")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PackError(PackFailure.TRUSTED_KEYS_MISSING) from error
    trusted = keys.get(signature.key_id)
    if trusted is None:
        raise PackError(PackFailure.PACK_KEY_UNKNOWN, pack=BURNED_IN_TEXT)
    if trusted.channel is Channel.DEVELOPMENT and channel is Channel.RELEASE:
        raise PackError(PackFailure.PACK_KEY_DEVELOPMENT, pack=BURNED_IN_TEXT)
    if not is_signed(content, DETECTOR_DOMAIN, signature, keys):
        raise PackError(PackFailure.PACK_MANIFEST_ALTERED, pack=BURNED_IN_TEXT)


def runner(model: bytes, manifest: DetectorManifest, threads: int | None = None) -> Run:
    """The model, loaded. Raises ``PackError`` where it cannot be, or this device's ONNX Runtime
    is too old."""
    import onnxruntime

    _check_runtime(manifest, onnxruntime.__version__)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name
    # ONNX Runtime raises its own classes, which share no base but Exception.
    except Exception as error:
        raise PackError(PackFailure.PACK_MODEL_UNUSABLE, pack=manifest.id) from error

    def run(tensor: npt.NDArray[np.float32]) -> Probabilities:
        try:
            (found,) = session.run([manifest.output], {name: tensor})
        except Exception as error:
            raise ReadingError(ReadingFailure.READING_FAILED, pack=manifest.id) from error
        probabilities: Any = found
        shown: Probabilities = np.asarray(probabilities, np.float32).reshape(found.shape[-2:])
        return shown

    return run


def _check_runtime(manifest: DetectorManifest, found: str) -> None:
    versions = [
        tuple(int(part) for part in re.findall(r"\d+", text)[:3])
        for text in (found, manifest.minimum_onnxruntime)
    ]
    if versions[0] < versions[1]:
        raise PackError(
            PackFailure.PACK_NEEDS_NEWER_RUNTIME,
            pack=manifest.id,
            needed=manifest.minimum_onnxruntime,
            found=found,
        )
