# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Cases of external data, functions and sheer size; see cases.py."""

import os
import pathlib

import numpy as np
from models import F32, model, relu, save, tensor
from onnx import AttributeProto, TensorProto, helper, numpy_helper

# External data


def external(folder, location, offset=None, length=None, size=400):
    (pathlib.Path(folder) / "w.bin").write_bytes(b"\0" * size)
    w = TensorProto(name="w", data_type=F32, dims=[100], data_location=TensorProto.EXTERNAL)
    entries = {"location": location, "offset": offset, "length": length}
    for key, value in entries.items():
        if value is not None:
            w.external_data.add(key=key, value=str(value))
    return relu(initializers=[w])


def external_right(folder):
    return save(folder, external(folder, "w.bin"), None)


def external_link_inside(folder):
    os.symlink("w.bin", pathlib.Path(folder) / "link.bin")
    return save(folder, external(folder, "link.bin"), None)


def external_absolute(folder):
    return save(folder, external(folder, "/etc/passwd"), "got an absolute one")


def external_parent(folder):
    return save(folder, external(folder, "../w.bin"), "got one with '..'")


def external_hidden_parent(folder):
    return save(folder, external(folder, "sub/../../w.bin"), "got one with '..'")


def external_link_outside(folder):
    os.symlink("/etc/passwd", pathlib.Path(folder) / "link.bin")
    return save(folder, external(folder, "link.bin"), "expected a file inside the model's folder, got a link")


def external_folder_link(folder):
    os.symlink("/etc", pathlib.Path(folder) / "sub")
    return save(folder, external(folder, "sub/passwd"), "expected a file inside the model's folder, got a link")


def external_directory(folder):
    (pathlib.Path(folder) / "sub").mkdir()
    return save(folder, external(folder, "sub"), "to be a regular file")


def external_fifo(folder):
    os.mkfifo(pathlib.Path(folder) / "pipe")
    return save(folder, external(folder, "pipe"), "to be a regular file")


def external_missing(folder):
    return save(folder, external(folder, "nothing.bin"), "No such file")


def external_no_location(folder):
    return save(folder, external(folder, None), "expected a file name")


def external_nul(folder):
    return save(folder, external(folder, "w.bin\0x"), "expected a file name")


def external_past_end(folder):
    return save(folder, external(folder, "w.bin", offset=4), "a file of 400 bytes")


def external_overflow(folder):
    return save(folder, external(folder, "w.bin", offset=2**64 - 100), "at offset 18446744073709551516")


def external_negative(folder):
    return save(folder, external(folder, "w.bin", offset=-1), "expected external offset to be a number, got '-1'")


def external_wrong_length(folder):
    return save(folder, external(folder, "w.bin", length=200), "expected 400 bytes of external data, got 200")


# Functions


def function(name, nodes, inputs=("a",), outputs=("b",), attributes=()):
    return helper.make_function("local", name, list(inputs), list(outputs), nodes, IMPORTS, list(attributes))


IMPORTS = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]


def call(name, source, target):
    return helper.make_node(name, [source], [target], domain="local", name=f"call{name}")


def recursive_function(folder):
    functions = [function("F", [call("G", "a", "b")]), function("G", [call("F", "a", "b")])]
    return save(folder, model([call("F", "x", "y")], functions=functions, imports=IMPORTS), "expected functions without recursion")


def function_bomb(folder):
    """Forty functions that each call the next one twice: 2^40 nodes."""
    functions = [function(f"F{i}", [call(f"F{i + 1}", "a", "c"), call(f"F{i + 1}", "c", "b")]) for i in range(40)]
    functions.append(function("F40", [helper.make_node("Neg", ["a"], ["b"])]))
    return save(folder, model([call("F0", "x", "y")], functions=functions, imports=IMPORTS), "fewer nodes with functions inlined")


def deep_functions(folder):
    functions = [function(f"F{i}", [call(f"F{i + 1}", "a", "b")]) for i in range(200)]
    functions.append(function("F200", [helper.make_node("Neg", ["a"], ["b"])]))
    return save(folder, model([call("F0", "x", "y")], functions=functions, imports=IMPORTS), "nested function calls")


def duplicate_function(folder):
    functions = [function("F", [helper.make_node("Neg", ["a"], ["b"])])] * 2
    return save(folder, model([call("F", "x", "y")], functions=functions, imports=IMPORTS), "function 'F': expected one definition")


def function_without_output(folder):
    functions = [function("F", [helper.make_node("Neg", ["a"], ["c"])])]
    return save(folder, model([call("F", "x", "y")], functions=functions, imports=IMPORTS), "expected a value named 'b' in the function")


def reference_outside_function(folder):
    node = helper.make_node("Softmax", ["x"], ["y"])
    node.attribute.append(AttributeProto(name="axis", ref_attr_name="k", type=AttributeProto.INT))
    return save(folder, model([node]), "expected a reference inside a function")


# Size


def long_chain(folder):
    nodes = [helper.make_node("Neg", [f"v{i}" if i else "x"], [f"v{i + 1}"]) for i in range(100_000)]
    return save(folder, model(nodes, outputs=[tensor("v100000", None)]), None)


def long_chain_backwards(folder):
    nodes = [helper.make_node("Neg", [f"v{i}" if i else "x"], [f"v{i + 1}"]) for i in range(100_000)]
    return save(folder, model(nodes[::-1], outputs=[tensor("v100000", None)]), None)


def wide_concat(folder):
    return save(folder, model([helper.make_node("Concat", ["x"] * 100_000, ["y"], axis=0)]), None)


def rank_bomb(folder):
    axes = numpy_helper.from_array(np.arange(400, dtype=np.int64), "axes")
    return save(folder, model([helper.make_node("Unsqueeze", ["x", "axes"], ["y"])], initializers=[axes]), "expected at most 64 axes")


def doubling_ranks(folder):
    """Gather with itself: rank 2r - 1 or more at each step."""
    nodes = [helper.make_node("Gather", [f"v{i}" if i else "x"] * 2, [f"v{i + 1}"], name=f"n{i}") for i in range(40)]
    inputs = [tensor("x", [1, 1], TensorProto.INT64)]
    return save(
        folder, model(nodes, inputs=inputs, outputs=[tensor("v40", None, TensorProto.INT64)]), "expected results of at most rank 64"
    )


def many_problems(folder):
    nodes = [helper.make_node("Foo" * 500, ["x"], [f"v{i}"], name="n" * 2000) for i in range(3000)]
    return save(folder, model(nodes, outputs=[tensor("v1", None)]), "there are further problems")


def long_names_inlined(folder):
    functions = [
        function("F", [helper.make_node("Neg", ["a" if i == 0 else f"v{i}"], [f"v{i + 1}"]) for i in range(2000)], outputs=["v2000"])
    ]
    node = helper.make_node("F", ["x"], ["y"], domain="local", name="n" * 1_000_000)
    return save(folder, model([node], functions=functions, imports=IMPORTS), None)


def visit_bomb(folder):
    """Calls of a function that is cheap to import and long to read: a branch of 20,000 nodes that is never taken."""
    taken = helper.make_graph([helper.make_node("Neg", ["a"], ["t"])], "then", [], [tensor("t", None)])
    nodes = [helper.make_node("Neg", [f"e{i}" if i else "a"], [f"e{i + 1}"]) for i in range(20_000)]
    other = helper.make_graph(nodes, "else", [], [tensor("e20000", None)])
    body = [helper.make_node("Constant", [], ["c"], value=helper.make_tensor("c", TensorProto.BOOL, [], [1]))]
    body.append(helper.make_node("If", ["c"], ["b"], then_branch=taken, else_branch=other))
    calls = [call("F", f"v{i}" if i else "x", f"v{i + 1}") for i in range(100_000)]
    proto = model(calls, outputs=[tensor("v100000", None)], functions=[function("F", body)], imports=IMPORTS)
    return save(folder, proto, "expected fewer nodes with functions inlined")


def too_many_nodes(folder):
    nodes = [helper.make_node("Neg", [f"v{i}" if i else "x"], [f"v{i + 1}"]) for i in range(300_000)]
    return save(folder, model(nodes, outputs=[tensor("v300000", None)]), "fits its memory limit")


def wide_function_bomb(folder):
    """A function whose node becomes 50,000 ops, called often."""
    functions = [function("F", [helper.make_node("Sum", ["a"] * 50_000, ["b"])])]
    calls = [call("F", f"v{i}" if i else "x", f"v{i + 1}") for i in range(10_000)]
    proto = model(calls, outputs=[tensor("v10000", None)], functions=functions, imports=IMPORTS)
    return save(folder, proto, "expected fewer nodes with functions inlined")
