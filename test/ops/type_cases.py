# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A case per op of the importer's table and element type that ONNX allows: one small node, operands whose values every type holds."""

import dataclasses
import pathlib
import re
import zlib

import ml_dtypes
import numpy as np
import onnx.defs
from onnx import TensorProto, helper

ROOT = pathlib.Path(__file__).resolve().parents[2]
OPSET = 24  # the newest that onnx's released opsets and ONNX Runtime share; the ops' types are those of the newest

ELEMENTS = {
    "float": np.float32,
    "double": np.float64,
    "float16": np.float16,
    "bfloat16": ml_dtypes.bfloat16,
    **{f"{sign}int{bits}": np.dtype(f"{sign}int{bits}").type for bits in (8, 16, 32, 64) for sign in ("u", "")},
    "bool": np.bool_,
    "float8e4m3fn": ml_dtypes.float8_e4m3fn,
    "float8e5m2": ml_dtypes.float8_e5m2,
}


def proto(element):
    return getattr(TensorProto, element.upper())


def ints(*values):
    return np.array(values, np.int64)


@dataclasses.dataclass
class Spec:
    """Operands by place: dims (of a tensor of that place's type), or an array, which is a constant; attributes; number of results."""

    operands: list = dataclasses.field(default_factory=lambda: [(2, 3)])
    attributes: dict = dataclasses.field(default_factory=dict)
    results: int = 1
    positive: bool = False


X, IMAGE = (2, 3), (1, 2, 4, 5)
SPECS = {
    "AveragePool": Spec([IMAGE], {"kernel_shape": [2, 2]}),
    "BatchNormalization": Spec([(2, 3, 2), (3,), (3,), (3,), (3,)], positive=True),
    "BitShift": Spec([X, X], {"direction": "LEFT"}),
    "Cast": Spec([X], {"to": TensorProto.FLOAT}),
    "Clip": Spec([X, (), ()], positive=True),
    "Concat": Spec([X, (1, 3)], {"axis": 0}),
    "Conv": Spec([IMAGE, (3, 2, 2, 2), (3,)]),
    "ConvInteger": Spec([IMAGE, (3, 2, 2, 2)]),
    "ConvTranspose": Spec([IMAGE, (2, 3, 2, 2), (3,)]),
    "ConstantOfShape": Spec([ints(2, 3)]),
    "CumSum": Spec([X, ints(1)[0]]),
    "DepthToSpace": Spec([(1, 4, 2, 3)], {"blocksize": 2}),
    "DequantizeLinear": Spec([X, ()], positive=True),
    "Expand": Spec([(2, 1), ints(2, 3)]),
    "GRU": Spec([(3, 2, 4), (1, 9, 4), (1, 9, 3)], {"hidden_size": 3}, 2),
    "Gather": Spec([X, ints(1, 0, 1)]),
    "GatherElements": Spec([X, ints(1, 0, 1).reshape(1, 3)]),
    "GatherND": Spec([X, ints(1, 0).reshape(2, 1)]),
    "Gemm": Spec([X, (3, 4), (4,)]),
    "GlobalAveragePool": Spec([IMAGE]),
    "GlobalMaxPool": Spec([IMAGE]),
    "GroupNormalization": Spec([(2, 4, 3), (4,), (4,)], {"num_groups": 2}),
    "InstanceNormalization": Spec([(2, 4, 3), (4,), (4,)]),
    "LRN": Spec([IMAGE], {"size": 3}),
    "LSTM": Spec([(3, 2, 4), (1, 12, 4), (1, 12, 3)], {"hidden_size": 3}, 3),
    "LayerNormalization": Spec([(2, 4), (4,), (4,)]),
    "MatMul": Spec([X, (3, 4)]),
    "MatMulInteger": Spec([X, (3, 4)]),
    "MaxPool": Spec([IMAGE], {"kernel_shape": [2, 2]}),
    "Mod": Spec([X, X], {"fmod": 1}, positive=True),
    "NonMaxSuppression": Spec([(1, 3, 4), (1, 1, 3)]),
    "OneHot": Spec([np.array([1, 3, 0]), np.array(4), (2,)]),
    "Pad": Spec([X, ints(0, 1, 1, 0)]),
    "Pow": Spec([X, X], positive=True),
    "QLinearConv": Spec([IMAGE, (), (), (3, 2, 2, 2), (), (), (), np.array(0)], positive=True),
    "QLinearMatMul": Spec([X, (), np.array(0), (3, 4), (), np.array(0), (), np.array(0)], positive=True),
    "QuantizeLinear": Spec([X, (), np.array(0)], positive=True),
    "RMSNormalization": Spec([(2, 4), (4,)]),
    "RNN": Spec([(3, 2, 4), (1, 3, 4), (1, 3, 3)], {"hidden_size": 3}, 2),
    "Range": Spec([np.array(1), np.array(9), np.array(2)]),
    "Reshape": Spec([X, ints(3, 2)]),
    "Resize": Spec([IMAGE, None, np.array([1, 1, 2, 1], np.float32)]),
    "ScatterElements": Spec([X, ints(1, 0, 1).reshape(1, 3), (1, 3)]),
    "ScatterND": Spec([X, ints(1).reshape(1, 1), (1, 3)]),
    "Slice": Spec([X, ints(1), ints(3), ints(1)]),
    "SpaceToDepth": Spec([IMAGE[:2] + (2, 4)], {"blocksize": 2}),
    "Split": Spec([(2, 4)], {"axis": 1, "num_outputs": 2}, 2),
    "Squeeze": Spec([(2, 1, 3), ints(1)]),
    "Tile": Spec([X, ints(2, 1)]),
    "TopK": Spec([X, ints(2)], {}, 2),
    "Unsqueeze": Spec([X, ints(1)]),
    "Where": Spec([X, X, X]),
}
# Two operands of one type.
PAIRS = "Add And BitwiseAnd BitwiseOr BitwiseXor CastLike Div Equal Greater GreaterOrEqual Less LessOrEqual Max Mean Min Mul Or PRelu Sub Sum Xor"
POSITIVE = "Div Log Sqrt Reciprocal ReduceLogSum Acosh Asin Acos Atanh"
# Ops with subgraphs move tensors and have their own tests; Upsample and Scatter end before the newest opset.
WITHOUT = {"Constant", "If", "Loop", "Scan", "Scatter", "Upsample"}


def table():
    """The ops of the importer's table."""
    text = "".join(path.read_text() for path in sorted((ROOT / "lib/Importer/Onnx").glob("*.cpp")))
    return sorted(set(re.findall(r'\b(?:same|custom|REDUCE)\("(\w+)"', text)))


def spec_of(op):
    spec = SPECS.get(op) or Spec([X, X] if op in PAIRS.split() else [X])
    return dataclasses.replace(spec, positive=spec.positive or op in POSITIVE.split())


def elements_of(schema, variable):
    """Supported element types that the variable may be."""
    allowed = next((c.allowed_type_strs for c in schema.type_constraints if c.type_param_str == variable), [variable])
    return [element for element in ELEMENTS if f"tensor({element})" in allowed]


@dataclasses.dataclass
class Case:
    op: str
    label: str  # variable=element
    types: dict  # of the variables
    node: onnx.NodeProto
    feeds: dict  # name: array
    constants: dict


def values(generator, dtype, dims, positive):
    """Few numbers that all types hold."""
    if dtype == np.bool_:
        return np.asarray(generator.integers(0, 2, dims), dtype)
    kind = np.dtype(dtype).kind
    numbers = [1, 2, 3, 4] if kind in "iu" and positive else [0, 1, 2, 3] if kind == "u" else [-3, -2, 0, 1, 3] if kind == "i" else None
    if numbers is None:
        numbers = [0.5, 0.75, 0.25, 0.875] if positive else [-1.5, -0.5, 0.25, 0.75, 2]
    return np.asarray(generator.choice(numbers, dims)).astype(dtype)


def make_case(op, schema, types, label):
    """None for an operand whose type the variables do not say."""
    spec, generator = spec_of(op), np.random.default_rng(zlib.crc32(f"{op} {label}".encode()))
    prefix = f"{op}_{label.replace('=', '_').replace('.', '_').replace(',', '_')}"
    # What negative numbers become as unsigned ones is not said.
    positive = spec.positive or (op in ("Cast", "CastLike") and types["T2"].startswith("uint"))
    names, feeds, constants = [], {}, {}
    for i, operand in enumerate(spec.operands):
        parameter = schema.inputs[min(i, len(schema.inputs) - 1)]
        name = f"{prefix}_x{i}" if operand is not None else ""
        names.append(name)
        if operand is None:
            continue
        variable = parameter.type_str
        element = types.get(variable) or elements_of(schema, variable)[0]
        dtype = ELEMENTS[element]
        if isinstance(operand, np.ndarray | np.generic):
            constants[name] = np.asarray(operand).astype(dtype if op in ("OneHot", "Range") or variable in types else operand.dtype)
        else:
            feeds[name] = values(generator, dtype, operand, positive)
    attributes = dict(spec.attributes)
    if op == "Cast":
        attributes["to"] = proto(types["T2"])
    elif op == "ConstantOfShape":
        attributes["value"] = helper.make_tensor("value", proto(types["T2"]), [1], [1])
    elif op == "Mod" and np.dtype(ELEMENTS[types["T"]]).kind in "iu":
        attributes["fmod"] = 0
    elif op == "AveragePool":
        attributes["count_include_pad"] = 1
    outputs = [f"{prefix}_y{i}" for i in range(spec.results)]
    node = helper.make_node(op, names, outputs, name=prefix, **attributes)
    return Case(op, label, types, node, feeds, constants)


def cases_of(op):
    """One per variable and element; the other variables keep the first type that they may have. Cast has all pairs."""
    schema = onnx.defs.get_schema(op, max_inclusive_version=OPSET)
    variables = {c.type_param_str: elements_of(schema, c.type_param_str) for c in schema.type_constraints}
    variables = {variable: elements for variable, elements in variables.items() if elements}
    first = {variable: elements[0] for variable, elements in variables.items()}
    result = []
    if op == "Cast":
        for source in variables["T1"]:
            for target in variables["T2"]:
                result.append(make_case(op, schema, {"T1": source, "T2": target}, f"{source}.{target}"))
        return result
    if not variables:
        result.append(make_case(op, schema, {}, "as it is"))
    for variable, elements in variables.items():
        for element in elements:
            result.append(make_case(op, schema, first | {variable: element}, f"{variable}={element}"))
    return result


def make_model(cases):
    """One model of the nodes side by side."""
    inputs, outputs, constants = [], [], []
    for case in cases:
        for name, array in case.feeds.items():
            inputs.append(helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape))
        constants.extend(onnx.numpy_helper.from_array(array, name) for name, array in case.constants.items())
        outputs.extend(onnx.ValueInfoProto(name=name) for name in case.node.output)
    graph = helper.make_graph([case.node for case in cases], "types", inputs, outputs, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=11)
