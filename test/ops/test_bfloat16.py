# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""bfloat16 on CPUs without instructions for it: ONNX Runtime computes the same model in float32, from the same numbers."""

import ml_dtypes
import numpy as np
import onnx
import onnxruntime
import pytest
import tenon

CASES = {
    "top_k": "agraph (T[4,9] X) => (T[4,3] Y, int64[4,3] I) { k = Constant<value = int64[1] {3}>() Y, I = TopK(X, k) }",
    "max_pool": "agraph (T[1,2,9,9] X) => (T[1,2,9,9] Y) { Y = MaxPool<kernel_shape = [3,3], pads = [1,1,1,1]>(X) }",
    "conv": "agraph (T[1,2,9,9] X, T[4,2,3,3] W) => (T[1,4,9,9] Y) { Y = Conv<kernel_shape = [3,3], pads = [1,1,1,1]>(X, W) }",
    "mat_mul": "agraph (T[n,9] X, T[9,m] W) => (T[n,m] Y) { Y = MatMul(X, W) }",
    "pad": "agraph (T[4,9] X) => (T[6,11] Y) { p = Constant<value = int64[4] {1,2,1,0}>() Y = Pad(X, p) }",
    "softmax": "agraph (T[n,9] X) => (T[n,9] Y) { Y = Softmax(X) }",
    "non_zero": "agraph (T[4,9] X) => (int64[2,N] Y) { r = Relu(X) Y = NonZero(r) }",
    "where": "agraph (T[4,9] X, T[9] W) => (T[4,9] Y) { c = Less(X, W) Y = Where(c, X, W) }",
}


def parse(text, element):
    return onnx.parser.parse_model('<ir_version: 10, opset_import: ["": 21]> ' + text.replace("T[", element + "["))


@pytest.mark.parametrize("cpu", ["x86-64-v3", "native"])
@pytest.mark.parametrize("name", CASES)
def test_values(name, cpu):
    model, wide = parse(CASES[name], "bfloat16"), parse(CASES[name], "float")
    rng = np.random.default_rng(0)
    shapes = [[dim.dim_value or 5 for dim in value.type.tensor_type.shape.dim] for value in model.graph.input]
    feeds = {
        value.name: rng.standard_normal(shape).astype(ml_dtypes.bfloat16) for value, shape in zip(model.graph.input, shapes, strict=True)
    }
    session = onnxruntime.InferenceSession(wide.SerializeToString(), providers=["CPUExecutionProvider"])
    wanted = session.run(None, {key: value.astype(np.float32) for key, value in feeds.items()})
    engine = tenon.compile(model.SerializeToString(), cpu=cpu)
    for value, want in zip(engine(feeds).values(), wanted, strict=True):
        if want.dtype == np.int64:
            np.testing.assert_array_equal(value, want)
        else:
            np.testing.assert_allclose(value.astype(np.float32), want, rtol=2**-8, atol=2**-8)
