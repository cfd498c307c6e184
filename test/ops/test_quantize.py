# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Quantised ops on values that the node suite has none of, equal to ONNX Runtime's: halves, saturation, per-axis scales, sums of many terms."""

import numpy as np
import pytest
from text_cases import run_beside_onnxruntime

RANDOM = np.random.default_rng(0)


def integers(dtype, *shape):
    limits = np.iinfo(dtype)
    return RANDOM.integers(limits.min, limits.max, shape, dtype=dtype, endpoint=True)


def scales(*shape):
    return RANDOM.uniform(0.001, 0.1, shape).astype(np.float32)


HALVES = np.array([-300, -2.5, -1.5, -0.5, -0.0, 0.5, 1.5, 2.5, 126.5, 127.5, 254.5, 255.5, 1e9], np.float32)
CASES = {
    "halves_and_saturation": (
        "m (float[13] x, float s, int8 z) => (int8[13] y) { y = QuantizeLinear(x, s, z) }",
        {"x": HALVES, "s": np.float32(1), "z": np.int8(-3)},
    ),
    "per_axis": (
        "m (float[N, 3, M] x, float[3] s, uint8[3] z) => (uint8[N, 3, M] q, float[N, 3, M] y) {"
        " q = QuantizeLinear(x, s, z) y = DequantizeLinear(q, s, z) }",
        {"x": RANDOM.standard_normal((2, 3, 50), dtype=np.float32), "s": scales(3), "z": integers(np.uint8, 3)},
    ),
    "last_axis": (
        "m (int32[4, 5] x, float[5] s) => (float[4, 5] y) { y = DequantizeLinear<axis = -1>(x, s) }",
        {"x": integers(np.int32, 4, 5) // 2**8, "s": scales(5)},
    ),
    "dynamic": (
        "m (float[N] x) => (uint8[N] y, float s, uint8 z) { y, s, z = DynamicQuantizeLinear(x) }",
        {"x": RANDOM.standard_normal(1000, dtype=np.float32) * 7 - 3},
    ),
    "dynamic_of_zeros": (
        "m (float[N] x) => (uint8[N] y, float s, uint8 z) { y, s, z = DynamicQuantizeLinear(x) }",
        {"x": np.zeros(5, np.float32)},
    ),
    "long_sums": (
        "m (uint8[B, 7, 300] a, int8[300, 9] b, uint8 za, int8 zb) => (int32[B, 7, 9] y) { y = MatMulInteger(a, b, za, zb) }",
        {"a": integers(np.uint8, 2, 7, 300), "b": integers(np.int8, 300, 9), "za": np.uint8(131), "zb": np.int8(-7)},
    ),
    "convolution": (
        "m (uint8[1, 4, H, H] x, float sx, uint8 zx, int8[6, 2, 3, 3] w, float[6] sw, int8[6] zw, float sy, uint8 zy, int32[6] b) => (uint8[1, 6, H, H] y)"
        " { y = QLinearConv<group = 2, pads = [1, 1, 1, 1]>(x, sx, zx, w, sw, zw, sy, zy, b) }",
        {
            "x": integers(np.uint8, 1, 4, 11, 11),
            "sx": np.float32(0.02),
            "zx": np.uint8(120),
            "w": integers(np.int8, 6, 2, 3, 3),
            "sw": scales(6),
            "zw": np.zeros(6, np.int8),
            "sy": np.float32(0.5),
            "zy": np.uint8(100),
            "b": integers(np.int32, 6) // 2**20,
        },
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_values(name):
    text, feeds = CASES[name]
    feeds = {key: np.asarray(value) for key, value in feeds.items()}
    run_beside_onnxruntime(text, [feeds], np.testing.assert_array_equal)
