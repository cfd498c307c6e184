# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a caller waits for besides the kernels: opening an engine, launching a static model, a step that computes next to nothing."""

import importlib
import json
import pathlib
import statistics
import sys
import tempfile
import time

from . import children
from .engines import Session, compile_model
from .report import failed, row

# What a result must stay below; see docs/gpu-check.md.
LIMITS = {"open to first result": (60, "ms"), "launch": (10, "us"), "empty step": (None, "us")}
GRAPH, CASE = "resnet50.script", "1"
EMPTY = '<ir_version: 10, opset_import: ["" : 23]> model (float[32] x) => (float[32] y) { y = Neg(x) }'
TIMEOUT, PROCESSES = 240, 15  # opening is measured once in a process; hosts are noisy, so the median of many


def run(options, report):
    import benchmark
    import onnx.parser

    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        empty = place / "empty.onnx"
        empty.write_bytes(onnx.parser.parse_model(EMPTY).SerializeToString())
        graph = benchmark.find_graph(GRAPH)
        shapes = ",".join(f"{name}:{'x'.join(map(str, array.shape))}" for name, array in graph.inputs(CASE).items())
        problem = compile_model(graph.make(), place / "model.tenon", options.target, f"--shapes={shapes}")
        problem = problem or compile_model(empty, place / "empty.tenon", options.target)
        try:
            if problem:
                raise children.ChildError(f"compiling failed: {problem}")
            runs = [children.call("latency", [place, options.target], TIMEOUT) for _ in range(PROCESSES)]
            found = {name: statistics.median(run[name] for run in runs) for name in LIMITS}
        except children.ChildError as error:
            found = dict.fromkeys(LIMITS, str(error))
    for name, (limit, unit) in LIMITS.items():
        report.add(judged(f"{GRAPH} {CASE}, {name}" if limit else name, found[name], limit, unit))


def judged(case, value, limit, unit):
    if isinstance(value, str):
        return failed(case, value, unit)
    return row(case, value, unit, limit is None or value <= limit, limit, "limit" if limit else "")


def main(place, target):
    import benchmark
    import numpy as np

    feeds = benchmark.find_graph(GRAPH).inputs(CASE)
    if target.startswith("cuda"):
        from .gpu import gpu

        gpu()  # the context's creation is not the engine's
    importlib.import_module("tenon")  # nor is the package's import

    begin = time.perf_counter()
    session = Session(f"{place}/model.tenon", target)
    session.run(feeds)
    first = (time.perf_counter() - begin) * 1e3
    empty = Session(f"{place}/empty.tenon", target)
    step = empty.prepared({"x": np.zeros(32, np.float32)})
    return {"open to first result": first, "launch": calls(session, session.prepared(feeds)), "empty step": steps(empty, step)}


def calls(session, work, count=200):
    """Median microseconds that a call keeps the CPU; the device never has more than one run waiting."""
    taken = []
    for _ in range(count):
        begin = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begin) * 1e6)
        synchronize(session)
    return statistics.median(taken)


def steps(session, work, count=500):
    """Median microseconds from the call to the result."""
    taken = []
    for _ in range(count):
        begin = time.perf_counter()
        work()
        synchronize(session)
        taken.append((time.perf_counter() - begin) * 1e6)
    return statistics.median(taken)


def synchronize(session):
    if session.gpu:
        session.gpu.synchronize()


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
