# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What an application does with the runtime on a real GPU, from Python: other libraries' arrays and streams, threads, and what goes wrong.

A row is one such use, in a process of its own, since the last ones leave the device unusable for their process. `tenon` is seconds.
The runtime's GoogleTests check the same against a driver over host memory, which can be told to misbehave.
"""

import concurrent.futures
import json
import pathlib
import sys
import tempfile
import threading
import time

from . import children
from .engines import compile_model, on_gpu
from .report import failed, row

MODELS = {
    "add": "(int32[n] a, int32[n] b) => (int32[n] c) { c = Add(a, b) }",
    "sum": "(int32[n] a) => (int32 z) { z = ReduceSum<keepdims=0>(a) }",
    "grow": "(float x, int64[1] to) => (float[many] z) { z = Expand(x, to) }",
}
TIMEOUT, AT_ONCE = 50, 6
USES = {}


class Skip(Exception):
    """Why a use cannot be tried here."""


def use(name, on_cpu=False):
    """Registers a use: a function of the folder with the engines that raises what is wrong and may return a remark."""

    def add(function):
        USES[name] = (function, on_cpu)
        return function

    return add


def run(options, report):
    chosen = [name for name, (_, on_cpu) in USES.items() if options.selects(name) and (on_cpu or on_gpu(options.target))]
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        if problem := make_engines(pathlib.Path(folder), options.target):
            report.add(failed("engines", problem, "s"))
            return
        for job in concurrent.futures.as_completed([pool.submit(check, name, folder) for name in chosen]):
            report.add(job.result())


def make_engines(folder, target):
    """Compiles MODELS, and `add` for an architecture that is not this one; returns what went wrong."""
    import onnx.parser

    # A cubin for 8.x does not load on 9.0, nor one for 9.0a on 8.x.
    targets = dict.fromkeys(MODELS, target) | {"other": "cuda:sm_90a" if "sm_8" in target else "cuda:sm_80"}
    for name, chosen in targets.items():
        source = folder / f"{name}.onnx"
        text = f'<ir_version: 10, opset_import: ["" : 23]> model {MODELS.get(name, MODELS["add"])}'
        source.write_bytes(onnx.parser.parse_model(text).SerializeToString())
        if problem := compile_model(source, folder / f"{name}.tenon", chosen):
            return f"{name}: compiling failed: {problem}"
    return ""


def check(name, folder):
    try:
        return row(name, **children.call("device", [name, folder], TIMEOUT))
    except children.ChildError as error:
        return failed(name, str(error), "s")


def main(name, folder):
    begin, remark = time.monotonic(), None
    try:
        remark = USES[name][0](pathlib.Path(folder))
    except Skip as reason:
        remark = f"skipped: {reason}"
    return {"tenon": time.monotonic() - begin, "unit": "s", "ok": True, "message": remark or ""}


def engine_at(folder, name="add"):
    import tenon

    return tenon.load(folder / f"{name}.tenon")


def sequence(count, start=0):
    import numpy as np

    return np.arange(start, start + count, dtype=np.int32)


def aligned(array):
    """A copy that starts at a multiple of 64 bytes, as the CPU takes arrays without copies."""
    import numpy as np

    memory = np.empty(array.nbytes + 64, np.uint8)
    start = -memory.ctypes.data % 64
    result = memory[start : start + array.nbytes].view(array.dtype)
    result[:] = array
    return result


def expect(condition, message):
    if not condition:
        raise SystemExit(message)


def expect_equal(got, want):
    import numpy as np

    expect(np.array_equal(got, want), f"wrong values: {got[:4]} ..., expected {want[:4]} ...")


def expect_error(kind, text, function):
    """The message of the error that `function` must raise."""
    try:
        function()
    except kind as error:
        expect(text in str(error), f"expected an error with '{text}', got: {error}")
        return str(error)
    raise SystemExit(f"expected {kind.__name__}, got a result")


def torch_on_the_gpu():
    try:
        import torch
    except ImportError:
        raise Skip("no torch here") from None
    if not torch.cuda.is_available():
        raise Skip("torch sees no GPU")
    return torch


class Foreign:
    """An array of a library that knows __cuda_array_interface__ only; its shape may be a lie."""

    def __init__(self, array, shape=None, strides=None):
        self.array = array
        interface = array.__cuda_array_interface__
        self.__cuda_array_interface__ = interface | {"strides": strides, "shape": shape or interface["shape"]}


@use("torch tensors without copies")
def torch_tensors(folder):
    torch, engine, count = torch_on_the_gpu(), engine_at(folder), 1 << 26
    small = torch.arange(100, dtype=torch.int32, device="cuda")
    array = engine({"a": small, "b": small}, on_device=True)["c"]
    result = torch.from_dlpack(array)
    expect(result.data_ptr() == array.address, "from_dlpack copied")
    expect(bool((result == 2 * small).all()), "wrong values")
    large, target = torch.ones(count, dtype=torch.int32, device="cuda"), torch.zeros(count, dtype=torch.int32, device="cuda")
    torch.cuda.synchronize()
    free = torch.cuda.mem_get_info()[0]
    engine({"a": large, "b": large}, out={"c": target})
    expect(bool((target == 2).all()), "wrong values in the caller's tensor")
    taken = free - torch.cuda.mem_get_info()[0]
    expect(taken < 2 * count, f"a run of {12 * count >> 20} MiB in torch's tensors took {taken >> 20} MiB more")


@use("__cuda_array_interface__ without copies")
def array_interface(folder):
    import tenon

    engine = engine_at(folder)
    array = engine({"a": sequence(1000), "b": sequence(1000, 5)}, on_device=True)["c"]
    result = engine({"a": Foreign(array), "b": Foreign(array, strides=(4,))}, on_device=True)["c"]
    expect_equal(result.numpy(), 2 * (sequence(1000) + sequence(1000, 5)))
    expect_error(tenon.InputError, "contiguous", lambda: engine({"a": Foreign(array, strides=(8,)), "b": array}))
    engine({"a": array, "b": array}, out={"c": Foreign(result)})
    expect_equal(result.numpy(), 2 * (sequence(1000) + sequence(1000, 5)))


@use("the caller's stream")
def streams(folder):
    """A run is enqueued behind what is in the stream, and does not wait for it; another stream's reader is ordered by DLPack."""
    torch, engine = torch_on_the_gpu(), engine_at(folder)
    stream = torch.cuda.Stream()
    value, target = (torch.zeros(1000, dtype=torch.int32, device="cuda") for _ in range(2))
    for _ in range(3):  # plans and graphs
        engine({"a": value, "b": value}, stream=stream, on_device=True, out={"c": target})
    torch.cuda.synchronize()
    with torch.cuda.stream(stream):
        torch.cuda._sleep(500_000_000)  # some 0.3 s
        value.fill_(21)
        engine({"a": value, "b": value}, stream=stream, on_device=True, out={"c": target})
        expect(not stream.query(), "the call waited for the stream")
        stream.synchronize()
    expect(bool((target == 42).all()), "the run did not follow the stream")
    array = engine({"a": value, "b": value}, stream=stream, on_device=True)["c"]
    expect(bool((torch.from_dlpack(array) == 42).all()), "another stream read too early")


@use("contexts from several threads", on_cpu=True)
def threads(folder):
    engine, together = engine_at(folder), threading.Barrier(8)

    def work(number):
        together.wait(TIMEOUT)
        for turn in range(25):
            count = 1 + number * 100 + turn % 3
            result = engine({"a": sequence(count), "b": sequence(count, number)})["c"]
            expect_equal(result, sequence(count) + sequence(count, number))

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))


@use("a prepared shape allocates nothing", on_cpu=True)
def prepared(folder):
    engine, count = engine_at(folder), 1000
    feeds = {"a": aligned(sequence(count)), "b": aligned(sequence(count, 3))}
    target = aligned(sequence(count))
    if engine.on_gpu:
        zeros = engine({"a": 0 * sequence(count), "b": 0 * sequence(count)}, on_device=True)
        feeds = {key: engine({"a": array, "b": zeros["c"]}, on_device=True)["c"] for key, array in feeds.items()}
        target = engine({"a": sequence(count), "b": sequence(count)}, on_device=True)["c"]
    engine = engine_at(folder)
    engine.prepare({"a": (count,), "b": (count,)})
    context = engine._idle[-1]
    before = context.stats()
    kept = {name: getattr(before, name) for name in ("allocations", "bindings", "graphs")}
    for _ in range(5):
        engine({"a": feeds["a"], "b": feeds["b"]}, out={"c": target})
    after = context.stats()
    expect(after.runs == before.runs + 5, f"{after.runs - before.runs} runs instead of 5")
    changed = {name: getattr(after, name) - value for name, value in kept.items() if getattr(after, name) != value}
    expect(not changed, f"runs of a prepared shape made {changed}")
    expect_equal(target.numpy() if engine.on_gpu else target, sequence(count) + sequence(count, 3))


@use("out of memory", on_cpu=True)
def out_of_memory(folder):
    import numpy as np
    import tenon

    engine = engine_at(folder, "grow")
    x = np.float32(3)
    message = expect_error(tenon.OutOfMemoryError, "", lambda: engine({"x": x, "to": np.array([1 << 48])}))
    expect_equal(engine({"x": x, "to": np.array([1000])})["z"], np.full(1000, x))
    return message


@use("an engine for another architecture")
def another_architecture(folder):
    import tenon

    return expect_error(tenon.EngineError, "sm_", lambda: engine_at(folder, "other"))


@use("a kernel that faults")
def fault(folder):
    """The interface of a small array says that it has 4 GiB. Last in its process: nothing works on the device afterwards."""
    import tenon

    engine, add = engine_at(folder, "sum"), engine_at(folder)
    array = add({"a": sequence(256), "b": sequence(256)}, on_device=True)["c"]
    try:
        engine({"a": Foreign(array, shape=(1 << 30,))})
    except tenon.DeviceLostError as error:
        expect_error(tenon.DeviceLostError, "", lambda: add({"a": sequence(4), "b": sequence(4)}))
        return str(error)
    return "not provoked: what lies behind a small array could be read"


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])), flush=True)
