# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Products of 8-bit integers, as far as they go without a GPU: values by what is computed at build time, kernels by what `inspect` says."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, save

ROWS, COLUMNS, K = 21, 20, 80  # constants that are too large to be folded before products are looked at


def operands(kind, other, seed):
    stream = np.random.default_rng(seed)
    return [
        stream.integers(np.iinfo(dtype).min, np.iinfo(dtype).max, shape, dtype, endpoint=True)
        for dtype, shape in ((kind, (ROWS, K)), (other, (K, COLUMNS)))
    ]


def product(path, a, b, zeros):
    """y = x + (a - p)(b - q) in int32, all constant but x."""
    names = ["a", "b", "p", "q"]
    constants = [numpy_helper.from_array(array, name) for name, array in zip(names, (a, b, *zeros), strict=True)]
    x, y = (helper.make_tensor_value_info(name, TensorProto.INT32, [ROWS, COLUMNS]) for name in "xy")
    nodes = [helper.make_node("MatMulInteger", names, ["s"]), helper.make_node("Add", ["x", "s"], ["y"])]
    graph = helper.make_graph(nodes, "product", [x], [y], constants)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


@pytest.mark.parametrize("kind", [np.uint8, np.int8])
@pytest.mark.parametrize("other", [np.uint8, np.int8])
@pytest.mark.parametrize("zeros", [(0, 0), (3, 0), (0, 77), (100, 5)])
def test_values_at_build_time(tenon, tmp_path, kind, other, zeros):
    """The generic schedule computes them on this machine, zero points and all; the engine holds the sums."""
    a, b = operands(kind, other, seed=sum(zeros))
    p, q = kind(zeros[0]), np.full(COLUMNS, zeros[1], other)
    q[: 3 * (zeros[1] != 0)] += 1  # one for each column
    product(tmp_path / "m.onnx", a, b, (p, q))
    expected = (a.astype(np.int32) - np.int32(p)) @ (b.astype(np.int32) - q.astype(np.int32))
    done = tenon("compile", "m.onnx", "-o", "m.tenon", "--target=cuda:sm_90a")
    assert done.returncode == 0, done.stderr
    assert expected.astype(np.int32).tobytes() in (tmp_path / "m.tenon").read_bytes()


def dynamic(path):
    """What ONNX Runtime's dynamic quantisation writes: bytes of x with a scale and a zero point that only the run knows."""
    weights = np.random.default_rng(1).integers(-127, 128, (128, 96)).astype(np.int8)
    arrays = {"w": weights, "wz": np.int8(0), "ws": np.float32(0.01), "b": np.ones(96, np.float32)}
    steps = [
        ("DynamicQuantizeLinear", "x", "c s z", {}),
        ("MatMulInteger", "c w z wz", "i", {}),
        ("Cast", "i", "f", {"to": TensorProto.FLOAT}),
        ("Mul", "s ws", "t", {}),
        ("Mul", "f t", "m", {}),
        ("Add", "m b", "y", {}),
    ]
    nodes = [helper.make_node(kind, inputs.split(), outputs.split(), **attributes) for kind, inputs, outputs, attributes in steps]
    constants = [numpy_helper.from_array(np.asarray(array), name) for name, array in arrays.items()]
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", "l", size]) for name, size in (("x", 128), ("y", 96)))
    graph = helper.make_graph(nodes, "linear", [x], [y], constants)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def test_dynamic_quantisation_ends_in_the_product(tile_products, tmp_path):
    """Unasked: sums of integers are exact. Zero point, scale and bias are the kernel's epilogue, whatever the rank of x."""
    dynamic(tmp_path / "m.onnx")
    (remark,) = tile_products("m.onnx")
    assert "ui8 ?x96x128 nt + row i32 + scalar f32 + row f32 -> f32" in remark
