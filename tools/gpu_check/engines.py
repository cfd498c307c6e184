# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles with the bundle's compiler and runs with its Python package, on the GPU or (to try the suites themselves) on the CPU."""

import statistics
import time

from . import children
from .bound import BoundRun
from .gpu import gpu, median_milliseconds, shared

COMPILE_TIMEOUT = 300


def on_gpu(target):
    return target.startswith("cuda")


def compile_model(source, engine, target, *flags):
    """Compiles a file; returns what went wrong, "" if nothing."""
    command = ["tenon", "compile", source, "-o", engine, f"--target={target}", "--progress=none", *flags]
    try:
        status, _, err = children.run(command, COMPILE_TIMEOUT)
    except children.ChildError as error:
        return str(error)
    return f"status {status}: {err.strip()[:500]}" if status or not engine.exists() else ""


class Session:
    """An open engine."""

    def __init__(self, path, target):
        import tenon

        with shared():
            self.gpu = gpu() if on_gpu(target) else None
            self.engine = tenon.load(path)

    def run(self, feeds):
        """Outputs as numpy arrays."""
        with shared():
            return self.engine(feeds)

    def prepared(self, feeds):
        """A function that runs once: on the GPU it enqueues on our stream, with inputs and outputs in device memory."""
        with shared():
            return BoundRun(self.engine, feeds, self.gpu) if self.gpu else lambda: self.engine(feeds)

    def milliseconds(self, feeds, seconds):
        """Median time of a run: device time on the GPU, the clock's on the CPU."""
        work = self.prepared(feeds)
        if self.gpu:
            return median_milliseconds([work], seconds)[0]
        times, end = [], time.perf_counter() + seconds
        while not times or time.perf_counter() < end:
            begin = time.perf_counter()
            work()
            times.append((time.perf_counter() - begin) * 1e3)
        return statistics.median(times)
