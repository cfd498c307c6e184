# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a model needs of its dims is checked at each run, wherever that need arises; where it does not, nothing is."""

import numpy as np
import onnx
import onnxruntime
import pytest
import tenon

F = np.float32
PLAIN = "(float[b,f] x) => (float[b,m] y) { w = Constant<value = float[3,2] {1,1,1,1,1,1}>() r = Relu(x) y = MatMul(r, w) }"
CONV = "(float[b,c,h,v] x, float[4,3,1,1] w) => (float[b,4,h,v] y) { r = Relu(x) y = Conv(r, w) }"
BRANCH = """(bool c, float[a,n] x, float[m,b] y) => (float[p,q] z) {
  z = If(c)<then_branch = t () => (float[p,q] s) { s = MatMul(x, y) }, else_branch = e () => (float[p,q] u) { u = Identity(x) }>
}"""
BEHIND = """(bool c, float[n] x, float[m] y) => (float[p] z, float[q] w) {
  z = If(c)<then_branch = t () => (float[p] s) { s = Add(x, y) }, else_branch = e () => (float[p] u) { u = Identity(x) }>
  w = Mul(x, y)
}"""
LOOP = """(int64 M, float[1,n] x, float[m,1] y) => (float[1,1] z) {
  go = Constant<value_int = 1>() b = Cast<to = 9>(go) start = Constant<value = float[1,1] {0}>()
  z = Loop(M, b, start)<body = body (int64 i, bool g, float[1,1] s) => (bool h, float[1,1] t) { h = Identity(g) p = MatMul(x, y) t = Add(s, p) }>
}"""
READ = "(float[a,n] x, int64[2] s) => (float[a,q] z) { f = ConstantOfShape(s) z = MatMul(x, f) }"
SPLIT = "(float[5,2] x, int64[2] s) => (float[p,2] y, float[q,2] z) { y, z = Split(x, s) }"
TOP_K = "(float[n] x, int64[1] k) => (float[p] y, int64[p] i) { y, i = TopK(x, k) }"
NON_ZERO = "(float[8] x, int64[1,4] k) => (int64[2,4] z) { n = NonZero(x) m = Neg(n) z = Concat<axis = 0>(m, k) }"
TOO_SMALL = "(float[b,1,h,v] x, float[2,1,3,3] w) => (float[b,2,p,q] y) { c = Conv(x, w) y = Relu(c) }"
RESHAPE = "(float[n] x, int64[2] s) => (float[p,q] z) { r = Reshape(x, s) z = Neg(r) }"

REFUSED = {
    "columns": (PLAIN, {"x": np.ones((2, 4), F)}),
    "channels": (CONV, {"x": np.ones((2, 1, 2, 2), F), "w": np.ones((4, 3, 1, 1), F)}),
    "in a branch": (BRANCH, {"c": np.array(True), "x": np.ones((2, 3), F), "y": np.ones((5, 4), F)}),
    "behind a branch": (BEHIND, {"c": np.array(False), "x": np.ones(5, F), "y": np.ones(3, F)}),
    "in a loop": (LOOP, {"M": np.array(2), "x": np.ones((1, 2), F), "y": np.ones((5, 1), F)}),
    "read back": (READ, {"x": np.ones((3, 4), F), "s": np.int64([5, 2])}),
    "split beyond": (SPLIT, {"x": np.ones((5, 2), F), "s": np.int64([7, 1])}),
    "split negative": (SPLIT, {"x": np.ones((5, 2), F), "s": np.int64([7, -2])}),
    "top beyond": (TOP_K, {"x": np.ones(4, F), "k": np.int64([5])}),
    "counted": (NON_ZERO, {"x": np.float32([1, 0, 1, 0, 0, 1, 0, 0]), "k": np.ones((1, 4), np.int64)}),
    "too small": (TOO_SMALL, {"x": np.ones((1, 1, 1, 1), F), "w": np.ones((2, 1, 3, 3), F)}),
    "reshape negative": (RESHAPE, {"x": np.ones(8, F), "s": np.int64([-2, -4])}),
}
RUNNING = {
    "columns": (PLAIN, {"x": np.ones((2, 3), F)}),
    "branch not taken": (BRANCH, {"c": np.array(False), "x": np.ones((2, 3), F), "y": np.ones((5, 4), F)}),
    "branch": (BRANCH, {"c": np.array(True), "x": np.ones((2, 5), F), "y": np.ones((5, 4), F)}),
    "broadcast behind a branch": (BEHIND, {"c": np.array(True), "x": np.ones(5, F), "y": np.ones(1, F)}),
    "loop": (LOOP, {"M": np.array(2), "x": np.ones((1, 5), F), "y": np.ones((5, 1), F)}),
    "loop of no rounds": (LOOP, {"M": np.array(0), "x": np.ones((1, 2), F), "y": np.ones((5, 1), F)}),
    "read back": (READ, {"x": np.ones((3, 4), F), "s": np.int64([4, 2])}),
    "split": (SPLIT, {"x": np.ones((5, 2), F), "s": np.int64([5, 0])}),
    "top": (TOP_K, {"x": np.ones(4, F), "k": np.int64([4])}),
    "counted": (NON_ZERO, {"x": np.float32([1, 0, 1, 0, 0, 1, 0, 7]), "k": np.ones((1, 4), np.int64)}),
    "reshape": (RESHAPE, {"x": np.ones(8, F), "s": np.int64([-1, 4])}),
}


def parse(text):
    return onnx.parser.parse_model('<ir_version: 8, opset_import: ["": 17]> agraph ' + text).SerializeToString()


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    text, feeds = REFUSED[name]
    engine = tenon.compile(parse(text))
    with pytest.raises(tenon.RunError, match="expected|negative"):
        engine(feeds)


@pytest.mark.parametrize("name", RUNNING)
def test_running(name):
    text, feeds = RUNNING[name]
    session = onnxruntime.InferenceSession(parse(text), providers=["CPUExecutionProvider"])
    for value, want in zip(tenon.compile(parse(text))(feeds).values(), session.run(None, feeds), strict=True):
        np.testing.assert_allclose(value, want, strict=True)


def test_a_dim_that_two_versions_disagree_on():
    """One version knows that the output has a's rows, the other does not: the caller is told what both know."""
    text = "(float[a,4] x, float[b,4] y) => (float[p,q] w) { z = Add(x, y) s = Shape<start = 0, end = 1>(x) "
    text += "m = Constant<value = int64[1] {-1}>() t = Concat<axis = 0>(s, m) w = Reshape(z, t) }"
    engine = tenon.compile(parse(text))
    for rows in ((3, 3), (1, 1), (1, 5)):
        x, y = np.ones((rows[0], 4), F), np.ones((rows[1], 4), F)
        np.testing.assert_array_equal(engine(x=x, y=y)["w"], (x + y).reshape(rows[0], -1))


def test_views_of_what_is_counted():
    text = "(float[k] x) => (int64[p,q] y) { n = NonZero(x) a = Neg(n) b = Abs(n) y = Concat<axis = 0>(a, b) }"
    (y,) = tenon.compile(parse(text))(x=np.float32([1, 0, 2, 3])).values()
    np.testing.assert_array_equal(y, [[0, -2, -3], [0, 2, 3]])


@pytest.mark.parametrize("op", ["Slice", "Min"])
def test_nested_minima_take_no_exponential_time(op):
    """Each of 40 steps reads the last one's length twice."""
    lines, last = [], "x"
    for i in range(40):
        if op == "Slice":
            lines.append(
                f"s{i} = Constant<value = int64[1] {{{-1000 + i}}}>() e{i} = Constant<value = int64[1] {{{500 - i}}}>() a{i} = Slice({last}, s{i}, e{i})"
            )
        else:
            lines.append(
                f"d{i} = Shape({last}) l{i} = Constant<value = int64[1] {{{500 - i}}}>() z{i} = Constant<value = int64[1] {{0}}>()"
            )
            lines.append(f"m{i} = Min(d{i}, l{i}) a{i} = Slice({last}, z{i}, m{i})")
        last = f"a{i}"
    text = f"(float[n] x) => (float[m] y) {{ {' '.join(lines)} y = Neg({last}) }}"
    x = np.arange(700, dtype=F)
    session = onnxruntime.InferenceSession(parse(text), providers=["CPUExecutionProvider"])
    np.testing.assert_array_equal(tenon.compile(parse(text))(x=x)["y"], session.run(None, {"x": x})[0])
