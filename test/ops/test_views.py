# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the compiler does without memory of its own, from ONNX's text form to values, against ONNX Runtime: Slice, Split and Concat along the
outermost dim, which are views where that is legal, and elementwise ops that write into the memory of an operand."""

import numpy as np
import pytest
from text_cases import make_floats, number, run_beside_onnxruntime
from tolerances import assert_close

floats = make_floats(np.random.default_rng(0))

# name -> (model, list of feeds, how many views are expected, how many results in the memory of an operand). The same engine runs all feeds.
CASES = {
    "rows_of_an_input": (
        """g (float[7, 16] x) => (float[3, 16] y) <int64[1] s = {2}, int64[1] e = {5}, int64[1] a = {0}> {
          p = Slice(x, s, e, a)
          y = Neg(p)
        }""",
        [{"x": floats(7, 16)}],
        (1, 0),
    ),
    "rows_of_odd_size": (
        """g (float[5, 3] x) => (float[4, 3] y) <int64[1] s = {1}, int64[1] e = {5}, int64[1] a = {0}> {
          p = Slice(x, s, e, a)
          y = Neg(p)
        }""",
        [{"x": floats(5, 3)}],
        (0, 0),
    ),
    "dynamic_rows": (
        """g (float[N, 16] x) => (float[P, 16] y, float[Q, 16] z)
           <int64[1] s = {1}, int64[1] e = {-1}, int64[1] m = {-2}, int64[1] end = {9223372036854775807}, int64[1] a = {0}> {
          p = Slice(x, s, e, a)
          y = Neg(p)
          q = Slice(x, m, end, a)
          z = Abs(q)
        }""",
        [{"x": floats(n, 16)} for n in (1, 2, 3, 9)],
        (2, 0),
    ),
    "place_from_an_input": (
        """g (float[N, 16] x, int64[1] s, int64[1] e) => (float[P, 16] y) <int64[1] a = {0}> {
          t = Neg(x)
          p = Slice(t, s, e, a)
          y = Abs(p)
        }""",
        [{"x": floats(9, 16), "s": number([s]), "e": number([e])} for s, e in ((2, 5), (-3, 100), (0, 0), (7, 3))],
        (1, 0),
    ),
    "row_of_a_plane": (
        """g (float[4, 6, 16] x) => (float[2, 16] y)
           <int64[2] s = {2, 3}, int64[2] e = {3, 5}, int64[2] a = {0, 1}, int64[1] z = {0}> {
          t = Neg(x)
          p = Slice(t, s, e, a)
          q = Squeeze(p, z)
          y = Exp(q)
        }""",
        [{"x": floats(4, 6, 16)}],
        (1, 0),
    ),
    "chain": (
        """g (float[N, 32] x) => (float[P, 32] y) <int64[1] one = {1}, int64[1] two = {2}, int64[1] big = {100}, int64[1] a = {0}> {
          p = Slice(x, one, big, a)
          q = Slice(p, two, big, a)
          t = Neg(q)
          r = Slice(t, one, big, a)
          y = Exp(r)
        }""",
        [{"x": floats(n, 32)} for n in (4, 5, 11)],
        (3, 0),
    ),
    "split_into_outputs": (
        """g (float[1, 48, 3] x) => (float[1, 16, 3] y, float[1, 32, 3] z) <int64[2] sizes = {16, 32}> {
          t = Neg(x)
          y, z = Split<axis = 1>(t, sizes)
        }""",
        [{"x": floats(1, 48, 3)}],
        (1, 0),
    ),
    "split_of_an_input": (
        """g (float[6, 16] x) => (float[3, 16] y, float[3, 16] p) {
          p, q = Split<axis = 0>(x)
          y = Add(p, q)
        }""",
        [{"x": floats(6, 16)}],
        (1, 0),
    ),
    "split_off_alignment": (
        """g (float[5] x) => (float[2] y, float[3] z) <int64[2] sizes = {2, 3}> {
          t = Neg(x)
          y, z = Split<axis = 0>(t, sizes)
        }""",
        [{"x": floats(5)}],
        (0, 0),
    ),
    "concat_channels": (
        """g (float[1, 3, 9, 9] x, float[16, 3, 3, 3] v, float[5, 3, 1, 1] w) => (float[1, 21, 7, 7] y) {
          a = Conv(x, v)
          p = Conv(x, w)
          b = MaxPool<kernel_shape = [3, 3]>(p)
          c = Concat<axis = 1>(a, b)
          y = Relu(c)
        }""",
        [{"x": floats(1, 3, 9, 9), "v": floats(16, 3, 3, 3), "w": floats(5, 3, 1, 1)}],
        (1, 0),
    ),
    "concat_dynamic_and_nested": (
        """g (float[N, 16] x, float[M, 16] z) => (float[P, 16] y) {
          a = Neg(x)
          s = Softmax(z)
          c = Concat<axis = 0>(s, a)
          e = Exp(x)
          y = Concat<axis = 0>(e, c, x)
        }""",
        [{"x": floats(n, 16), "z": floats(m, 16)} for n, m in ((1, 1), (3, 2), (2, 7))],
        (2, 0),
    ),
    "concat_of_what_is_used_elsewhere": (
        """g (float[N, 16] x) => (float[N, 16] a, float[P, 16] y, float[Q, 16] z, float[N, 16] s) {
          a = Neg(x)
          b = Softmax(x)
          y = Concat<axis = 0>(b, a)
          z = Concat<axis = 0>(b, b)
          s = Softmax(b)
        }""",
        [{"x": floats(n, 16)} for n in (1, 4)],
        (1, 0),
    ),
    "concat_bools": (
        """g (float[64] x) => (bool[128] y) <float zero = {0}, float one = {1}> {
          a = Less(x, zero)
          b = Less(x, one)
          c = Not(a)
          y = Concat<axis = 0>(c, b)
        }""",
        [{"x": floats(64)}],
        (1, 0),
    ),
    "in_a_loop": (
        """g (int64 n, float[4, 16] x) => (float[4, 16] y) <int64[1] zero = {0}, int64[1] two = {2}, int64[1] end = {100}> {
          y = Loop(n, , x) <body = b (int64 i, bool go, float[4, 16] v) => (bool next, float[4, 16] w) {
            next = Identity(go)
            p = Slice(v, zero, two, zero)
            q = Slice(v, two, end, zero)
            r = Neg(q)
            s = Exp(r)
            w = Concat<axis = 0>(s, p)
          }>
        }""",
        [{"n": number(n), "x": floats(4, 16)} for n in (0, 1, 3)],
        (3, 0),
    ),
    "halves_change_places": (
        """g (int64 n, float[32] x, float[16] l, float[16] r) => (float[16] y, float[16] z)
           <int64[1] zero = {0}, int64[1] half = {16}, int64[1] end = {32}> {
          w, y, z = Loop(n, , x, l, r) <body = b (int64 i, bool go, float[32] v, float[16] p, float[16] q)
            => (bool next, float[32] same, float[16] right, float[16] left) {
            next = Identity(go)
            same = Neg(v)
            left = Slice(v, zero, half, zero)
            right = Slice(v, half, end, zero)
          }>
        }""",
        [{"n": number(n), "x": floats(32), "l": floats(16), "r": floats(16)} for n in (0, 1, 2)],
        (2, 0),
    ),
    "in_place": (
        """g (float[N, 40] x, float[40] v) => (float[N, 40] y) <int64 one = {1}> {
          p = CumSum(x, one)
          q = Add(p, v)
          r = Relu(q)
          s = CumSum(r, one)
          t = Mul(s, x)
          y = CumSum(t, one)
        }""",
        [{"x": floats(n, 40), "v": floats(40)} for n in (1, 3, 200)],
        (0, 2),
    ),
    "in_place_in_a_loop": (
        """g (int64 n, float[6, 5] x) => (float[6, 5] y) <int64 one = {1}> {
          y = Loop(n, , x) <body = b (int64 i, bool go, float[6, 5] v) => (bool next, float[6, 5] w) {
            next = Identity(go)
            p = CumSum(v, one)
            q = Tanh(p)
            w = CumSum(q, one)
          }>
        }""",
        [{"n": number(n), "x": floats(6, 5)} for n in (0, 1, 3)],
        (0, 1),
    ),
    "not_in_place": (
        """g (float[8, 5] x) => (float[8, 5] y, float[8, 5] z, float[8, 5] same) <int64 one = {1}> {
          p = CumSum(x, one)
          q = Neg(p)
          y = CumSum(q, one)
          r = CumSum(p, one)
          z = Exp(r)
          t = Neg(x)
          same = CumSum(t, one)
        }""",
        [{"x": floats(8, 5)}],
        (0, 0),
    ),
    "in_a_branch": (
        """g (bool c, float[N, 16] x) => (float[P, 16] y) <int64[1] zero = {0}, int64[1] one = {1}, int64[1] end = {100}> {
          t = Neg(x)
          p = If(c) <then_branch = t () => (float[A, 16] a) { a = Slice(t, one, end, zero) },
                     else_branch = e () => (float[B, 16] b) { b = Slice(t, zero, one, zero) }>
          y = Exp(p)
        }""",
        [{"c": np.array(c), "x": floats(n, 16)} for c in (True, False) for n in (1, 5)],
        (2, 0),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_values(name):
    text, feeds, (views, reused) = CASES[name]
    remarks = run_beside_onnxruntime(text, feeds, assert_close).report["fusions"]
    found = [row["name"] for row in remarks]
    assert (found.count("View"), found.count("Reused")) == (views, reused), remarks
