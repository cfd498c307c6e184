# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Memory of what loops carry: who shares it, and who must not. ONNX Runtime runs the same model."""

import numpy as np
import onnx
import onnxruntime
import pytest
import tenon

F = np.float32
SWAP = """(int64 M, bool f, float[4] a, float[4] b) => (float[4] y, float[4] z) {
  one = Constant<value_int = 1>() go = Cast<to = 9>(one)
  y, z = Loop(M, go, a, b)<body = body (int64 i, bool g, float[4] p, float[4] q) => (bool h, float[4] r, float[4] s) {
    h = Identity(g)
    r, s = If(f)<then_branch = t () => (float[4] t0, float[4] t1) { t0 = Identity(q) t1 = Identity(p) },
                 else_branch = e () => (float[4] e0, float[4] e1) { e0 = Identity(p) e1 = Identity(q) }>
  }>
}"""
STACKS = """(int64 M, float[4] a, float[4] k) => (float[n,4] ys, float[m,4] zs) {
  one = Constant<value_int = 1>() go = Cast<to = 9>(one)
  y, ys = Loop(M, go, a)<body = sum (int64 i, bool g, float[4] p) => (bool h, float[4] q, float[4] o) { h = Identity(g) q = Add(p, k) o = Identity(q) }>
  z, zs = Loop(M, go, a)<body = mul (int64 j, bool u, float[4] r) => (bool v, float[4] s, float[4] t) { v = Identity(u) s = Mul(r, k) t = Identity(s) }>
}"""
SHARED = "(float[6] x) => (int64[1,n] y, int64[m] z) { y = NonZero(x) s = Constant<value = int64[1] {-1}>() z = Reshape(y, s) }"

A, B = np.float32([1, 2, 3, 4]), np.float32([5, 6, 7, 8])
CASES = {
    "swap in a branch": (SWAP, {"M": np.array(1), "f": np.array(True), "a": A, "b": B}),
    "swap three times": (SWAP, {"M": np.array(3), "f": np.array(True), "a": A, "b": B}),
    "no swap": (SWAP, {"M": np.array(3), "f": np.array(False), "a": A, "b": B}),
    "two stacks of one length": (STACKS, {"M": np.array(3), "a": A, "k": 2 * np.ones(4, F)}),
    "one memory for two outputs": (SHARED, {"x": np.float32([1, 0, 2, 3, 0, 4])}),
}


@pytest.mark.parametrize("name", CASES)
def test_values(name):
    text, feeds = CASES[name]
    model = onnx.parser.parse_model('<ir_version: 8, opset_import: ["": 17]> agraph ' + text).SerializeToString()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    for value, want in zip(tenon.compile(model)(feeds).values(), session.run(None, feeds), strict=True):
        np.testing.assert_array_equal(value, want, strict=True)


def test_constants_of_dispatches_compiled_at_once(tmp_path):
    """Positions that differ in two dispatches: each gets its own, in every compilation."""
    text = (
        "(float[16,3] x) => (float[16,3] y, float[16,3] z) { p = Constant<value = int64[16] {P}>() q = Constant<value = int64[16] {Q}>() "
    )
    text += "r = Relu(x) y = Gather(r, p) s = Neg(x) t = Exp(s) z = Gather(t, q) }"
    text = text.replace("P", ",".join(str(i) for i in range(16))).replace("Q", ",".join(str(15 - i) for i in range(16)))
    model = onnx.parser.parse_model('<ir_version: 8, opset_import: ["": 17]> agraph ' + text).SerializeToString()
    files = []
    for number in range(25):
        tenon.compile(model, output=tmp_path / str(number), compile_threads=1 if number == 0 else 8)
        files.append((tmp_path / str(number)).read_bytes())
    assert all(data == files[0] for data in files)
