"""Smaller models: weights stored as int8 or float16 and given back their range when a session is
made, before the first run. Activations stay float32, so the speed and nearly the answers are those
of the float model; what changes is measured for every pack (training/evaluation.py)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

#: Tensors with fewer numbers than this stay as they are.
SMALL = 256
#: Convolutions and matrices with at least as many are stored as int8.
LARGE = 75_000
INT8_LARGEST = 127


def quantised(
    weights: npt.NDArray[np.float32], outputs: int = 0
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Weights as int8, and the scale of each output, of which axis ``outputs`` counts: symmetric,
    so that zero stays zero, the largest weight of each output at 127 (Krishnamoorthi, "Quantizing
    deep convolutional networks for efficient inference", arXiv 1806.08342, 2018, section 3.1.2)."""
    others = tuple(axis for axis in range(weights.ndim) if axis != outputs)
    largest = np.abs(weights).max(others, keepdims=True)
    scales = np.where(largest > 0, largest / INT8_LARGEST, 1.0).astype(np.float32)
    return np.rint(weights / scales).astype(np.int8), scales


def _as_int8(
    name: str, weights: npt.NDArray[np.float32], outputs: int
) -> tuple[list[onnx.TensorProto], list[onnx.NodeProto]]:
    whole, scales = quantised(weights, outputs)
    tensors = [
        numpy_helper.from_array(whole, f"{name}_int8"),
        numpy_helper.from_array(scales, f"{name}_scales"),
    ]
    nodes = [
        helper.make_node("Cast", [f"{name}_int8"], [f"{name}_whole"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{name}_whole", f"{name}_scales"], [name]),
    ]
    return tensors, nodes


def _as_float16(
    name: str, weights: npt.NDArray[np.float32]
) -> tuple[list[onnx.TensorProto], list[onnx.NodeProto]]:
    tensor = numpy_helper.from_array(weights.astype(np.float16), f"{name}_half")
    return [tensor], [helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT)]


def compress(model: onnx.ModelProto) -> None:
    """Store the largest convolutions, all late in the network, and the matrix of the embedding as
    int8, and every other weight that is not small as float16, in place. With all convolutions as
    int8, 5 of 100 answers of a fracture network changed."""
    graph = model.graph
    inserted: list[onnx.NodeProto] = []
    # By weight, the axis that counts the outputs.
    operators = {"Conv": 0, "MatMul": 1}
    multiplied = {n.input[1]: operators[n.op_type] for n in graph.node if n.op_type in operators}
    for tensor in list(graph.initializer):
        size = int(np.prod(tensor.dims))
        if tensor.data_type != TensorProto.FLOAT or size < SMALL:
            continue
        weights = numpy_helper.to_array(tensor)
        if tensor.name in multiplied and size >= LARGE:
            tensors, nodes = _as_int8(tensor.name, weights, multiplied[tensor.name])
        else:
            tensors, nodes = _as_float16(tensor.name, weights)
        graph.initializer.remove(tensor)
        graph.initializer.extend(tensors)
        inserted += nodes
    for node in reversed(inserted):
        graph.node.insert(0, node)
