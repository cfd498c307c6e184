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
    "reshape": (RESHAPE, {"x": np.ones(8, F), "s": np.int64([-1, 4])}),
}


def parse(text):
    return onnx.parser.parse_model('<ir_version: 8, opset_import: ["": 17]> agraph ' + text).SerializeToString()


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    text, feeds = REFUSED[name]
    engine = tenon.compile(parse(text))
    with pytest.raises(tenon.RunError, match="expected"):
        engine(feeds)


@pytest.mark.parametrize("name", RUNNING)
def test_running(name):
    text, feeds = RUNNING[name]
    session = onnxruntime.InferenceSession(parse(text), providers=["CPUExecutionProvider"])
    for value, want in zip(tenon.compile(parse(text))(feeds).values(), session.run(None, feeds), strict=True):
        np.testing.assert_allclose(value, want, strict=True)
