# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tensors without elements, of known and of open dims, against ONNX Runtime or the shape that ONNX defines."""

import numpy as np
import onnx.parser
import pytest
import tenon
from text_cases import HEAD, head_of, run_beside_onnxruntime

SHAPES = ([2, 3, 0], [0, 3, 4], [2, 0, 5], [0, 0, 3])


def dims_of(shape, is_known):
    return ", ".join(str(dim) if is_known else f"D{i}" for i, dim in enumerate(shape))


@pytest.mark.parametrize("is_known", (True, False))
@pytest.mark.parametrize("axis", (0, 1, 2, 3))
@pytest.mark.parametrize("shape", SHAPES)
def test_flatten(shape, axis, is_known):
    text = f"m (float[{dims_of(shape, is_known)}] x) => (float[P, Q] y) {{ y = Flatten<axis = {axis}>(x) }}"
    engine = tenon.compile(onnx.parser.parse_model(HEAD + text), threads=1)
    expected = (int(np.prod(shape[:axis])), int(np.prod(shape[axis:])))
    assert engine({"x": np.zeros(shape, np.float32)})["y"].shape == expected


@pytest.mark.parametrize("is_known", (True, False))
@pytest.mark.parametrize("op", ("Softmax", "LogSoftmax"))
@pytest.mark.parametrize("axis", (0, 1, 2))
@pytest.mark.parametrize("shape", SHAPES)
def test_flat_softmax(shape, axis, op, is_known):
    text = f"m (float[{dims_of(shape, is_known)}] x) => (float[P, Q, R] y) {{ y = {op}<axis = {axis}>(x) }}"
    run_beside_onnxruntime(text, [{"x": np.zeros(shape, np.float32)}], np.testing.assert_array_equal, head=head_of(11))


# What computes the tensor in between is not launched, and no memory is planned for it.
CHAINS = {
    "running sums": "m (float[0] x) => (float[0] y) <int64 a = {0}> { z = CumSum(x, a) y = CumSum(z, a) }",
    "elementwise": "m (float[4, 0] x) => (float[4, 0] y) <int64 a = {0}> { z = Relu(x) y = CumSum(z, a) }",
    "slice": "m (float[5] x) => (float[P] y) <int64[1] s = {5}, int64[1] e = {9}, int64 a = {0}> { z = Slice(x, s, e) y = CumSum(z, a) }",
    "product": """m (float[4, 0] x, float[0, 3] k) => (float[4, 3] y) { z = Relu(x) w = Softmax(z) y = MatMul(w, k) }""",
}


@pytest.mark.parametrize("name", CHAINS)
def test_chain(name):
    model = onnx.parser.parse_model(HEAD + CHAINS[name])
    shapes = {info.name: [dim.dim_value for dim in info.type.tensor_type.shape.dim] for info in model.graph.input}
    run_beside_onnxruntime(CHAINS[name], [{key: np.ones(dims, np.float32) for key, dims in shapes.items()}], np.testing.assert_array_equal)
