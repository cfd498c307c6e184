# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tenon.compile, check and emit, and ONNX's backend interface, on small models."""

import concurrent.futures
import os
import tempfile

import numpy as np
import onnx
import pytest
import tenon
import tenon.backend
from onnx import TensorProto, helper


def make(node_types, dims=("n", 8)):
    """A chain of unary nodes from x to y."""
    names = ["x", *(f"h{index}" for index in range(1, len(node_types))), "y"]
    nodes = [helper.make_node(kind, [names[i]], [names[i + 1]], name=f"{kind}_{i}") for i, kind in enumerate(node_types)]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, dims) for name in ("x", "y")]
    graph = helper.make_graph(nodes, "chain", values[:1], values[1:])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.fixture(scope="module")
def engine():
    return tenon.compile(make(["Relu", "Neg"]))


def expected(x):
    return -np.maximum(x, 0)


def test_compiles_and_runs(engine):
    x = np.random.default_rng(0).standard_normal((5, 8), np.float32)
    np.testing.assert_array_equal(engine({"x": x})["y"], expected(x))
    assert engine.inputs[0].shape == ("n", 8)


def test_paths_and_bytes(tmp_path):
    model, x = make(["Relu", "Neg"]), np.ones((2, 8), np.float32)
    onnx.save(model, tmp_path / "m.onnx")
    for source in (tmp_path / "m.onnx", str(tmp_path / "m.onnx"), model.SerializeToString()):
        np.testing.assert_array_equal(tenon.compile(source)(x=x)["y"], expected(x))


def test_fixed_shapes():
    engine = tenon.compile(make(["Neg"]), shapes={"x": (3, None)})
    assert engine.inputs[0].shape == (3, 8)
    with pytest.raises(tenon.ShapeError):
        engine(x=np.zeros((2, 8), np.float32))


@pytest.mark.parametrize("dim", ["2*n", "n // 2", "a + b", "a*b"])
def test_dims_that_no_input_determines(dim):
    engine, x = tenon.compile(make(["Neg"], dims=(dim, 8))), np.ones((3, 8), np.float32)
    assert engine.inputs[0].shape == (dim, 8)
    np.testing.assert_array_equal(engine(x=x)["y"], -x)


def test_output_file(tmp_path):
    path = tmp_path / "kept.tenon"
    tenon.compile(make(["Neg"]), output=path, cpu="x86-64-v3")
    assert tenon.load(path).arch == "x86-64-v3"


def test_no_file_is_left_behind(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    engine = tenon.compile(make(["Neg"]))
    assert len(os.listdir(tmp_path)) == 1
    del engine
    assert os.listdir(tmp_path) == []
    with pytest.raises(tenon.CompileError):
        tenon.compile(b"no model")
    assert os.listdir(tmp_path) == []


def test_unsupported_nodes_are_all_named():
    model = make(["Frobnicate", "Relu", "Wibble"])
    with pytest.raises(tenon.CompileError) as raised:
        tenon.compile(model)
    problems = [diagnostic for diagnostic in raised.value.diagnostics if diagnostic.severity == "error"]
    assert [(problem.node, problem.op) for problem in problems] == [("Frobnicate_0", "Frobnicate"), ("Wibble_2", "Wibble")]
    assert [problem.node for problem in tenon.check(model)] == ["Frobnicate_0", "Wibble_2"]
    assert tenon.check(make(["Relu"])) == []


def test_progress_grows():
    shares = []
    tenon.compile(make(["Neg"]), progress=lambda stage, share: shares.append(share))
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] <= 1


def test_progress_can_cancel():
    with pytest.raises(tenon.CancelledError):
        tenon.compile(make(["Neg"]), progress=lambda stage, share: False)


def test_exceptions_of_progress_come_through():
    def fail(stage, share):
        raise KeyError(stage)

    with pytest.raises(KeyError):
        tenon.compile(make(["Neg"]), progress=fail)


@pytest.mark.parametrize("stage", ["infer", "linalg", "plan"])
def test_emit(stage):
    assert "func.func" in tenon.emit(make(["Relu"]), stage) or stage == "plan"


USAGE = [
    ({"target": "tpu"}, "expected target cpu or cuda, got 'tpu'"),
    ({"cpu": "386"}, "expected cpu x86-64-v3, x86-64-v4 or native, got '386'"),
]


@pytest.mark.parametrize("options, message", USAGE)
def test_usage_errors(options, message):
    with pytest.raises(tenon.UsageError, match=message):
        tenon.compile(make(["Neg"]), **options)
    with pytest.raises(tenon.UsageError, match="expected a path, bytes or a ModelProto, got int"):
        tenon.compile(3)


def test_compiling_in_several_threads():
    def work(index):
        kinds = ["Relu", "Neg", "Abs", "Exp"][: index + 1]
        x = np.full((2, 8), 0.5, np.float32)
        return tenon.compile(make(kinds))(x=x)["y"]

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        results = list(pool.map(work, range(4)))
    np.testing.assert_allclose([result[0, 0] for result in results], [0.5, -0.5, 0.5, np.exp(np.float32(0.5))], rtol=1e-6)


def test_backend_runs_nodes_and_models():
    x = np.array([[-1, 2]], np.float32)
    (result,) = tenon.backend.run_node(helper.make_node("Relu", ["x"], ["y"]), [x])
    np.testing.assert_array_equal(result, [[0, 2]])
    (result,) = tenon.backend.run_model(make(["Neg"]), [np.ones((1, 8), np.float32)])
    np.testing.assert_array_equal(result, -np.ones((1, 8), np.float32))
    assert tenon.backend.supports_device("CPU")
    assert not tenon.backend.supports_device("CUDA")
    assert not tenon.backend.is_compatible(make(["Frobnicate"]))
