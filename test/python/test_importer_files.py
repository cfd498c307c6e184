# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The importer and its files: weights stay where they are, whatever their size; our copy of the format is the onnx package's."""

import os
import pathlib
import re
import subprocess

import onnx
import pytest
import tenon
from onnx import TensorProto, helper

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
IMPORT = pathlib.Path(os.environ["TENON_BUILD"]) / "bin/tenon-import"
SANITIZED = "ASAN_OPTIONS" in os.environ or "UBSAN_OPTIONS" in os.environ


def peak_bytes(path):
    """Peak resident memory of importing a model that must be accepted."""
    text = subprocess.run([IMPORT, "--quiet", path], stdout=subprocess.PIPE, text=True, check=True).stdout
    return int(re.search(r"peak memory: (\d+) bytes", text)[1])


def add_weight(tensor, shape, dtype):
    """y = x + w, or its like, with the initialiser `tensor`."""
    x = helper.make_tensor_value_info("x", dtype, [1])
    y = helper.make_tensor_value_info("y", dtype, shape)
    graph = helper.make_graph([helper.make_node("Add", ["x", "w"], ["y"])], "g", [x], [y], [tensor])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


@pytest.mark.parametrize("dtype, count, width", [(TensorProto.FLOAT, 2**28, 4), (TensorProto.INT8, 2**31 + 2**20, 1)])
def test_external_weights_are_not_read(tmp_path, dtype, count, width):
    """A gigabyte of external data, more than 2^31 elements of it, in a file with holes."""
    with open(tmp_path / "w.bin", "wb") as f:
        f.truncate(count * width + 64)
    w = TensorProto(name="w", data_type=dtype, dims=[count], data_location=TensorProto.EXTERNAL)
    for key, value in (("location", "w.bin"), ("offset", "64"), ("length", str(count * width))):
        w.external_data.add(key=key, value=value)
    path = tmp_path / "model.onnx"
    path.write_bytes(add_weight(w, [count], dtype).SerializeToString())
    peak = peak_bytes(path)
    assert SANITIZED or peak < 256 * 2**20


def test_external_weights_need_a_file():
    w = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4], data_location=TensorProto.EXTERNAL)
    w.external_data.add(key="location", value="w.bin")
    with pytest.raises(tenon.Error, match="external data 'w.bin': a model in memory has no folder for external data"):
        tenon.compile(add_weight(w, [4], TensorProto.FLOAT).SerializeToString())


def test_metadata_of_model_and_graph_are_kept(tmp_path):
    """Properties of nodes and tensors do not get into the engine: they may be many times the size of the graph."""
    model = add_weight(helper.make_tensor("w", TensorProto.FLOAT, [1], [1.0]), [1], TensorProto.FLOAT)
    for owner, value in ((model, "a"), (model.graph, "b"), (model.graph.node[0], "c"), (model.graph.initializer[0], "d")):
        owner.metadata_props.add(key="origin", value=value)
    model.graph.metadata_props.add(key="", value="nameless")
    model.graph.metadata_props.add(key="signature", value="é\n")
    engine = tenon.compile(model.SerializeToString())
    assert engine.metadata == {"origin": "a", "graph.origin": "b", "graph.signature": "é\n"}
    # A model whose own key looks like the graph's: the model's stays.
    model.metadata_props.add(key="graph.origin", value="model")
    assert tenon.compile(model.SerializeToString()).metadata["graph.origin"] == "model"


def test_inline_weights_are_not_copied(tmp_path):
    """A model file of 3 GiB whose raw_data is a hole; protobuf itself ends at 2 GiB."""
    size = 3 * 2**30
    small = add_weight(TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[size // 4]), [size // 4], TensorProto.FLOAT)
    tensor = small.graph.initializer[0].SerializeToString()
    del small.graph.initializer[:]
    raw = b"\x4a" + varint(size)
    body = b"\x2a" + varint(len(tensor) + len(raw) + size) + tensor + raw
    graph = small.graph.SerializeToString()
    small.ClearField("graph")
    path = tmp_path / "model.onnx"
    with open(path, "wb") as f:
        f.write(small.SerializeToString() + b"\x3a" + varint(len(graph) + len(body) + size) + graph + body)
        f.truncate(f.tell() + size)
    peak = peak_bytes(path)
    assert SANITIZED or peak < 256 * 2**20


def test_format_is_the_packages_own():
    ours = ROOT / "lib/Importer/Onnx/onnx-ml.proto"
    theirs = pathlib.Path(onnx.__file__).parent / "onnx-ml.proto"
    assert ours.read_bytes() == theirs.read_bytes()
