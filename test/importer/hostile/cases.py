# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Hostile and merely wrong ONNX files: each case writes a model into a folder and says which words its refusal must have.

A case is a function of the folder that returns (path, words); `words` None means that the model must be accepted.
"""

import cases_files
import cases_tensors
import numpy as np
from models import F32, field, model, relu, save, tensor, varint
from onnx import TensorProto, helper, numpy_helper

# Protobuf


def empty(folder):
    return save(folder, b"", "got an empty file")


def text(folder):
    return save(folder, b"this is no model at all\n" * 40, "expected an ONNX model")


def truncated(folder):
    data = relu().SerializeToString()
    return save(folder, data[: len(data) * 2 // 3], "truncated or damaged")


def huge_length(folder):
    return save(folder, varint(7 << 3 | 2) + b"\xff\xff\xff\xff\xff\xff\xff\xff\x7f" + b"abc", "truncated or damaged")


def endless_varint(folder):
    return save(folder, varint(1 << 3) + b"\xff" * 40, "protobuf varint")


def no_field(folder):
    return save(folder, b"\0\0", "expected a protobuf field, got a malformed tag")


def cut_off_length(folder):
    return save(folder, varint(7 << 3 | 2) + b"\xff", "expected a complete protobuf length")


def protobuf_group(folder):
    return save(folder, varint(7 << 3 | 3), "expected protobuf wire type 0, 1, 2 or 5, got 3")


def raw_data_as_number(folder):
    w = field(8, b"w") + varint(9 << 3) + varint(7)
    return save(folder, relu().SerializeToString() + field(7, field(5, w)), "expected raw tensor data to be a byte string")


def nested_graphs(folder):
    body = b""
    for _ in range(3000):
        body = field(1, field(5, field(6, body)))
    return save(folder, varint(8) + varint(8) + field(7, body), "nested protobuf messages")


def many_messages(folder):
    return save(folder, varint(8) + varint(8) + field(7, field(1, b"") * 4_000_000), "memory limit")


def wrong_wire_type(folder):
    return save(folder, varint(7 << 3) + varint(5), "to be a message")


def two_typed_fields(folder):
    body = field(8, b"w") + varint(8) + varint(1) + varint(16) + varint(1) + field(4, b"\0" * 4) + field(7, b"\0")
    return save(folder, relu().SerializeToString() + field(7, field(5, body)), "data in one typed field")


# Model and graph


def no_graph(folder):
    return save(folder, varint(8) + varint(8), "expected a graph")


def old_ir(folder):
    return save(folder, relu(ir=2), "IR version 3 to")


def future_ir(folder):
    return save(folder, relu(ir=999), "got 999")


def old_opset(folder):
    return save(folder, relu(opset=6), "opset 7 to 28, got 6")


def future_opset(folder):
    return save(folder, relu(opset=4000), "got 4000")


def cycle(folder):
    nodes = [helper.make_node("Add", ["x", "b"], ["a"], name="first"), helper.make_node("Relu", ["a"], ["b"], name="second")]
    return save(folder, model(nodes, outputs=[tensor("b", None)]), "node 'first' (Add, ai.onnx, opset 17): expected a graph without cycles")


def own_output(folder):
    return save(folder, model([helper.make_node("Relu", ["y"], ["y"], name="n")]), "without cycles")


def duplicate_value(folder):
    nodes = [helper.make_node("Relu", ["x"], ["y"]), helper.make_node("Neg", ["x"], ["y"])]
    return save(folder, model(nodes), "value 'y': expected one definition, got two")


def duplicate_input(folder):
    return save(folder, relu(inputs=[tensor("x", [1]), tensor("x", [1])]), "input 'x': expected a name of its own")


def duplicate_initializer(folder):
    w = numpy_helper.from_array(np.ones(3, np.float32), "w")
    return save(folder, relu(initializers=[w, w]), "value 'w': expected one definition")


def missing_input(folder):
    return save(folder, model([helper.make_node("Relu", ["nowhere"], ["y"], name="n")]), "expected a value named 'nowhere'")


def missing_output(folder):
    return save(folder, relu(outputs=[tensor("nowhere", None)]), "output 'nowhere'")


def no_outputs(folder):
    graph = helper.make_graph([], "g", [tensor("x", [1])], [])
    return save(
        folder, helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), "expected a graph with outputs"
    )


def unknown_rank(folder):
    return save(folder, relu(inputs=[tensor("x", None)]), "expected a declared rank")


def rank_beyond_the_limit(folder):
    return save(folder, relu(inputs=[tensor("x", [1] * 65)]), "input 'x': expected at most rank 64, got rank 65")


def negative_dim(folder):
    return save(folder, relu(inputs=[tensor("x", [-5])]), "non-negative dims, got -5")


def huge_dims(folder):
    return save(folder, relu(inputs=[tensor("x", [2**62, 2**62])]), "below 2^62 bytes")


def string_input(folder):
    return save(folder, relu(inputs=[tensor("x", [1], TensorProto.STRING)]), "element type STRING is not supported")


def unknown_type(folder):
    return save(folder, relu(inputs=[tensor("x", [1], 77)]), "element type 77 is not supported")


def wrong_output_type(folder):
    return save(folder, relu(outputs=[tensor("y", [2, 3], TensorProto.INT64)]), "expected the declared element type")


def long_dim_expression(folder):
    return save(folder, relu(inputs=[tensor("x", ["(" * 120 + "n" + ")" * 120])]), None)


def dim_expression_overflow(folder):
    return save(folder, relu(inputs=[tensor("x", ["9" * 30 + "*n", "n//0", "n%-1", "a*b*c"])]), None)


# Nodes


def unknown_op(folder):
    return save(folder, model([helper.make_node("Frobnicate", ["x"], ["y"], name="n")]), "node 'n' (Frobnicate, ai.onnx, opset 17)")


def unknown_domain(folder):
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("acme", 3)]
    node = helper.make_node("Relu", ["x"], ["y"], name="n", domain="acme")
    words = "(Relu, acme, opset 3) on tensor<2x3xf32>: ops of this domain are not supported, and the model has no function of this name"
    return save(folder, model([node], imports=imports), words)


def all_problems(folder):
    nodes = [helper.make_node(op, ["x"], [op], name=f"n{op}") for op in ("Foo", "Relu", "Bar", "Baz")]
    nodes.append(helper.make_node("Concat", ["Foo", "Bar", "Baz"], ["y"], axis=0))
    return save(folder, model(nodes), ["node 'nFoo'", "node 'nBar'", "node 'nBaz'"])


def too_many_inputs(folder):
    return save(folder, model([helper.make_node("Relu", ["x", "x"], ["y"], name="n")]), "expected 1 to 1 inputs, got 2")


def too_few_inputs(folder):
    return save(folder, model([helper.make_node("Add", ["x"], ["y"], name="n")]), "expected 2 to 2 inputs, got 1")


def unknown_attribute(folder):
    return save(folder, model([helper.make_node("Relu", ["x"], ["y"], bogus=1)]), "expected no attribute 'bogus'")


def attribute_of_wrong_type(folder):
    return save(
        folder, model([helper.make_node("Softmax", ["x"], ["y"], axis="last")]), "expected attribute 'axis' of type INT, got STRING"
    )


def duplicate_attribute(folder):
    node = helper.make_node("Softmax", ["x"], ["y"], axis=1)
    node.attribute.append(helper.make_attribute("axis", 0))
    return save(folder, model([node]), "expected one attribute 'axis', got two")


def axis_out_of_range(folder):
    return save(folder, model([helper.make_node("Softmax", ["x"], ["y"], axis=7)]), "expected an axis in [-2, 1], got 7")


def incompatible_shapes(folder):
    nodes = [helper.make_node("MatMul", ["x", "x"], ["y"], name="n")]
    return save(folder, model(nodes), "node 'n' (MatMul, ai.onnx, opset 17) on tensor<2x3xf32>, tensor<2x3xf32>:")


def mixed_types(folder):
    nodes = [helper.make_node("Add", ["x", "k"], ["y"], name="n")]
    k = numpy_helper.from_array(np.ones(3, np.int64), "k")
    return save(folder, model(nodes, initializers=[k]), "tensor<2x3xf32>, tensor<3xi64>")


def conv_of_huge_numbers(folder):
    w = numpy_helper.from_array(np.ones((1, 1, 3, 3), np.float32), "w")
    big = 2**63 - 1
    nodes = [helper.make_node("Conv", ["x", "w"], ["y"], strides=[big, big], dilations=[big, big], pads=[big] * 4)]
    return save(folder, model(nodes, inputs=[tensor("x", [1, 1, 9, 9])], initializers=[w]), "expected strides in [1, 2^31)")


def expand_to_petabytes(folder):
    shape = numpy_helper.from_array(np.array([2**31, 2**31, 2**31], np.int64), "s")
    nodes = [helper.make_node("ConstantOfShape", ["s"], ["y"], name="n")]
    return save(folder, model(nodes, initializers=[shape]), "node 'n' (ConstantOfShape")


def fold_bomb(folder):
    """Constant of 16 GiB: accepted, since nothing needs its elements at import; folding it must not make them."""
    shape = numpy_helper.from_array(np.array([2**16, 2**16], np.int64), "s")
    nodes = [
        helper.make_node("ConstantOfShape", ["s"], ["c"]),
        helper.make_node("Neg", ["c"], ["d"]),
        helper.make_node("Add", ["d", "c"], ["y"]),
    ]
    return save(folder, model(nodes, initializers=[shape]), None)


def range_bomb(folder):
    values = [numpy_helper.from_array(np.array(v, np.int64), n) for n, v in (("a", 0), ("b", 2**40), ("c", 1))]
    nodes = [helper.make_node("Range", ["a", "b", "c"], ["y"])]
    return save(folder, model(nodes, outputs=[tensor("y", None, TensorProto.INT64)], initializers=values), None)


def branches(condition, then_nodes, else_nodes, names=("a", "b")):
    then = helper.make_graph(then_nodes, "then", [], [tensor(names[0], None)])
    other = helper.make_graph(else_nodes, "else", [], [tensor(names[1], None)])
    return helper.make_node("If", [condition], ["y"], name="if", then_branch=then, else_branch=other)


def calls(function_outputs, nodes, count):
    """A chain of `count` calls of a function from `a` to `r`, which has the given nodes and an op with further outputs."""
    head = helper.make_node("Relu", ["a"], ["r"] + [f"o{i}" for i in range(function_outputs)])
    function = helper.make_function("f", "g", ["a"], ["r"], [*nodes, head], [helper.make_opsetid("", 17)])
    chain = [helper.make_node("g", [f"t{i}" if i else "x"], [f"t{i + 1}"], domain="f") for i in range(count)]
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("f", 1)]
    return model(chain, outputs=[tensor(f"t{count}", None)], functions=[function], imports=imports)


def function_of_many_outputs(folder):
    return save(folder, calls(2000, [], 20000), "expected fewer nodes with functions inlined")


def function_of_many_inputs(folder):
    proto = calls(0, [], 20000)
    proto.functions[0].input.extend(f"i{i}" for i in range(2000))
    return save(folder, proto, "expected fewer nodes with functions inlined")


def constant_of_many_calls(folder):
    weights = helper.make_tensor("w", F32, [2048], np.zeros(2048, np.float32).tobytes(), raw=True)
    return save(folder, calls(0, [helper.make_node("Constant", [], ["w"], value=weights)], 20000), None)


def bools_of_many_calls(folder):
    bools = helper.make_tensor("w", TensorProto.BOOL, [4_000_000], bytes(4_000_000), raw=True)
    return save(folder, calls(0, [helper.make_node("Constant", [], ["w"], value=bools)], 20000), None)


def blobs_of_one_name(folder):
    """A constant of its own, of the same name, in each of many branches."""
    nodes = []
    for i in range(8000):
        weights = helper.make_tensor("w", F32, [1025], np.zeros(1025, np.float32).tobytes(), raw=True)
        node = branches(
            "c", [helper.make_node("Constant", [], ["w"], value=weights)], [helper.make_node("Identity", ["v"], ["b"])], ("w", "b")
        )
        node.output[0] = f"y{i}" if i else "y"
        nodes.append(node)
    inputs = [tensor("v", [1025]), tensor("c", [], TensorProto.BOOL)]
    return save(folder, model(nodes, inputs=inputs), None)


def least_number_of_scan_inputs(folder):
    body = helper.make_graph([helper.make_node("Relu", ["e"], ["o"])], "b", [tensor("e", [3])], [tensor("o", [3])])
    node = helper.make_node("Scan", ["x"], ["y"], body=body, num_scan_inputs=-(2**63))
    return save(folder, model([node]), "expected 1 to 1 scan inputs, got -9223372036854775808")


def if_of_different_types(folder):
    node = branches("c", [helper.make_node("Relu", ["x"], ["a"])], [helper.make_node("Shape", ["x"], ["b"])])
    return save(folder, model([node], inputs=[tensor("x", [2, 3]), tensor("c", [], TensorProto.BOOL)]), "node 'if' (If")


def if_with_inner_problem(folder):
    node = branches("c", [helper.make_node("Foo", ["x"], ["a"], name="inner")], [helper.make_node("Relu", ["x"], ["b"])])
    return save(folder, model([node], inputs=[tensor("x", [2, 3]), tensor("c", [], TensorProto.BOOL)]), "node 'inner' (Foo")


def is_case(value):
    code = getattr(value, "__code__", None)
    return code is not None and code.co_argcount == 1 and code.co_varnames[0] == "folder"


CASES = {name: value for name, value in [*globals().items(), *vars(cases_files).items(), *vars(cases_tensors).items()] if is_case(value)}
