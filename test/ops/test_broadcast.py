# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Broadcasting that only the run tells: one engine for equal dims, for dims of which either is 1, and an error for others."""

import numpy as np
import onnx.parser
import pytest
import tenon

HEAD = '<ir_version: 9, opset_import: ["" : 18]> agraph '
MODELS = {
    "add": ("(float[M, N] a, float[P, Q] b) => (float[R, S] y) { y = Add(a, b) }", lambda a, b: a + b),
    "chain": (
        "(float[M, N] a, float[P, Q] b) => (float[R, S] y, float[T, U] z) { s = Mul(a, b) t = Add(s, b) y = Relu(t) z = Sub(y, a) }",
        lambda a, b: (y := np.maximum(a * b + b, 0), y - a),
    ),
    "where": (
        "(float[M, N] a, float[P, Q] b) => (float[R, S] y) { c = Less(a, b) y = Where(c, a, b) }",
        lambda a, b: np.where(a < b, a, b),
    ),
    "expand": (
        "(float[M, N] a, float[P, Q] b) => (float[R, S] y) { s = Shape(b) y = Expand(a, s) }",
        lambda a, b: np.broadcast_to(a, np.broadcast_shapes(a.shape, b.shape)),
    ),
    "matmul": ("(float[M, N, 3, 4] a, float[P, Q, 4, 2] b) => (float[R, S, 3, 2] y) { y = MatMul(a, b) }", np.matmul),
    "known": ("(float[M, N] a, float[3, 4] b) => (float[R, S] y) { y = Add(a, b) }", lambda a, b: a + b),
}
SHAPES = [((3, 4), (3, 4)), ((1, 4), (3, 4)), ((3, 4), (3, 1)), ((3, 1), (1, 4)), ((1, 1), (1, 4)), ((0, 4), (1, 4)), ((1, 0), (3, 1))]


@pytest.fixture(scope="module")
def engines():
    return {name: tenon.compile(onnx.parser.parse_model(HEAD + text), threads=1) for name, (text, _) in MODELS.items()}


def inputs(name, a, b):
    rng = np.random.default_rng(0)
    tails = ((3, 4), (4, 2)) if name == "matmul" else ((), ())
    return [rng.standard_normal(dims + tail, dtype=np.float32) for dims, tail in zip((a, b), tails, strict=True)]


@pytest.mark.parametrize("name,a,b", [(name, a, b) for name in MODELS for a, b in SHAPES if name != "known" or b == (3, 4)])
def test_values(engines, name, a, b):
    x, y = inputs(name, a, b)
    want = MODELS[name][1](x, y)
    for got, value in zip(engines[name]({"a": x, "b": y}).values(), want if isinstance(want, tuple) else (want,), strict=True):
        assert got.shape == value.shape
        np.testing.assert_allclose(got, value, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_dims_that_do_not_broadcast(engines, name):
    x, y = inputs(name, (2, 4), (3, 4))
    with pytest.raises(tenon.RunError, match="expected dimensions that broadcast"):
        engines[name]({"a": x, "b": y})
    # The engine is usable afterwards.
    x, y = inputs(name, (3, 4), (3, 4))
    engines[name]({"a": x, "b": y})


def test_output_dims_are_known_before_the_run(engines):
    assert not any(output.data_dependent for name in ("add", "where", "matmul") for output in engines[name].outputs)
