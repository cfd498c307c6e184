# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a caller of include/tenon/tenon_compiler.h can do wrong, which `tenon.compile` never does: each mistake is an error of code usage."""

import contextlib
import ctypes

import pytest
from onnx import TensorProto, helper
from tenon import _compiler_abi, _libraries
from tenon._runtime_abi import versioned

LIBRARY = _libraries.compiler()


@contextlib.contextmanager
def outcome(model, options, function="tenon_compile"):
    """The result of a call, released at the end."""
    result = getattr(LIBRARY, function)(model, options)
    try:
        yield result
    finally:
        LIBRARY.tenon_compile_result_release(result)


def messages(result):
    diagnostic, found = versioned(_compiler_abi.Diagnostic), []
    for index in range(LIBRARY.tenon_compile_result_num_diagnostics(result)):
        assert LIBRARY.tenon_compile_result_diagnostic(result, index, diagnostic)
        found.append((diagnostic.code.decode(), diagnostic.message.decode()))
    return found


@pytest.fixture
def model():
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n"])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n"])
    graph = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "g", [x], [y])
    made = versioned(_compiler_abi.Model)
    data = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
    made.data, made.bytes = data, len(data)
    return made


def shape(**members):
    dims = (ctypes.c_int64 * 1)(3)
    made = _compiler_abi.InputShape(ctypes.sizeof(_compiler_abi.InputShape), b"x", 1, dims)
    for name, value in members.items():
        setattr(made, name, value)
    return made


SHAPES = {
    "no shapes": (None, "expected `shapes` to hold num_shapes entries, got NULL"),
    "no size": (shape(size=0), "expected the size of tenon_input_shape in its first member"),
    "part of a size": (shape(size=24), "expected the size of tenon_input_shape in its first member"),
    "no name": (shape(name=None), "expected a name and dims in every input shape"),
    "no dims": (shape(dims=None), "expected a name and dims in every input shape"),
}


@pytest.mark.parametrize("function", ["tenon_compile", "tenon_check"])
@pytest.mark.parametrize("name", SHAPES)
def test_shapes(model, name, function):
    given, message = SHAPES[name]
    options = versioned(_compiler_abi.Options)
    options.num_shapes = 1
    if given:
        options.shapes = ctypes.pointer(given)
    with outcome(model, options, function) as result:
        assert not LIBRARY.tenon_compile_result_ok(result)
        assert messages(result) == [("usage", message)]


@pytest.mark.parametrize("function", ["tenon_compile", "tenon_check"])
def test_no_model(function):
    for model in (None, versioned(_compiler_abi.Model)):
        with outcome(model, None, function) as result:
            assert messages(result) == [("usage", "expected a model: a path, or its bytes")]


def test_null_results_and_options(model):
    with outcome(model, None) as result:
        assert LIBRARY.tenon_compile_result_ok(result), messages(result)
        assert not LIBRARY.tenon_compile_result_diagnostic(result, 0, versioned(_compiler_abi.Diagnostic))
        assert not LIBRARY.tenon_compile_result_diagnostic(result, 0, None)
    assert not LIBRARY.tenon_compile_result_ok(None)
    assert LIBRARY.tenon_compile_result_num_diagnostics(None) == 0
    LIBRARY.tenon_compile_result_release(None)
