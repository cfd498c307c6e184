# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the cases build models from."""

import pathlib

from onnx import TensorProto, helper

F32 = TensorProto.FLOAT


def tensor(name, shape, dtype=F32):
    return helper.make_tensor_value_info(name, dtype, shape)


def model(nodes, inputs=None, outputs=None, initializers=(), opset=17, ir=8, functions=(), imports=None):
    graph = helper.make_graph(nodes, "g", inputs or [tensor("x", [2, 3])], outputs or [tensor("y", None)], initializers)
    result = helper.make_model(graph, opset_imports=imports or [helper.make_opsetid("", opset)], functions=functions)
    result.ir_version = ir
    return result


def save(folder, proto, words):
    path = pathlib.Path(folder) / "model.onnx"
    path.write_bytes(proto if isinstance(proto, bytes) else proto.SerializeToString())
    return path, words


def relu(**options):
    return model([helper.make_node("Relu", ["x"], ["y"], name="n")], **options)


def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number, body):
    return varint(number << 3 | 2) + varint(len(body)) + body
