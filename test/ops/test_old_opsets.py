# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ops whose form or meaning changed after opset 7, in their old forms from ONNX's text form to values: beside ONNX Runtime where it runs
that opset, else beside a formula. The importer upgrades them to the newest meaning.
"""

import numpy as np
import onnx.parser
import pytest
import tenon
from text_cases import make_floats, number, run_beside_onnxruntime
from tolerances import assert_close

floats = make_floats(np.random.default_rng(0))


def ints(*values):
    return np.array(values, np.int64)


IMAGE = {"x": floats(2, 3, 4, 5)}
MATRIX = {"x": floats(3, 4)}
CUBE = {"x": floats(2, 3, 4)}
BOXES = np.array([[[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, 10, 1, 11], [0, 10.1, 1, 11.1]]], np.float32)
CHANNELS = {"x": floats(2, 3, 4), "s": floats(3), "b": floats(3), "m": floats(3), "v": np.abs(floats(3)) + 0.5}

# name, opset: signature and nodes, feeds.
CASES = {
    ("upsample_attribute", 7): ("(float[2, 3, 4, 5] x) => (y) { y = Upsample<scales = [1.0, 1.0, 2.0, 3.0]>(x) }", IMAGE),
    ("upsample_linear", 7): (
        '(float[2, 3, 4, 5] x) => (y) { y = Upsample<scales = [1.0, 1.0, 2.0, 2.0], mode = "linear">(x) }',
        IMAGE,
    ),
    ("upsample_input", 9): (
        "(float[2, 3, 4, 5] x) => (y) <float[4] s = {1, 1, 2, 3}> { y = Upsample(x, s) }",
        IMAGE,
    ),
    ("resize", 10): (
        '(float[2, 3, 4, 5] x) => (y, z) <float[4] s = {1, 1, 0.5, 2}> { y = Resize(x, s) z = Resize<mode = "linear">(x, s) }',
        IMAGE,
    ),
    ("resize_sizes", 11): (
        """(float[2, 3, 4, 5] x) => (y, z) <float[0] none = {}, float[4] s = {1, 1, 2, 2}, int64[4] sizes = {2, 3, 7, 8}> {
          y = Resize<mode = "linear", coordinate_transformation_mode = "align_corners">(x, none, s)
          z = Resize<mode = "cubic">(x, none, none, sizes)
        }""",
        IMAGE,
    ),
    ("softmax_flattens", 7): (
        "(float[2, 3, 4] x) => (a, b, c) { a = Softmax(x) b = Softmax<axis = 0>(x) c = LogSoftmax<axis = 1>(x) }",
        CUBE,
    ),
    ("softmax_from_behind", 12): ("(float[2, 3, 4] x) => (a, b) { a = Softmax<axis = -2>(x) b = LogSoftmax<axis = -1>(x) }", CUBE),
    ("clip_attributes", 7): (
        "(float[3, 4] x) => (a, b, c) { a = Clip<min = -0.5, max = 0.5>(x) b = Clip<max = 0.0>(x) c = Clip(x) }",
        MATRIX,
    ),
    ("clip_inputs", 11): ("(float[3, 4] x) => (a) <float low = {-0.5}> { a = Clip(x, low) }", MATRIX),
    ("top_k_attribute", 7): ("(float[3, 4] x) => (a, i, b, j) { a, i = TopK<k = 2>(x) b, j = TopK<k = 1, axis = 0>(x) }", MATRIX),
    ("top_k_input", 10): ("(float[3, 4] x) => (a, i) <int64[1] k = {3}> { a, i = TopK<axis = 1>(x, k) }", MATRIX),
    ("pad_attributes", 7): (
        """(float[3, 4] x) => (a, b, c, d) {
          a = Pad<pads = [0, 1, 2, 0], value = 1.5>(x)
          b = Pad<mode = "reflect", pads = [1, 1, 1, 2]>(x)
          c = Pad<mode = "edge", pads = [1, 0, 0, 2]>(x)
          d = Pad<pads = [0, -1, 1, 0]>(x)
        }""",
        MATRIX,
    ),
    ("pad_inputs", 11): ("(float[3, 4] x) => (a) <int64[4] p = {0, 1, 2, 0}, float v = {2}> { a = Pad(x, p, v) }", MATRIX),
    ("slice_attributes", 7): (
        """(float[2, 3, 4] x) => (a, b) {
          a = Slice<axes = [2, 0], starts = [1, 0], ends = [-1, 1000]>(x)
          b = Slice<starts = [0, -2], ends = [1, 9223372036854775807]>(x)
        }""",
        CUBE,
    ),
    ("slice_inputs", 10): (
        "(float[2, 3, 4] x) => (a) <int64[1] s = {3}, int64[1] e = {0}, int64[1] w = {2}, int64[1] t = {-2}> { a = Slice(x, s, e, w, t) }",
        CUBE,
    ),
    ("squeeze_and_unsqueeze", 7): (
        "(float[2, 3, 4] x) => (a, b, c) { a = Unsqueeze<axes = [0, 2]>(x) b = Squeeze<axes = [2]>(a) c = Squeeze(a) }",
        CUBE,
    ),
    ("squeeze_from_behind", 11): ("(float[2, 3, 4] x) => (a, b) { a = Unsqueeze<axes = [-1, 0]>(x) b = Squeeze<axes = [-1]>(a) }", CUBE),
    ("reduce_axes", 7): (
        """(float[2, 3, 4] x) => (a, b, c, d, e, f, g, h, i, j, k) {
          a = ReduceSum<axes = [1]>(x)
          b = ReduceMean<axes = [0, 2], keepdims = 0>(x)
          c = ReduceMax(x)
          d = ReduceMin<axes = [2]>(x)
          e = ReduceProd<axes = [1], keepdims = 0>(x)
          f = ReduceL1<axes = [1]>(x)
          g = ReduceL2<axes = [1]>(x)
          p = Abs(x)
          h = ReduceLogSum<axes = [1]>(p)
          i = ReduceLogSumExp<axes = [1]>(x)
          j = ReduceSumSquare<axes = [1]>(x)
          k = ReduceSum<keepdims = 0>(x)
        }""",
        CUBE,
    ),
    ("reduce_axes_from_behind", 11): (
        "(float[2, 3, 4] x) => (a, b) { a = ReduceSum<axes = [-1]>(x) b = ReduceMax<axes = [-2, 0], keepdims = 0>(x) }",
        CUBE,
    ),
    ("reduce_sum_input_others_attribute", 13): (
        "(float[2, 3, 4] x) => (a, b) <int64[1] w = {1}> { a = ReduceSum(x, w) b = ReduceMean<axes = [-1]>(x) }",
        CUBE,
    ),
    ("arg_reduce", 7): ("(float[2, 3, 4] x) => (a, b) { a = ArgMax<axis = 1>(x) b = ArgMin<axis = 2, keepdims = 0>(x) }", CUBE),
    ("dropout", 7): ("(float[3, 4] x) => (y) { y = Dropout<ratio = 0.7>(x) }", MATRIX),
    ("dropout_inputs", 12): ("(float[3, 4] x) => (y) <float r = {0.3}> { y = Dropout(x, r) }", MATRIX),
    ("batch_normalization", 7): (
        "(float[2, 3, 4] x, float[3] s, float[3] b, float[3] m, float[3] v) => (y) { y = BatchNormalization<spatial = 1>(x, s, b, m, v) }",
        CHANNELS,
    ),
    ("batch_normalization", 9): (
        "(float[2, 3, 4] x, float[3] s, float[3] b, float[3] m, float[3] v) => (y) { y = BatchNormalization<epsilon = 0.1>(x, s, b, m, v) }",
        CHANNELS,
    ),
    ("split_attribute", 7): (
        "(float[3, 4] x) => (a, b, c, d) { a, b = Split<axis = 1, split = [1, 3]>(x) c, d = Split<axis = 1>(x) }",
        MATRIX,
    ),
    ("split_from_behind", 11): ("(float[3, 4] x) => (a, b) { a, b = Split<axis = -1, split = [1, 3]>(x) }", MATRIX),
    ("gemm_broadcasts", 7): (
        "(float[3, 4] x, float[4, 2] w, float[1] c) => (y) { y = Gemm<alpha = 0.5, beta = 2.0>(x, w, c) }",
        MATRIX | {"w": floats(4, 2), "c": floats(1)},
    ),
    ("gemm_transposed", 9): (
        "(float[3, 4] x, float[2, 4] w, float[3, 2] c) => (y) { y = Gemm<transB = 1>(x, w, c) }",
        MATRIX | {"w": floats(2, 4), "c": floats(3, 2)},
    ),
    ("cast", 7): (
        "(float[3, 4] x) => (a, b, c, d) { a = Cast<to = 7>(x) b = Cast<to = 9>(x) c = Cast<to = 10>(x) d = Cast<to = 11>(x) }",
        MATRIX,
    ),
    ("concat_and_flatten", 7): ("(float[2, 3, 4] x) => (a, b) { a = Concat<axis = 1>(x, x) b = Flatten<axis = 2>(a) }", CUBE),
    ("depth_to_space", 7): (
        "(float[1, 8, 2, 3] x) => (y, z) { y = DepthToSpace<blocksize = 2>(x) z = SpaceToDepth<blocksize = 2>(y) }",
        {"x": floats(1, 8, 2, 3)},
    ),
    ("pools", 7): (
        """(float[2, 3, 4, 5] x) => (a, b) {
          a = MaxPool<kernel_shape = [2, 2], strides = [2, 1], pads = [1, 0, 1, 1]>(x)
          b = AveragePool<kernel_shape = [3, 2], pads = [1, 0, 1, 0], count_include_pad = 1>(x)
        }""",
        IMAGE,
    ),
    ("pool_indices", 8): ("(float[2, 3, 4, 5] x) => (a, i) { a, i = MaxPool<kernel_shape = [2, 2], storage_order = 0>(x) }", IMAGE),
    ("compare_and_broadcast", 7): (
        "(float[3, 4] x, float[4] z) => (a, b, c, d) { a = Greater(x, z) b = Less(x, z) c = Pow(x, z) d = PRelu(x, z) }",
        {"x": np.abs(floats(3, 4)), "z": floats(4)},
    ),
    ("equal_integers", 7): ("(int64[3] x, int64[1] z) => (y) { y = Equal(x, z) }", {"x": ints(1, 2, 3), "z": ints(2)}),
    ("sum_min_max_mean", 8): (
        "(float[3, 4] x, float[4] z) => (a, b, c, d) { a = Sum(x, z) b = Min(x, z) c = Max(x, z, x) d = Mean(x, z) }",
        MATRIX | {"z": floats(4)},
    ),
    ("scatter", 9): (
        "(float[3, 4] x, int64[1, 4] i, float[1, 4] u) => (y) { y = Scatter<axis = 0>(x, i, u) }",
        MATRIX | {"i": ints(2, 0, 1, 0).reshape(1, 4), "u": floats(1, 4)},
    ),
    ("scatter_elements", 11): (
        "(float[3, 4] x, int64[1, 4] i, float[1, 4] u) => (y) { y = ScatterElements(x, i, u) }",
        MATRIX | {"i": ints(2, 0, -1, 0).reshape(1, 4), "u": floats(1, 4)},
    ),
    ("scatter_nd", 11): (
        "(float[3, 4] x, int64[2, 1] i, float[2, 4] u) => (y) { y = ScatterND(x, i, u) }",
        MATRIX | {"i": ints(2, 0).reshape(2, 1), "u": floats(2, 4)},
    ),
    ("gather_nd", 11): (
        "(float[3, 4] x, int64[2, 2] i) => (y) { y = GatherND(x, i) }",
        MATRIX | {"i": ints(2, 0, 1, 3).reshape(2, 2)},
    ),
    ("non_max_suppression", 10): (
        """(float[1, 4, 4] boxes, float[1, 1, 4] scores) => (y) <int64[1] most = {3}, float[1] overlap = {0.5}, float[1] least = {0.1}> {
          y = NonMaxSuppression(boxes, scores, most, overlap, least)
        }""",
        {"boxes": BOXES, "scores": np.array([[[0.9, 0.75, 0.6, 0.95]]], np.float32)},
    ),
    ("one_hot", 9): (
        "(int64[3] i, float[2] v) => (y) <int64[1] d = {4}> { y = OneHot<axis = 0>(i, d, v) }",
        {"i": ints(1, 3, 0), "v": floats(2)},
    ),
    ("shape_reshape_expand", 8): (
        "(float[2, 3, 1] x) => (a, b, c) <int64[2] r = {0, -1}, int64[4] e = {2, 1, 3, 1}> { a = Shape(x) b = Reshape(x, r) c = Expand(x, e) }",
        {"x": floats(2, 3, 1)},
    ),
    ("quantize", 10): (
        "(float[3, 4] x) => (a, b) <float s = {0.1}, uint8 z = {7}> { a = QuantizeLinear(x, s, z) b = DequantizeLinear(a, s, z) }",
        MATRIX,
    ),
    ("recurrent", 7): (
        """(float[5, 2, 3] x, float[1, 16, 3] w, float[1, 16, 4] r, float[1, 12, 3] gw, float[1, 12, 4] gr) => (a, h, c, b, g) {
          a, h, c = LSTM<hidden_size = 4>(x, w, r)
          b, g = GRU<hidden_size = 4, linear_before_reset = 1>(x, gw, gr)
        }""",
        {"x": floats(5, 2, 3), "w": floats(1, 16, 3), "r": floats(1, 16, 4), "gw": floats(1, 12, 3), "gr": floats(1, 12, 4)},
    ),
    ("if", 7): (
        """(bool c, float[3, 4] x) => (y) {
          y = If(c) <then_branch = t () => (float[3, 4] a) { a = Neg(x) }, else_branch = e () => (float[3, 4] b) { b = Identity(x) }>
        }""",
        MATRIX | {"c": np.array(True)},
    ),
    ("loop", 7): (
        """(int64 n, float[2] x) => (float[2] y, float[T, 2] all) <bool yes = {1}> {
          y, all = Loop(n, yes, x) <body = b (int64 i, bool go, float[2] v) => (bool next, float[2] w, float[2] s) {
            next = Identity(go)
            w = Add(v, x)
            s = Clip<min = 0.0>(w)
          }>
        }""",
        {"n": number(3), "x": floats(2)},
    ),
    ("scan", 8): (
        """(float[2, 3] s, float[2, 4, 3] x) => (float[2, 3] last, float[2, 4, 3] sums) {
          last, sums = Scan( , s, x) <num_scan_inputs = 1, body = b (float[3] v, float[3] e) => (float[3] w, float[3] o) {
            w = Add(v, e)
            o = Mul(w, e)
          }>
        }""",
        {"s": floats(2, 3), "x": floats(2, 4, 3)},
    ),
    ("scan_open", 8): (
        """(float[B, 3] s, float[B, T, 3] x, float[B, T, N] z) => (float[B, 3] last, float[B, T, 3] a, float[B, T, N] c) {
          last, a, c = Scan( , s, x, z) <num_scan_inputs = 2, directions = [1, 0],
            body = b (float[3] v, float[3] e, float[N] f) => (float[3] w, float[3] o, float[N] p) {
            w = Add(v, e)
            o = Identity(w)
            p = Neg(f)
          }>
        }""",
        {"s": floats(2, 3), "x": floats(2, 4, 3), "z": floats(2, 4, 5)},
    ),
    ("scan_lengths", 8): (
        """(int64[3] n, float[3, 2] s, float[3, 4, 2] x, int64[3, 4] k)
          => (float[3, 2] last, int64[3] count, float[3, 4, 2] sums, int64[3, 4] steps) <int64[3] zeros = {0, 0, 0}> {
          last, count, sums, steps = Scan(n, s, zeros, x, k) <num_scan_inputs = 2, directions = [0, 1],
            body = b (float[2] v, int64 c, float[2] e, int64 j) => (float[2] w, int64 d, float[2] o, int64 p) {
            w = Add(v, e)
            d = Add(c, j)
            o = Mul(w, e)
            p = Identity(d)
          }>
        }""",
        {"n": ints(2, 4, 1), "s": floats(3, 2), "x": floats(3, 4, 2), "k": np.arange(12).reshape(3, 4)},
    ),
    ("scan_without_state", 8): (
        """(float[2, 4, 3] x) => (float[2, 4] y) {
          y = Scan( , x) <num_scan_inputs = 1, body = b (float[3] e) => (float o) { o = ReduceSum<keepdims = 0>(e) }>
        }""",
        {"x": floats(2, 4, 3)},
    ),
}


def head(opset):
    return f'<ir_version: {3 if opset < 9 else 6}, opset_import: ["" : {opset}]> old '


@pytest.mark.parametrize("name,opset", CASES)
def test_beside_onnxruntime(name, opset):
    text, feeds = CASES[name, opset]
    run_beside_onnxruntime(text, [feeds], assert_close, head(opset))


def run(opset, text, feeds):
    return list(tenon.compile(onnx.parser.parse_model(head(opset) + text), threads=1)(feeds).values())


@pytest.mark.parametrize("opset", (7, 8))
def test_statistics_per_element(opset):
    feeds = {"x": floats(2, 3, 4), "s": floats(3, 4), "b": floats(3, 4), "m": floats(3, 4), "v": np.abs(floats(3, 4)) + 0.5}
    dims = ", ".join(f"float[3, 4] {name}" for name in "sbmv")
    x, s, b, m, v = feeds.values()
    (y,) = run(opset, f"(float[2, 3, 4] x, {dims}) => (y) {{ y = BatchNormalization<spatial = 0, epsilon = 0.1>(x, s, b, m, v) }}", feeds)
    assert_close(y, (x - m) / np.sqrt(v + np.float32(0.1)) * s + b, "y")


@pytest.mark.parametrize("opset,dtype", ((7, np.float32), (9, np.float32), (10, np.bool_)))
def test_mask_of_a_dropout(opset, dtype):
    """It has the data's type until opset 9. All of the data is kept; ONNX Runtime gives zeros."""
    y, mask = run(opset, "(float[3, 4] x) => (y, m) { y, m = Dropout(x) }", MATRIX)
    np.testing.assert_array_equal(y, MATRIX["x"])
    np.testing.assert_array_equal(mask, np.ones((3, 4), dtype), strict=True)
