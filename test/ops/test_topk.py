# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TopK of many elements, which sorts, and of few, which inserts: equal elements in their order, along any axis, against ONNX Runtime."""

import numpy as np
import pytest
from text_cases import number, run_beside_onnxruntime

RANDOM = np.random.default_rng(0)


def model(dims, k, axis, largest):
    known = f"<int64[1] k = {{{k}}}>" if k else ""
    operand = "" if k else ", int64[1] k"
    return f"m (float[{dims}] x{operand}) => (float[P, Q] v, int64[P, Q] i) {known} {{ v, i = TopK<axis = {axis}, largest = {largest}>(x, k) }}"


def few_values(*shape):
    return RANDOM.integers(-20, 20, shape).astype(np.float32)


@pytest.mark.parametrize("largest", (0, 1))
@pytest.mark.parametrize(("axis", "k"), ((0, 65), (0, 200), (1, 64), (1, 100)))
def test_known_k(axis, k, largest):
    shape = (200, 3) if axis == 0 else (3, 100)
    run_beside_onnxruntime(model(f"{shape[0]}, {shape[1]}", k, axis, largest), [{"x": few_values(*shape)}], np.testing.assert_array_equal)


def test_k_of_a_run():
    feeds = [{"x": few_values(2, n), "k": number([k])} for n, k in ((1, 1), (70, 5), (70, 64), (70, 65), (300, 300), (300, 0))]
    run_beside_onnxruntime(model("2, N", None, 1, 1), feeds, np.testing.assert_array_equal)


def test_long_ascending_row():
    x = np.arange(100_000, dtype=np.float32).reshape(1, -1)
    run_beside_onnxruntime(model("1, N", None, 1, 1), [{"x": x, "k": number([100_000])}], np.testing.assert_array_equal)
