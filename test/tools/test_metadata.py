# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""metadata_props of nodes, initialisers and inputs: seen in the locations of IR, nowhere in an engine."""

import re

import onnx
import pytest
from onnx import TensorProto, helper


@pytest.fixture
def model(tmp_path):
    """y = twice(x @ w) where twice is a function; every thing has a property, the product has some that are odd."""
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [4, 64]) for name in "xy")
    w = helper.make_tensor("w", TensorProto.FLOAT, [64, 64], [0.5] * 64 * 64)
    nodes = [helper.make_node("MatMul", ["x", "w"], ["h"], name="product"), helper.make_node("Twice", ["h"], ["y"], "call", domain="own")]
    for owner, value in ((x, "of input"), (y, "of output"), (w, "of weight"), (nodes[0], "of product"), (nodes[1], "of call")):
        owner.metadata_props.add(key="trace", value=value)
    for key, value in (("", "nameless"), ("twice", "first"), ("twice", "last"), ("text", 'a "b"\n\u00e9')):
        nodes[0].metadata_props.add(key=key, value=value)
    body = [helper.make_node("Add", ["a", "a"], ["b"], name="sum")]
    body[0].metadata_props.add(key="trace", value="of sum")
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
    function = helper.make_function("own", "Twice", ["a"], ["b"], body, opsets)
    function.metadata_props.add(key="trace", value="of function")
    graph = helper.make_graph(nodes, "metadata", [x], [y], [w])
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=10, functions=[function]), tmp_path / "m.onnx")
    return "m.onnx"


def location_of(text, op):
    """The first location behind `op`, with aliases written out."""
    aliases = dict(re.findall(r"^(#loc\d*) = loc\((.*)\)$", text, re.M))
    location = re.search(rf"{op}.*? loc\((#loc\d*|fused.*?\])\)", text)[1]
    while "#loc" in location:
        location = re.sub(r"#loc\d*", lambda match: aliases[match[0]], location)
    return location


def test_locations_have_the_properties(tenon, model):
    text = tenon("compile", model, "--emit=infer", "--locations").stdout
    product = r'fused<{text = "a \22b\22\0A\C3\A9", trace = "of product", twice = "last"}>["product"]'
    assert location_of(text, "infer.mat_mul") == product
    assert location_of(text, "infer.add") == 'fused<{trace = "of sum"}>["call/sum"]'
    assert location_of(text, "infer.constant") == 'fused<{trace = "of weight"}>["w"]'
    assert location_of(text, r"@main\(%arg0") == 'fused<{trace = "of input"}>["x"]'
    assert "of call" not in text and "of function" not in text and "of output" not in text


def test_without_locations_nothing_is_kept(tenon, model):
    text = tenon("compile", model, "--emit=infer").stdout
    assert "infer.mat_mul" in text and "loc(" not in text and "trace" not in text


def test_later_stages_keep_them_and_the_engine_does_not(tenon, model, tmp_path):
    for name, flags in (("plain", []), ("located", ["--locations", "--dump-stages=stages"])):
        done = tenon("compile", model, "-o", f"{name}.tenon", *flags)
        assert done.returncode == 0, done.stderr
    engine = (tmp_path / "located.tenon").read_bytes()
    assert engine == (tmp_path / "plain.tenon").read_bytes()
    assert b"call/sum" in engine and b"of sum" not in engine
    stages = {path.name.split("-", 1)[1].split(".")[0]: path.read_text() for path in (tmp_path / "stages").iterdir()}
    assert {name for name, text in stages.items() if "of sum" in text} >= {"infer", "fused", "linalg", "kernels", "llvm", "plan"}


def test_refusals_name_the_node(tenon, tmp_path):
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in "xy")
    node = helper.make_node("Softmax", ["x"], ["y"], name="wrong", axis=7)
    node.metadata_props.add(key="trace", value="of wrong")
    graph = helper.make_graph([node], "refused", [x], [y])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10), tmp_path / "m.onnx")
    for flags in ([], ["--locations"]):
        done = tenon("compile", "m.onnx", "--emit=infer", *flags)
        assert done.returncode == 1
        assert "error[unsupported-node]: node 'wrong' (Softmax, opset 17): " in done.stderr
