# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""precision="fp16" and "bf16": products take rounded operands, everything else stays float32."""

import os

import ml_dtypes
import numpy as np
import onnx
import pytest
import tenon
from onnx import TensorProto, helper
from tolerances import compare

TYPES = {"fp16": np.dtype(np.float16), "bf16": np.dtype(ml_dtypes.bfloat16)}


@pytest.fixture(scope="module")
def model():
    """y = relu(x @ w + b) with weights of 64 KiB in float32."""
    rng = np.random.default_rng(0)
    weights = {"w": rng.standard_normal((128, 128), np.float32), "b": rng.standard_normal(128).astype(np.float32)}
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["h"]),
        helper.make_node("Add", ["h", "b"], ["s"]),
        helper.make_node("Relu", ["s"], ["y"]),
    ]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 128]) for name in ("x", "y")]
    graph = helper.make_graph(nodes, "small", values[:1], values[1:], [onnx.numpy_helper.from_array(v, k) for k, v in weights.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), weights


@pytest.mark.parametrize("precision", TYPES)
def test_products_round_their_operands(model, precision):
    onnx_model, weights = model
    engine = tenon.compile(onnx_model, precision=precision)
    assert engine.inputs[0].dtype == engine.outputs[0].dtype == np.float32
    x = np.random.default_rng(1).standard_normal((7, 128), np.float32)
    rounded = [value.astype(TYPES[precision]).astype(np.float64) for value in (x, weights["w"])]
    want = np.maximum(rounded[0] @ rounded[1] + weights["b"], 0).astype(np.float32)
    # The sum is rounded to the short type once, no operand twice: closer than a float32 product rounded at both ends would be.
    assert compare(engine(x=x)["y"], want, dtype="float16" if precision == "fp16" else "bfloat16").ok
    assert not np.array_equal(engine(x=x)["y"], tenon.compile(onnx_model)(x=x)["y"])


def test_weights_are_kept_short(model, tmp_path):
    sizes = {}
    for precision in ("fp32", "fp16"):
        tenon.compile(model[0], precision=precision, output=tmp_path / precision, cpu="x86-64-v3")
        sizes[precision] = os.path.getsize(tmp_path / precision)
    assert sizes["fp16"] < sizes["fp32"] - 30_000


def test_unknown_precision(model):
    with pytest.raises(tenon.UsageError, match="expected precision fp32, tf32, fp16 or bf16, got 'int3'"):
        tenon.compile(model[0], precision="int3")
