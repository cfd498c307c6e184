# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""--tf32, as far as it goes without a GPU."""

import json

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, save

ROWS, COLUMNS = 200, 96


@pytest.fixture
def model(tmp_path):
    weights = np.random.default_rng(1).standard_normal((ROWS, COLUMNS)).astype(np.float32)
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", size]) for name, size in (("x", ROWS), ("y", COLUMNS)))
    nodes = [helper.make_node("MatMul", ["x", "w"], ["m"]), helper.make_node("Relu", ["m"], ["y"])]
    graph = helper.make_graph(nodes, "layer", [x], [y], [numpy_helper.from_array(weights, "w")])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "m.onnx")
    return weights


def test_weights_are_rounded_at_build_time(tenon, model, tmp_path):
    """To the nearest of 10 bits of fraction, ties to even, and laid along the sums."""
    assert tenon("compile", "m.onnx", "-o", "m.tenon", "--target=cuda:sm_90a", "--tf32").returncode == 0
    bits = model.T.copy().view(np.uint32)
    rounded = (bits + 0xFFF + (bits >> 13 & 1)) & ~np.uint32(0x1FFF)
    assert rounded.tobytes() in (tmp_path / "m.tenon").read_bytes()


def test_only_for_hopper_and_only_on_request(tenon, tile_products, model):
    (remark,) = tile_products("m.onnx", "--tf32")
    assert f'Product="f32 ?x{COLUMNS}x{ROWS} nt"' in remark
    done = tenon("compile", "m.onnx", "-o", "m.tenon", "--target=cuda:sm_90a", "--json")
    assert not [row for row in json.loads(done.stdout)["report"]["fusions"] if row["name"] == "TensorCores"]


def test_other_targets_compute_in_float32(tenon, model, tmp_path):
    for flags, name in (([], "a"), (["--tf32"], "b")):
        assert tenon("compile", "m.onnx", "-o", f"{name}.tenon", *flags).returncode == 0
    assert (tmp_path / "a.tenon").read_bytes() == (tmp_path / "b.tenon").read_bytes()
