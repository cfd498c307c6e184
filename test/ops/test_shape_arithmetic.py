# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Arithmetic on shapes in integers that are too short for it wraps as it does everywhere, against ONNX Runtime, which lacks two of the cases."""

import numpy as np
import onnx.parser
import pytest
import tenon
from text_cases import HEAD, run_beside_onnxruntime

CASES = {
    "int8": ("m (float[N] x) => (int64[1] y) { s = Shape(x) c = Cast<to = 3>(s) y = Cast<to = 7>(c) }", (5, 127, 300)),
    "uint8": ("m (float[N] x) => (int64[1] y) { s = Shape(x) c = Cast<to = 2>(s) y = Cast<to = 7>(c) }", (5, 200, 300)),
    "int16": ("m (float[N] x) => (int64[1] y) { s = Shape(x) c = Cast<to = 5>(s) y = Cast<to = 7>(c) }", (5, 40000)),
    "product_in_int32": (
        """m (float[N] x) => (int64[1] y) <int32[1] k = {1000}> {
          s = Shape(x)
          c = Cast<to = 6>(s)
          e = Mul(c, c)
          f = Div(e, k)
          y = Cast<to = 7>(f)
        }""",
        (5, 70000),
    ),
    "quotient_in_uint8": (
        """m (float[N] x) => (int64[1] y) <uint8[1] k = {200}, uint8[1] zero = {0}, uint8[1] three = {3}> {
          a = Add(k, zero)
          d = Div(a, three)
          y = Cast<to = 7>(d)
        }""",
        (5,),
    ),
    "reshape_by_int32": (
        """m (float[N] x) => (float[P, 2] y) <int32[1] two = {2}> {
          s = Shape(x)
          c = Cast<to = 6>(s)
          h = Div(c, two)
          d = Concat<axis = 0>(h, two)
          t = Cast<to = 7>(d)
          y = Reshape(x, t)
        }""",
        (6, 70000),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_values(name):
    text, sizes = CASES[name]
    run_beside_onnxruntime(text, [{"x": np.zeros(size, np.float32)} for size in sizes], np.testing.assert_array_equal)


def run(text, size):
    engine = tenon.compile(onnx.parser.parse_model(HEAD + text), threads=1)
    return {name: value.tolist() for name, value in engine({"x": np.zeros(size, np.float32)}).items()}


def test_reduced_product_in_int32():
    text = """m (float[N] x) => (int64[1] y) {
      s = Shape(x)
      c = Cast<to = 6>(s)
      d = Concat<axis = 0>(c, c)
      e = ReduceProd<axes = [0]>(d)
      y = Cast<to = 7>(e)
    }"""
    assert run(text, 70000) == {"y": [70000 * 70000 % 2**32]}


def test_greatest_of_uint64():
    text = """m (float[N] x) => (uint64 y, uint64 z) <uint64[2] k = {9223372036854775813, 1}> {
      y = ReduceMax<keepdims = 0>(k)
      z = ReduceMin<keepdims = 0>(k)
    }"""
    assert run(text, 5) == {"y": 2**63 + 5, "z": 1}
