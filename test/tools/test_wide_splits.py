# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A split of very many results compiles to kernels of few, as views where slices are consecutive in memory, with the right values."""

import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

COUNT = 300  # four slices of 64 and one of 44


@pytest.mark.parametrize("axis, kernels", [(0, 2), (1, 2 + 5)], ids=["rows", "columns"])
def test_wide_splits(tenon, tmp_path, axis, kernels):
    names = [f"y{i}" for i in range(COUNT)]
    x = np.arange(COUNT * 3, dtype=np.float32).reshape((COUNT, 3) if axis == 0 else (3, COUNT))
    parts = np.split(x, COUNT, axis)
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, part.shape) for name, part in zip(["x", *names], [x, *parts])]
    node = helper.make_node("Split", ["x"], names, axis=axis, num_outputs=COUNT)
    graph = helper.make_graph([node], "wide", values[:1], values[1:])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8), tmp_path / "wide.onnx")
    np.save(tmp_path / "x.npy", x)
    assert tenon("compile", "wide.onnx", "-o", "wide.tenon").returncode == 0
    (target,) = json.loads(tenon("inspect", "wide.tenon", "--json").stdout)["targets"]
    assert len(target["kernels"]) == kernels
    assert max(kernel["buffers"] for kernel in target["kernels"]) == 65
    done = tenon("run", "wide.tenon", "--inputs=.", "--save-outputs=out")
    assert done.returncode == 0, done.stderr
    for name, part in zip(names, parts, strict=True):
        np.testing.assert_array_equal(np.load(tmp_path / f"out/{name}.npy"), part)
