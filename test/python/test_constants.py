# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Weights that are computed at compile time: right values, whatever they share, and few of them in memory at a time."""

import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import tenon
from onnx import TensorProto, helper
from tolerances import assert_close


def save(path, nodes, weights, outputs, width):
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, width])]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    weights = [onnx.numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph([helper.make_node(*node[:3], **node[3]) for node in nodes], "constants", inputs, outputs, weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def transposed_weights(path, count, width):
    """`count` weights of width x width, each transposed and scaled before it is used."""
    rng = np.random.default_rng(0)
    weights = {f"w{i}": rng.standard_normal((width, width), np.float32) for i in range(count)} | {"s": np.float32([0.5])}
    nodes, last = [], "x"
    for i in range(count):
        nodes.append(("Transpose", [f"w{i}"], [f"t{i}"], {"perm": [1, 0]}))
        nodes.append(("Mul", [f"t{i}", "s"], [f"u{i}"], {}))
        nodes.append(("Add", [last, f"u{i}"], [f"h{i}"], {}))
        last = f"h{i}"
    nodes.append(("ReduceMean", [last], ["y"], {"axes": [0]}))
    return save(path, nodes, weights, ["y"], width)


def check(path, width):
    feeds = {"x": np.random.default_rng(1).standard_normal((1, width), np.float32)}
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_outputs()]
    results = tenon.compile(path)(feeds)
    for name, want in zip(names, session.run(names, feeds), strict=True):
        assert_close(results[name], want, name)


def test_several_runs(tmp_path):
    """Three weights of 25 MB do not fit into one batch."""
    check(transposed_weights(tmp_path / "m.onnx", 3, 2560), 2560)


def test_shared_work(tmp_path):
    """Two results of one intermediate, the parts of a split, an intermediate that is a result as well, and one that only reshapes."""
    rng = np.random.default_rng(0)
    weights = {"w": rng.standard_normal((64, 48), np.float32), "v": rng.standard_normal((96, 64), np.float32)}
    weights |= {"two": np.float32(2), "shape": np.int64([1, 64, 48]), "axes": np.int64([0])}
    nodes = [
        ("Transpose", ["w"], ["t"], {"perm": [1, 0]}),
        ("Mul", ["t", "two"], ["a"], {}),
        ("Exp", ["t"], ["b"], {}),
        ("Split", ["v"], ["p", "q"], {"axis": 0}),
        ("Neg", ["p"], ["n"], {}),
        ("MatMul", ["x", "w"], ["xw"], {}),
        ("MatMul", ["xw", "a"], ["y0"], {}),
        ("MatMul", ["xw", "b"], ["y1"], {}),
        ("MatMul", ["xw", "n"], ["y2"], {}),
        ("MatMul", ["xw", "q"], ["y3"], {}),
        ("MatMul", ["xw", "t"], ["y4"], {}),
        ("Neg", ["w"], ["m"], {}),
        ("Reshape", ["m", "shape"], ["r"], {}),
        ("Add", ["r", "xw"], ["y5"], {}),
    ]
    check(save(tmp_path / "m.onnx", nodes, weights, [f"y{i}" for i in range(6)], 64), 64)


def test_no_elements(tmp_path):
    """A weight without elements beside another, before and after."""
    weights = {"w": np.zeros((0, 4), np.float32), "v": np.float32([[1, 2, 3, 4]])}
    nodes = [
        ("Exp", ["w"], ["a"], {}),
        ("Concat", ["x", "a"], ["y0"], {"axis": 0}),
        ("Exp", ["v"], ["b"], {}),
        ("Add", ["x", "b"], ["y1"], {}),
        ("Neg", ["w"], ["c"], {}),
        ("Concat", ["c", "y1"], ["y2"], {"axis": 0}),
    ]
    check(save(tmp_path / "m.onnx", nodes, weights, ["a", "y0", "y1", "y2"], 4), 4)


def test_same_bytes(tmp_path):
    path = transposed_weights(tmp_path / "m.onnx", 3, 2560)
    for threads in (1, 2):
        tenon.compile(path, output=tmp_path / f"{threads}.tenon", cpu="x86-64-v3", compile_threads=threads)
    assert (tmp_path / "1.tenon").read_bytes() == (tmp_path / "2.tenon").read_bytes()


def peak(path):
    """Peak memory of a process that compiles `path`."""
    script = "import sys, tenon; tenon.compile(sys.argv[1], output=sys.argv[2])"
    program = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
    program += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    command = [sys.executable, "-c", program, sys.executable, "-c", script, path, path.with_suffix(".tenon")]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout) * 1024


def test_memory(tmp_path):
    """The bound that holds for models whose weights are taken as they are; all derived weights and what they are made of would be beyond it."""
    path = transposed_weights(tmp_path / "m.onnx", 20, 2048)
    assert peak(path) < 1.3 * path.stat().st_size + 500e6
