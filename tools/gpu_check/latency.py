# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a caller waits for besides the kernels: opening an engine, launching a static model, a step that computes next to nothing, copies of
large arrays in the host's memory."""

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
# A batch of 64 images in and out of pageable memory, through a kernel that takes next to no time beside these copies.
COPIES, COPIED = "38 MB from the host and back", 64 * 3 * 224 * 224
COPYING = f'<ir_version: 10, opset_import: ["" : 23]> model (float[{COPIED}] x) => (float[{COPIED}] y) {{ y = Neg(x) }}'
TIMEOUT, PROCESSES = 240, 3  # opening is measured once in a process: the median of three


def run(options, report):
    import benchmark
    import onnx.parser

    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        for name, text in (("empty", EMPTY), ("copying", COPYING)):
            (place / f"{name}.onnx").write_bytes(onnx.parser.parse_model(text).SerializeToString())
        graph = benchmark.find_graph(GRAPH)
        shapes = ",".join(f"{name}:{'x'.join(map(str, array.shape))}" for name, array in graph.inputs(CASE).items())
        problem = compile_model(graph.make(), place / "model.tenon", options.target, f"--shapes={shapes}")
        for name in ("empty", "copying"):
            problem = problem or compile_model(place / f"{name}.onnx", place / f"{name}.tenon", options.target)
        try:
            if problem:
                raise children.ChildError(f"compiling failed: {problem}")
            runs = [children.call("latency", [place, options.target], TIMEOUT) for _ in range(PROCESSES)]
            found = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
        except children.ChildError as error:
            found = dict.fromkeys((*LIMITS, COPIES), str(error))
    for name, (limit, unit) in LIMITS.items():
        report.add(judged(f"{GRAPH} {CASE}, {name}" if limit else name, found[name], limit, unit))
    report.add(copied(found[COPIES], found.get("driver's copies")))


def copied(value, peer):
    if isinstance(value, str):
        return failed(COPIES, value, "ms")
    return row(COPIES, value, "ms", True, peer, "the driver's copies of pageable memory" if peer else "")


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
    found = {"open to first result": first, "launch": calls(session, session.prepared(feeds)), "empty step": steps(empty, step)}
    return found | copies(Session(f"{place}/copying.tenon", target))


def copies(session, count=20):
    """Median milliseconds of a call with numpy arrays in and out, and of the driver's copies of as much into and out of such arrays, in turns."""
    import numpy as np

    x, y = np.ones(COPIED, np.float32), np.empty(COPIED, np.float32)
    works = {COPIES: lambda: session.engine({"x": x}, out={"y": y})}
    if session.gpu:
        memory = session.gpu.array(x.shape, x.dtype)
        works["driver's copies"] = lambda: (memory.write(x), memory.read(y))
    taken = {name: [] for name in works}
    for _ in range(count):
        for name, work in works.items():
            begin = time.perf_counter()
            work()
            taken[name].append((time.perf_counter() - begin) * 1e3)
    return {name: statistics.median(times) for name, times in taken.items()}


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
