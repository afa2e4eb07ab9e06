"""A pack's network in the runtime that the app uses, beside the same network in others.

    python3 bootstrap.py bench              # makes .venv-peers first, which is large
    .venv-peers/bin/python -m benchmarks.peers [--write]

ONNX Runtime and OpenVINO run the pack's own ``model.onnx``; PyTorch and LiteRT the same
architecture from ``training/network.py`` at the same size, whose weights are random: they do not
change how long it takes. DenseNet-121 at 224 pixels and with 18 outputs is the network of
torchxrayvision and of Chester, as torchxrayvision runs it. One image at a time, float32, all in
turn: a noisy moment hits them alike, and the ratio is what counts.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
import openvino
import torch

from benchmarks.densenet import densenet121
from benchmarks.page import ROOT, machine, write_section
from training.network import Classifier
from training.recipe import Pooling

PACK, CLASSES, SIDE = "lung_ultrasound", 2, 224
DENSENET_OUTPUTS = 18
WARM_UP, REPEATS = 5, 40
Image = npt.NDArray[np.float32]


def in_onnx_runtime(model: Path, threads: int) -> Callable[[Image], object]:
    """As ``core.reading.inference`` runs it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda image: session.run(None, {name: image})


def in_openvino(model: Path, threads: int) -> Callable[[Image], object]:
    wanted = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
    precise = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(model, "CPU", {**wanted, **precise})
    request = compiled.create_infer_request()
    return lambda image: request.infer({0: image})


def eager(network: torch.nn.Module) -> Callable[[Image], object]:
    def run(image: Image) -> object:
        with torch.inference_mode():
            return network(torch.from_numpy(image))

    return run


class Plain(torch.nn.Module):
    """The same network with its outputs in a plain tuple, which the converter asks for."""

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        logits, maps, embedding = self.network(image)
        return logits, maps, embedding


def in_litert(network: torch.nn.Module, threads: int) -> Callable[[Image], object]:
    import litert_torch
    from ai_edge_litert.interpreter import Interpreter

    file = ROOT / "build" / "peers.tflite"
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        example = (torch.zeros(1, 1, SIDE, SIDE),)
        litert_torch.convert(Plain(network).eval(), example).export(str(file))
    interpreter = Interpreter(model_path=str(file), num_threads=threads)
    interpreter.allocate_tensors()
    inlet = interpreter.get_input_details()[0]["index"]
    outlets = [each["index"] for each in interpreter.get_output_details()]

    def run(image: Image) -> object:
        interpreter.set_tensor(inlet, image)
        interpreter.invoke()
        return [interpreter.get_tensor(outlet) for outlet in outlets]

    return run


def contenders(threads: int) -> dict[str, Callable[[Image], object]]:
    """What is timed, by its name; ours first."""
    model = ROOT / "models" / PACK / "model.onnx"
    lite = Classifier(CLASSES, Pooling.LOG_MEAN_EXP).eval()
    dense = densenet121(1, DENSENET_OUTPUTS)
    torch.set_num_threads(threads)
    return {
        f"{PACK} in ONNX Runtime {onnxruntime.__version__}": in_onnx_runtime(model, threads),
        f"the same file in OpenVINO {metadata.version('openvino')}": in_openvino(model, threads),
        f"the same network in LiteRT {metadata.version('ai-edge-litert')}": in_litert(
            lite, threads
        ),
        f"the same network in PyTorch {torch.__version__}, eager": eager(lite),
        f"DenseNet-121 in PyTorch {torch.__version__}, eager": eager(dense.eval()),
    }


def medians_ms(tasks: dict[str, Callable[[Image], object]]) -> dict[str, list[float]]:
    """Milliseconds of every run, in turn."""
    image = np.random.default_rng(1).random((1, 1, SIDE, SIDE), dtype=np.float32)
    took: dict[str, list[float]] = {name: [] for name in tasks}
    for round_ in range(WARM_UP + REPEATS):
        for name, run in tasks.items():
            begun = time.perf_counter()
            run(image)
            if round_ >= WARM_UP:
                took[name].append((time.perf_counter() - begun) * 1000)
    return took


def table(threads: int) -> list[str]:
    took = medians_ms(contenders(threads))
    ours = statistics.median(next(iter(took.values())))
    lines = []
    for name, runs in took.items():
        middle = statistics.median(runs)
        tenths = statistics.quantiles(runs, n=10)
        spread = f"{tenths[0]:.1f}-{tenths[-1]:.1f}"
        lines.append(f"| {name} | {threads} | {middle:.1f} ms | {spread} | {middle / ours:.2f} |")
    return lines


def main() -> None:
    """Measure, print, and with ``--write`` keep the table in the documentation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="update docs/benchmarks.md")
    write = parser.parse_args().write
    head = [
        "| one image | threads | median | p10-p90 | to ours |",
        "| --- | --- | --- | --- | --- |",
    ]
    about = f"{SIDE} x {SIDE}, float32, {REPEATS} runs each. {machine()}"
    text = "\n".join([*head, *table(1), *table(2), "", about])
    print(text)
    if write:
        write_section("peers", text)


if __name__ == "__main__":
    main()
