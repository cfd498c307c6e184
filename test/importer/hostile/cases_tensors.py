# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Cases of initialisers: data that is too short or too long for its shape, of the wrong kind, or larger in memory than in the file; see cases.py."""

from models import F32, field, relu, save, varint
from onnx import TensorProto, helper


def short_data(folder):
    w = TensorProto(name="w", data_type=F32, dims=[100], raw_data=b"\0" * 396)
    return save(folder, relu(initializers=[w]), "initialiser 'w': expected 400 bytes of data, got 396")


def long_data(folder):
    w = TensorProto(name="w", data_type=F32, dims=[2], raw_data=b"\0" * 12)
    return save(folder, relu(initializers=[w]), "expected 8 bytes of data, got 12")


def negative_tensor_dims(folder):
    w = helper.make_tensor("w", F32, [2], b"\0" * 8, raw=True)
    w.dims[0] = -2
    return save(folder, relu(initializers=[w]), "initialiser 'w': expected non-negative dims, got -2")


def overflowing_tensor_dims(folder):
    w = helper.make_tensor("w", F32, [2], b"\0" * 8, raw=True)
    w.dims[:] = [2**33, 2**33]
    return save(folder, relu(initializers=[w]), "product overflows")


def zero_hides_overflow(folder):
    w = helper.make_tensor("w", F32, [0], b"", raw=True)
    w.dims[:] = [2**33, 0, 2**33]
    return save(folder, relu(initializers=[w]), "product overflows")


def wrong_typed_field(folder):
    w = TensorProto(name="w", data_type=F32, dims=[2], int64_data=[1, 2])
    return save(folder, relu(initializers=[w]), "expected the data in field 4 of the tensor, got field 7")


def short_typed_data(folder):
    w = TensorProto(name="w", data_type=TensorProto.INT64, dims=[3], int64_data=[1, 2])
    return save(folder, relu(initializers=[w]), "expected 24 bytes of data, got 16")


def long_typed_data(folder):
    w = TensorProto(name="w", data_type=TensorProto.INT64, dims=[1], int64_data=[1, 2])
    return save(folder, relu(initializers=[w]), "expected 1 elements of data, got more")


def typed_data_bomb(folder):
    """One byte per element in the file, eight in memory."""
    body = varint(8) + varint(40_000_000) + varint(16) + varint(7) + field(8, b"w") + field(7, b"\0" * 40_000_000)
    return save(folder, relu().SerializeToString() + field(7, field(5, body)), "store large tensors as raw or external data")


def odd_bools(folder):
    w = helper.make_tensor("w", TensorProto.BOOL, [2], b"\x01\x07", raw=True)
    return save(folder, relu(initializers=[w]), "bool data of bytes 0 and 1")


def string_tensor(folder):
    w = helper.make_tensor("w", TensorProto.STRING, [1], [b"a"])
    return save(folder, relu(initializers=[w]), "element type STRING is not supported")


def sparse_tensor(folder):
    proto = relu()
    values = helper.make_tensor("w", F32, [1], [1.0])
    proto.graph.sparse_initializer.append(helper.make_sparse_tensor(values, helper.make_tensor("i", TensorProto.INT64, [1], [0]), [4]))
    return save(folder, proto, "sparse tensors are not supported")
