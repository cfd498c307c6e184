# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Slice and Pad at positions far outside of a dim, against numpy and ONNX Runtime: known ones, of known and of open dims, and those of a run."""

import itertools

import numpy as np
import onnx.parser
import pytest
import tenon
from text_cases import HEAD, head_of, make_floats, number, run_beside_onnxruntime

floats = make_floats(np.random.default_rng(0))
LEAST, GREATEST = -(2**63), 2**63 - 1
STARTS = (LEAST, -100, -6, -5, -1, 0, 2, 5, 100, GREATEST)
ENDS = (LEAST, -1000, -6, -2, 0, 3, 100)


def compiled(text):
    return tenon.compile(onnx.parser.parse_model(HEAD + text), threads=1)


def numpy_slice(x, start, end, step):
    """ONNX's rule: backwards, a start before the first element is the first element."""
    start = max(start, -len(x)) if step < 0 else start
    return x[start:end:step] if len(x) else x


@pytest.mark.parametrize("step", (1, 2, -1, -3, 1000, -1000, LEAST, GREATEST))
def test_positions_of_a_run(step):
    engine = compiled(
        """m (float[N] x, int64[1] s, int64[1] e, int64[1] t) => (float[P] y) <int64[1] a = {0}> { y = Slice(x, s, e, a, t) }"""
    )
    for size, start, end in itertools.product((0, 1, 5), STARTS, ENDS):
        x = floats(size)
        found = engine({"x": x, "s": number([start]), "e": number([end]), "t": number([step])})["y"]
        np.testing.assert_array_equal(found, numpy_slice(x, start, end, step), f"{size}: {start}:{end}:{step}")


@pytest.mark.parametrize("dim", ("5", "N"))
@pytest.mark.parametrize(
    ("start", "end", "step"), ((-100, -1000, -1), (100, -1000, -2), (2, -100, -1), (-1, -6, -1), (0, -100, -1), (-7, 3, 2))
)
def test_known_positions(start, end, step, dim):
    engine = compiled(
        f"""m (float[{dim}] x) => (float[P] y) <int64[1] s = {{{start}}}, int64[1] e = {{{end}}}, int64[1] t = {{{step}}}, int64[1] a = {{0}}> {{
          y = Slice(x, s, e, a, t)
        }}"""
    )
    x = floats(5)
    np.testing.assert_array_equal(engine({"x": x})["y"], numpy_slice(x, start, end, step))


def test_elements_of_shapes():
    engine = compiled(
        """m (float[2, 3, 4] x) => (int64[P] y) <int64[1] s = {-9}, int64[1] e = {-10}, int64[1] t = {-1}, int64[1] a = {0}> {
          d = Shape(x)
          y = Slice(d, s, e, a, t)
        }"""
    )
    assert engine({"x": floats(2, 3, 4)})["y"].tolist() == [2]


@pytest.mark.parametrize("mode", ("constant", "reflect", "edge", "wrap"))
def test_pads_that_cut(mode):
    text = f"""m (float[N] x, int64[2] p) => (float[P] y) {{ y = Pad<mode = "{mode}">(x, p) }}"""
    pads = list(itertools.product((-2, -1, 0, 1, 2), repeat=2))
    run_beside_onnxruntime(text, [{"x": floats(6), "p": number(pair)} for pair in pads], np.testing.assert_array_equal, head=head_of(19))
