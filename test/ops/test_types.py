# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every op of the importer's table over every element type that ONNX allows and Tenon knows: compiles to right values, or is refused when
it is imported. References are ONNX Runtime's where it runs a type, else those of onnx's evaluator, else ONNX Runtime's in float32.
"""

import warnings

import ml_dtypes
import numpy as np
import onnx.reference
import onnxruntime
import pytest
import tenon
import type_cases
from onnx import TensorProto, helper
from tolerances import compare

# (op, label) -> why the value is another one than the references', or why they have none.
KNOWN = {
    ("BatchNormalization", "T=double"): "onnx's evaluator takes epsilon for a float64; the attribute is a float32",
    ("Erf", "T=double"): "onnx's evaluator computes in float32",
    ("Gelu", "T=double"): "onnx's evaluator computes Erf in float32",
    ("GroupNormalization", "T=double"): "references compute in float32 (stash_type), Tenon in float64",
    ("HardSwish", "T=double"): "onnx's evaluator takes 1/6 for a float32",
    ("LRN", "T=double"): "onnx's evaluator leaves out the channels after the first of a window",
    ("OneHot", "T3=bool"): "no reference",
    ("QLinearMatMul", "T3=float8e4m3fn"): "no reference",
    ("QLinearMatMul", "T3=float8e5m2"): "no reference",
    ("ReduceLogSum", "T=uint32"): "no reference: the sum's logarithm in integers",
    ("ReduceLogSum", "T=uint64"): "no reference: the sum's logarithm in integers",
    ("ReduceLogSumExp", "T=uint32"): "no reference: the sum's logarithm in integers",
    ("ReduceLogSumExp", "T=uint64"): "no reference: the sum's logarithm in integers",
    ("Resize", "T1=bool"): "no reference",
}
# (op, label) -> what the refusal says.
REFUSED = {("QuantizeLinear", "T2=int32"): "expected a scale of floats"}

FLOAT8 = ("float8e4m3fn", "float8e5m2")
# Ops that float8 reaches by no ONNX type constraint, and that cannot have it.
NO_FLOAT8 = {"MaxPool": "T", "AveragePool": "T", "TopK": "T", "NonZero": "T", "OneHot": "T1"}


def table():
    return [op for op in type_cases.table() if op not in type_cases.WITHOUT]


def by_onnxruntime(model, feeds):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, feeds)


def by_evaluator(model, feeds):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return onnx.reference.ReferenceEvaluator(model).run(None, feeds)


def is_short(dtype):
    return dtype in (np.float16, ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2)


def in_float32(model, feeds):
    """The model with float32 for shorter floats; what it gives has to be rounded to their types."""
    wide = onnx.ModelProto.FromString(model.SerializeToString())
    for value in wide.graph.input:
        if is_short(helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)):
            value.type.tensor_type.elem_type = TensorProto.FLOAT
    for i, constant in enumerate(wide.graph.initializer):
        array = onnx.numpy_helper.to_array(constant)
        if is_short(array.dtype):
            wide.graph.initializer[i].CopyFrom(onnx.numpy_helper.from_array(array.astype(np.float32), constant.name))
    return by_onnxruntime(wide, {name: array.astype(np.float32) if is_short(array.dtype) else array for name, array in feeds.items()})


def difference(case, results):
    """What is wrong with the results: "" if they are those of one reference. The message of the first that has a value otherwise."""
    model = type_cases.make_model([case])
    for value, result in zip(model.graph.output, results, strict=True):
        value.type.tensor_type.elem_type = helper.np_dtype_to_tensor_dtype(result.dtype)
    messages, reasons = [], []
    for run in (by_onnxruntime, by_evaluator, in_float32):
        try:
            values = [np.asarray(value) for value in run(model, case.feeds)]
        except Exception as error:  # a type that it does not have
            reasons.append(f"{run.__name__}: {(str(error).splitlines() or [repr(error)])[0][:200]}")
            continue
        # numpy gives some integers more bits than the op.
        values = [
            value.astype(result.dtype) if run is in_float32 or result.dtype.kind in "iu" and value.dtype.kind in "iu" else value
            for value, result in zip(values, results, strict=True)
        ]
        message = "; ".join(filter(None, (compare(result, value).message for result, value in zip(results, values, strict=True))))
        if not message:
            return ""
        messages.append(f"{run.__name__}: {message}")
    if messages:
        return f"{'; '.join(messages)}; operands {[x.ravel().tolist() for x in case.feeds.values()]}"
    return f"no reference: {reasons}"


def compile_accepted(cases):
    """(engine, the cases in it, {label: reason} of those refused at import). One engine holds all cases of an op."""
    refused = {}
    while cases:
        try:
            return tenon.compile(type_cases.make_model(cases), cpu="x86-64-v3", threads=1, compile_threads=1), cases, refused
        except tenon.CompileError as error:
            nodes = {diagnostic.node: diagnostic.message for diagnostic in error.diagnostics if diagnostic.code == "unsupported-node"}
            assert nodes, str(error)
            refused |= {case.label: nodes[case.node.name] for case in cases if case.node.name in nodes}
            cases = [case for case in cases if case.node.name not in nodes]
    return None, [], refused


@pytest.mark.parametrize("op", table())
def test_values(op):
    engine, cases, refused = compile_accepted(type_cases.cases_of(op))
    assert refused.keys() == {label for name, label in REFUSED if name == op}
    for label, reason in refused.items():
        assert REFUSED[op, label] in reason
    outputs = engine({name: array for case in cases for name, array in case.feeds.items()})
    found = {case.label: difference(case, [outputs[name] for name in case.node.output]) for case in cases}
    problems = {label: message for label, message in found.items() if bool(message) != ((op, label) in KNOWN)}
    assert not problems, "\n".join(f"{label}: {message or 'is right now: take it off the list'}" for label, message in problems.items())


@pytest.mark.parametrize("op,variable", NO_FLOAT8.items())
def test_refused_float8(op, variable):
    schema = onnx.defs.get_schema(op, max_inclusive_version=type_cases.OPSET)
    first = {c.type_param_str: type_cases.elements_of(schema, c.type_param_str)[0] for c in schema.type_constraints}
    cases = [type_cases.make_case(op, schema, first | {variable: element}, f"{variable}={element}") for element in FLOAT8]
    _, accepted, refused = compile_accepted(cases)
    assert not accepted
    assert all("must be ranked tensor of" in reason for reason in refused.values())
