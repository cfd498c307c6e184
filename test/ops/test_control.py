# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""If, Loop and Scan from ONNX's text form to values, against ONNX Runtime: what onnx's node suite has no cases of."""

import numpy as np
import onnx.parser
import pytest
import tenon
from text_cases import HEAD, make_floats, number, run_beside_onnxruntime
from tolerances import assert_close

floats = make_floats(np.random.default_rng(0))

# name -> (model, list of feeds). The same engine runs all feeds.
CASES = {
    "counted": (
        """loop (int64 n, float[N, 4] x) => (float[N, 4] y, float[T, N, 4] all) {
          y, all = Loop(n, , x) <body = b (int64 i, bool go, float[N, 4] v) => (bool next, float[N, 4] w, float[N, 4] s) {
            next = Identity(go)
            f = Cast<to = 1>(i)
            w = Add(v, f)
            s = Mul(w, v)
          }>
        }""",
        [{"n": number(n), "x": floats(rows, 4)} for n, rows in ((0, 2), (1, 3), (5, 3), (-2, 1))],
    ),
    "trip_count_is_constant": (
        """loop (float[4] x) => (float[4] y, float[T, 4] all) <int64 n = {3}, bool yes = {1}> {
          y, all = Loop(n, yes, x) <body = b (int64 i, bool go, float[4] v) => (bool next, float[4] w, float[4] s) {
            next = Identity(yes)
            w = Add(v, v)
            s = Neg(w)
          }>
        }""",
        [{"x": floats(4)}],
    ),
    "until_condition": (
        """loop (bool start, float[2] x) => (float[2] y, float[T, 2] all) <float limit = {100}> {
          y, all = Loop( , start, x) <body = b (int64 i, bool go, float[2] v) => (bool next, float[2] w, float[2] s) {
            w = Add(v, v)
            s = Identity(v)
            m = ReduceMax<keepdims = 0>(w)
            next = Less(m, limit)
          }>
        }""",
        [{"start": np.array(start), "x": np.array([1, value], np.float32)} for start, value in ((True, 3), (True, 99), (False, 1))],
    ),
    "count_and_condition": (
        """loop (int64 n, bool start, float[2] x) => (float[2] y, float[T, 2] all) <float limit = {100}> {
          y, all = Loop(n, start, x) <body = b (int64 i, bool go, float[2] v) => (bool next, float[2] w, float[2] s) {
            w = Add(v, v)
            s = Identity(w)
            m = ReduceMax<keepdims = 0>(w)
            next = Less(m, limit)
          }>
        }""",
        [{"n": number(n), "start": np.array(True), "x": np.ones(2, np.float32)} for n in (0, 3, 50)],
    ),
    "grows": (
        """loop (int64 n, float[1, 2] x) => (float[M, 2] y) {
          y = Loop(n, , x) <body = b (int64 i, bool go, float[P, 2] v) => (bool next, float[Q, 2] w) {
            next = Identity(go)
            d = Add(v, v)
            w = Concat<axis = 0>(v, d)
          }>
        }""",
        [{"n": number(n), "x": floats(1, 2)} for n in (0, 1, 4)],
    ),
    "swaps": (
        """loop (int64 n, float[N] x, float[N] y) => (float[N] a, float[N] b, float[3] c, float[3] d) <float[3] p = {1, 2, 3}, float[3] q = {4, 5, 6}> {
          a, b, c, d = Loop(n, , x, y, p, q) <body = b (int64 i, bool go, float[N] v, float[N] w, float[3] r, float[3] s)
            => (bool next, float[N] w2, float[N] v2, float[3] s2, float[3] r2) {
            next = Identity(go)
            w2 = Identity(w)
            v2 = Identity(v)
            s2 = Identity(s)
            r2 = Identity(r)
          }>
        }""",
        [{"n": number(n), "x": floats(5), "y": floats(5)} for n in (0, 1, 2, 3)],
    ),
    "nested": (
        """loop (int64 n, float[3] x) => (float[3] y, float[T, 3] all) <int64 two = {2}> {
          y, all = Loop(n, , x) <body = outer (int64 i, bool go, float[3] v) => (bool next, float[3] w, float[3] s) {
            next = Identity(go)
            w, rows = Loop(two, , v) <body = inner (int64 j, bool on, float[3] a) => (bool again, float[3] c, float[3] r) {
              again = Identity(on)
              k = Add(i, j)
              f = Cast<to = 1>(k)
              c = Add(a, f)
              r = Mul(c, x)
            }>
            axes = Constant<value_ints = [0]>()
            s = ReduceSum<keepdims = 0>(rows, axes)
          }>
        }""",
        [{"n": number(n), "x": floats(3)} for n in (0, 3)],
    ),
    "branch_in_loop": (
        """loop (int64 n, float[N] x) => (float[N] y) <int64 two = {2}, int64 zero = {0}> {
          y = Loop(n, , x) <body = b (int64 i, bool go, float[N] v) => (bool next, float[N] w) {
            next = Identity(go)
            r = Mod(i, two)
            even = Equal(r, zero)
            w = If(even) <then_branch = t () => (float[N] p) { p = Add(v, v) }, else_branch = e () => (float[N] q) { q = Neg(v) }>
          }>
        }""",
        [{"n": number(n), "x": floats(6)} for n in (1, 4)],
    ),
    "scan": (
        """scan (float[N] s, float[T, N] x) => (float[N] last, float[T, N] sums) {
          last, sums = Scan(s, x) <num_scan_inputs = 1, body = b (float[N] v, float[N] e) => (float[N] w, float[N] o) {
            w = Add(v, e)
            o = Mul(w, e)
          }>
        }""",
        [{"s": floats(n), "x": floats(t, n)} for t, n in ((3, 2), (1, 4))],
    ),
    "scan_axes_and_directions": (
        """scan (float[2] s, float[2, 5] x, float[5, 2] z) => (float[2] last, float[2, 5] a, float[5, 2] b) {
          last, a, b = Scan(s, x, z) <num_scan_inputs = 2, scan_input_axes = [1, -2], scan_input_directions = [1, 0],
                                      scan_output_axes = [-1, 0], scan_output_directions = [0, 1],
            body = b (float[2] v, float[2] e, float[2] f) => (float[2] w, float[2] o, float[2] p) {
            w = Add(v, e)
            o = Mul(w, f)
            p = Sub(w, f)
          }>
        }""",
        [{"s": floats(2), "x": floats(2, 5), "z": floats(5, 2)}],
    ),
    "scan_without_state": (
        """scan (float[T, 3] x) => (float[T] y) {
          y = Scan(x) <num_scan_inputs = 1, body = b (float[3] e) => (float o) { o = ReduceSum<keepdims = 0>(e) }>
        }""",
        [{"x": floats(4, 3)}],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_values(name):
    def check(value, want, output):
        if want.size or value.size:  # what the dims of a stack without rows are, is for nobody to say
            assert_close(value, want, output)

    run_beside_onnxruntime(*CASES[name], check)


def test_a_branch_that_does_not_run_cannot_fail():
    """The host computes sizes of both branches when shapes are bound: 2^40 rows squared leave 64 bits, which matters to one branch only."""
    text = """branch (bool c, float[N, M] x) => (y) <int64 zero = {0}, int64[1] axes = {0}> {
      y = If(c) <then_branch = t () => (a) {
        s = Shape(x)
        n = Gather<axis = 0>(s, zero)
        square = Mul(n, n)
        shape = Unsqueeze(square, axes)
        a = ConstantOfShape(shape)
      }, else_branch = e () => (b) { b = Constant<value_floats = [1.0, 2.0]>() }>
    }"""
    engine = tenon.compile(onnx.parser.parse_model(HEAD + text), threads=1)
    many, few = np.zeros((2**40, 0), np.float32), np.zeros((3, 0), np.float32)
    np.testing.assert_array_equal(engine({"c": np.array(False), "x": many})["y"], [1, 2])
    with pytest.raises(tenon.RunError, match="shape arithmetic leaves 64 bits: mul"):
        engine({"c": np.array(True), "x": many})
    np.testing.assert_array_equal(engine({"c": np.array(True), "x": few})["y"], np.zeros(9))
