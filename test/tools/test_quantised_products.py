# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Products of dequantised operands, as far as they go without a GPU: values by what is computed at build time, kernels by what `inspect` says."""

import json

import ml_dtypes
import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, save
from onnxruntime import quantization

ROWS, COLUMNS, K = 21, 20, 80  # constants that are too large to be folded before products are looked at
SCALE, COLUMN_SCALES = np.float32(0.125), np.exp2(np.arange(COLUMNS, dtype=np.float32) % 5 - 2)  # of which products are exact


def elements(dtype, shape, seed):
    stream = np.random.default_rng(seed)
    if dtype in (np.uint8, np.int8):
        return stream.integers(np.iinfo(dtype).min, np.iinfo(dtype).max, shape, dtype, endpoint=True)
    return stream.integers(-7, 8, shape).astype(dtype)


def model(path, constants, nodes, inputs=()):
    """y = x + the last node's result."""
    initializers = [numpy_helper.from_array(np.asarray(array), name) for name, array in constants.items()]
    made = [helper.make_node(kind, words.split(), [name], **attributes) for name, kind, words, attributes in nodes]
    made.append(helper.make_node("Add", ["x", nodes[-1][0]], ["y"]))
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [ROWS, COLUMNS]) for name in "xy")
    graph = helper.make_graph(made, "product", [x, *inputs], [y], initializers)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), path)


def dequantised(array, zero, scale):
    return (array.astype(np.float32) - np.float32(zero)) * scale


KINDS = [
    (np.uint8, np.int8),
    (np.int8, np.uint8),
    (ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e4m3fn),
    (ml_dtypes.float8_e5m2, ml_dtypes.float8_e4m3fn),
]


@pytest.mark.parametrize("kind,other", KINDS)
@pytest.mark.parametrize("op,turned", [("MatMul", False), ("MatMul", True), ("Gemm", True)])
@pytest.mark.parametrize("flags", [[], ["--fp16"]])
def test_values_at_build_time(tenon, tmp_path, kind, other, op, turned, flags):
    """The generic schedule computes the product of the elements on this machine; the engine holds what is scaled, which is exact."""
    a, b = elements(kind, (ROWS, K), 1), elements(other, (K, COLUMNS), 2)
    zeros = [dtype(3 if dtype in (np.uint8, np.int8) else 0) for dtype in (kind, other)]
    bias = np.arange(COLUMNS, dtype=np.float32)
    stored, axis = (b.T.copy(), 0) if turned else (b, 1)
    constants = {"a": a, "b": stored, "p": zeros[0], "q": np.full(COLUMNS, zeros[1], other), "s": SCALE, "t": COLUMN_SCALES, "c": bias}
    nodes = [("f", "DequantizeLinear", "a s p", {}), ("g", "DequantizeLinear", "b t q", {"axis": axis})]
    if op == "Gemm":
        nodes.append(("m", "Gemm", "f g c", {"transB": 1}))
    else:
        nodes += [("h", "Transpose", "g", {"perm": [1, 0]})] * turned + [("m", "MatMul", "f h" if turned else "f g", {})]
    model(tmp_path / "m.onnx", constants, nodes)
    expected = dequantised(a, zeros[0], SCALE) @ dequantised(b, zeros[1], COLUMN_SCALES) + (bias if op == "Gemm" else 0)
    done = tenon("compile", "m.onnx", "-o", "m.tenon", "--target=cuda:sm_90a", *flags)
    assert done.returncode == 0, done.stderr
    assert expected.astype(np.float32).tobytes() in (tmp_path / "m.tenon").read_bytes()
    text = tenon("compile", "m.onnx", "-o", "-", "--target=cuda:sm_90a", "--emit=infer").stdout
    assert f"[{SCALE * COLUMN_SCALES[0]:e}," in text, "what is left of both scales is one"


def layer(path, kind):
    """What quantisation tools write: both operands quantised and dequantised again, a bias, the result quantised."""
    weights = elements(kind, (128, 96), 3)
    zero = np.zeros((), kind)
    arrays = {
        "w": weights,
        "p": zero,
        "s": np.float32(0.05),
        "t": np.full(96, 0.01, np.float32),
        "b": np.ones(96, np.float32),
        "u": np.float32(0.5),
    }
    steps = [
        ("QuantizeLinear", "x s p", "c", {}),
        ("DequantizeLinear", "c s p", "f", {}),
        ("DequantizeLinear", "w t", "g", {"axis": 1}),
        ("MatMul", "f g", "m", {}),
        ("Add", "m b", "e", {}),
        ("Relu", "e", "r", {}),
        ("QuantizeLinear", "r u p", "y", {}),
    ]
    nodes = [helper.make_node(name, inputs.split(), [output], **attributes) for name, inputs, output, attributes in steps]
    constants = [numpy_helper.from_array(np.asarray(array), name) for name, array in arrays.items()]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", "l", 128])
    y = helper.make_tensor_value_info("y", helper.np_dtype_to_tensor_dtype(np.dtype(kind)), ["n", "l", 96])
    graph = helper.make_graph(nodes, "linear", [x], [y], constants)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), path)


@pytest.mark.parametrize("kind,name", [(np.int8, "i8"), (ml_dtypes.float8_e4m3fn, "f8E4M3FN")])
def test_layer_is_one_kernel(tile_products, tmp_path, kind, name):
    """Scales, bias, activation and quantisation are the kernel's epilogue; other architectures keep the program that is theirs."""
    layer(tmp_path / "m.onnx", kind)
    (remark,) = tile_products("m.onnx")
    assert f"{name} ?x96x128 nt + row f32 + row f32" in remark


def feed_forward(path):
    """Two layers as exporters write them, of which the first keeps its bias in a Gemm."""
    stream = np.random.default_rng(5)
    arrays = {
        name: stream.standard_normal(shape).astype(np.float32)
        for name, shape in (("w", (256, 128)), ("b", (256,)), ("v", (256, 96)), ("c", (96,)))
    }
    steps = [
        ("Gemm", "x w b", "m", {"transB": 1}),
        ("Relu", "m", "r", {}),
        ("MatMul", "r v", "n", {}),
        ("Add", "n c", "y", {}),
    ]
    nodes = [helper.make_node(name, inputs.split(), [output], name=output, **attributes) for name, inputs, output, attributes in steps]
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", size]) for name, size in (("x", 128), ("y", 96)))
    graph = helper.make_graph(nodes, "layers", [x], [y], [numpy_helper.from_array(array, name) for name, array in arrays.items()])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


class Calibration(quantization.CalibrationDataReader):
    def __init__(self):
        stream = np.random.default_rng(6)
        self.batches = iter([{"x": stream.standard_normal((8, 128)).astype(np.float32)} for _ in range(2)])

    def get_next(self):
        return next(self.batches, None)


@pytest.mark.parametrize("per_channel", [False, True])
@pytest.mark.parametrize("activations", [quantization.QuantType.QUInt8, quantization.QuantType.QInt8])
def test_all_products_that_a_tool_quantised(tenon, tmp_path, per_channel, activations):
    """ONNX Runtime's static quantisation, in its form of quantised and dequantised tensors."""
    feed_forward(tmp_path / "float.onnx")
    quantization.quantize_static(
        tmp_path / "float.onnx",
        tmp_path / "m.onnx",
        Calibration(),
        quant_format=quantization.QuantFormat.QDQ,
        per_channel=per_channel,
        activation_type=activations,
        weight_type=quantization.QuantType.QInt8,
    )
    done = tenon("compile", "m.onnx", "-o", "m.tenon", "--target=cuda:sm_90a", "--json")
    assert done.returncode == 0, done.stderr
    remarks = [row["message"] for row in json.loads(done.stdout)["report"]["fusions"] if row["name"] == "TensorCores"]
    name = "ui8" if activations == quantization.QuantType.QUInt8 else "i8"
    assert len(remarks) == 2 and all(f'Product="{name} ?x' in remark for remark in remarks), remarks


@pytest.mark.parametrize("kind", [ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2, ml_dtypes.bfloat16])
def test_arrays_of_types_without_a_name_in_numpy(tenon, tmp_path, kind):
    """numpy writes what ml_dtypes says of them, which is not the same for both kinds of float8."""
    x = helper.make_tensor_value_info("x", helper.np_dtype_to_tensor_dtype(np.dtype(kind)), [3])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [3])
    graph = helper.make_graph([helper.make_node("Cast", ["x"], ["y"], to=TensorProto.FLOAT)], "cast", [x], [y])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), tmp_path / "m.onnx")
    np.save(tmp_path / "x.npy", np.array([1.5, -2, 0.25], kind))
    done = tenon("run", "m.onnx", "--input=x=x.npy", "--save-outputs=.")
    assert done.returncode == 0, done.stderr
    assert np.load(tmp_path / "y.npy").tolist() == [1.5, -2, 0.25]
