# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Graphs of many nodes and nodes of many operands compile in time that grows with their number, and have the right values."""

import numpy as np
import tenon
from onnx import TensorProto, helper


def model(nodes, output):
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3])
    graph = helper.make_graph(nodes, "many", [x], [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


X = np.arange(6, dtype=np.float32).reshape(2, 3)


def test_chain_of_100000_nodes():
    kinds = ["Neg", "Abs"] * 50_000
    nodes = [helper.make_node(kind, [f"v{i}" if i else "x"], [f"v{i + 1}"]) for i, kind in enumerate(kinds)]
    (y,) = tenon.compile(model(nodes, "v100000"))(x=X).values()
    np.testing.assert_array_equal(y, X)


def test_concat_of_many():
    operands = ["x", "n"] * 2000
    nodes = [helper.make_node("Neg", ["x"], ["n"]), helper.make_node("Concat", operands, ["y"], axis=1)]
    (y,) = tenon.compile(model(nodes, "y"))(x=X).values()
    np.testing.assert_array_equal(y, np.concatenate([X, -X] * 2000, axis=1))
