# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models of float32 as models of float16."""

from onnx import TensorProto, numpy_helper


def narrow(model):
    """Makes inputs, results and constants float16, in place. Types that the model states within are left."""
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.elem_type = TensorProto.FLOAT16
    for constant in model.graph.initializer:
        constant.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(constant).astype("float16"), constant.name))
    return model
