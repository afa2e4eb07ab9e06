"""One ONNX Runtime call per frame: logits, activation maps and embedding together."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import PackError, ReadingError
from core.reading.pack import Pack
from core.reading.sentences import PackFailure, ReadingFailure

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class NetworkOutput:
    """What the network says of one frame: ``logits`` (classes,), ``activation_maps``
    (classes, rows, columns), ``embedding`` (dimensions,), whitened."""

    logits: Floats
    activation_maps: Floats
    embedding: Floats


def default_threads() -> int:
    """Threads for one network: small networks gain nothing beyond a few."""
    return max(1, min(4, os.cpu_count() or 1))


def load_runtime() -> None:
    """Load ONNX Runtime now instead of at the first network, for a program that has time now."""
    import onnxruntime  # noqa: F401


class Network:
    """A pack's model, loaded. Safe to call from several threads at once."""

    def __init__(self, pack: Pack, threads: int | None = None) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or default_threads()
        options.inter_op_num_threads = 1
        # Router and pack each have threads of their own: those of one must not spin, waiting for
        # work, on the cores that the other needs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self.pack = pack
        try:
            self._session = onnxruntime.InferenceSession(
                pack.model, options, providers=["CPUExecutionProvider"]
            )
            self._input = self._session.get_inputs()[0].name
        # ONNX Runtime raises its own classes, which share no base but Exception.
        except Exception as error:
            raise PackError(PackFailure.PACK_MODEL_UNUSABLE, pack=pack.manifest.id) from error

    def run(self, tensor: Floats) -> NetworkOutput:
        """``tensor``: (1, 1, height, width) float32. Raises ``ReadingError`` when the model stops
        with an error, or gives anything but finite numbers in the shapes of its manifest."""
        manifest = self.pack.manifest
        try:
            logits, maps, embedding = self._session.run(
                list(manifest.outputs), {self._input: tensor}
            )
        except Exception as error:
            raise ReadingError(ReadingFailure.READING_FAILED, pack=manifest.id) from error
        found = NetworkOutput(logits[0], maps[0], embedding[0])
        classes, dimensions = len(manifest.classes), manifest.distribution.centres.shape[1]
        shaped = (
            found.logits.shape == (classes,)
            and found.activation_maps.ndim == 3
            and len(found.activation_maps) == classes
            and found.embedding.shape == (dimensions,)
        )
        if not shaped or not all(np.isfinite(part).all() for part in vars(found).values()):
            raise ReadingError(ReadingFailure.READING_FAILED, pack=manifest.id)
        return found
