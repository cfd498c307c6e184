# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Small models, at least one for each family of kernels: sizes that fill no tile evenly, so that edges are what is checked.

In ONNX's text form. Inputs are filled by name and type (see `feeds`); dims named `n` stand for 37, `w` for 40. A name that ends in --fp16 or --tf32 is
compiled with that option. Products on tensor cores have a file of their own.
"""

import functools

import numpy as np

from .products import PRODUCTS

DIMS = {"n": 37, "w": 40}
LSTM = 'LSTM<hidden_size=16, direction="bidirectional">'
COMBINED = {"": "none", " sums": "add", " products": "mul", " maxima": "max", " minima": "min"}
SCATTERED = {
    f"scatter elements{words}": "(float[50,3] x, int64[7,3] ids, float[7,3] y) => (float[50,3] z)"
    f' <int64 some = {{{5 if words else 50}}}> {{ i = Mod(ids, some) z = ScatterElements<axis=0, reduction="{how}">(x, i, y) }}'
    for words, how in COMBINED.items()
}
QUANTISED = {
    "quantize": "(float[33,129] x) => (uint8[33,129] z) <float s = {0.02}, uint8 p = {120}> { z = QuantizeLinear(x, s, p) }",
    "quantize by channel": "(float[5,3,17] x) => (int8[5,3,17] z) <float[3] s = {0.02, 0.1, 0.5}, int8[3] p = {0, 3, -9}>"
    " { z = QuantizeLinear<axis=1>(x, s, p) }",
    "dequantize": "(uint8[33,129] x) => (float[33,129] z) <float s = {0.02}, uint8 p = {9}> { z = DequantizeLinear(x, s, p) }",
    "dynamic quantize": "(float[33,129] x) => (uint8[33,129] y, float s, uint8 p) { y, s, p = DynamicQuantizeLinear(x) }",
    "matmul of integers": "(uint8[33,65] x, int8[65,129] y) => (int32[33,129] z) <uint8 p = {3}, int8 q = {0}>"
    " { z = MatMulInteger(x, y, p, q) }",
    "matmul quantised": "(uint8[33,65] x, uint8[65,129] y) => (uint8[33,129] z)"
    " <float s = {0.02}, uint8 p = {3}, float t = {0.1}> { z = QLinearMatMul(x, s, p, y, s, p, t, p) }",
    "convolution of integers": "(uint8[2,5,13,15] x, uint8[7,5,3,3] w) => (int32[2,7,13,15] z) <uint8 p = {3}>"
    " { z = ConvInteger<pads=[1,1,1,1]>(x, w, p) }",
    "convolution quantised": "(uint8[2,5,13,15] x, uint8[7,5,3,3] w) => (uint8[2,7,13,15] z) <float s = {0.02}, uint8 p = {3},"
    " float t = {0.1}> { z = QLinearConv<pads=[1,1,1,1]>(x, s, p, w, s, p, t, p) }",
}
BODIES = {
    "pointwise": "(float[33,129] x, float[33,129] y) => (float[33,129] z) { s = Add(x, y) t = Erf(s) u = Tanh(t) z = Mul(u, x) }",
    "pointwise dynamic": "(float[n,5] x, float[n,1] y) => (float[n,5] z) { s = Sub(x, y) z = Exp(s) }",
    "pointwise f16": "(float16[7,257] x, float16[257] y) => (float16[7,257] z) { s = Add(x, y) z = Sigmoid(s) }",
    "pointwise bool": "(float[31,3] x, float[31,3] y) => (float[31,3] z) { c = Less(x, y) z = Where(c, x, y) }",
    "pointwise i64": "(int64[65] i, int64[65] j) => (int64[65] z) { s = Add(i, j) z = Mul(s, j) }",
    "cast": "(float[99] x) => (int32[99] z) { z = Cast<to=6>(x) }",
    "row sums": "(float[9,1031] x) => (float[9] z) <int64[1] a = {1}> { z = ReduceSum<keepdims=0>(x, a) }",
    "row sums of 7": "(float[300,7] x) => (float[300] z) <int64[1] a = {1}> { z = ReduceSum<keepdims=0>(x, a) }",
    "row sums of 100000": "(float[3,100000] x) => (float[3] z) <int64[1] a = {1}> { z = ReduceSum<keepdims=0>(x, a) }",
    "row means of 20001": "(float16[5,20001] x) => (float16[5] z) <int64[1] a = {1}> { z = ReduceMean<keepdims=0>(x, a) }",
    "row sums dynamic": "(float[3,n] x) => (float[3] z) <int64[1] a = {1}> { z = ReduceSum<keepdims=0>(x, a) }",
    "column sums": "(float[1031,9] x) => (float[9] z) <int64[1] a = {0}> { z = ReduceSum<keepdims=0>(x, a) }",
    "column sums of odd rows": "(float16[513,333] x) => (float16[333] z) <int64[1] a = {0}> { z = ReduceSum<keepdims=0>(x, a) }",
    "middle maxima": "(float[5,67,33] x) => (float[5,33] z) <int64[1] a = {1}> { z = ReduceMax<keepdims=0>(x, a) }",
    "mean of all": "(float[13,17] x) => (float z) { z = ReduceMean<keepdims=0>(x) }",
    "argmax": "(float[11,53] x) => (int64[11] z) { z = ArgMax<axis=1, keepdims=0>(x) }",
    "softmax": "(float[9,1000] x) => (float[9,1000] z) { z = Softmax<axis=-1>(x) }",
    "softmax of 20001": "(float[3,20001] x) => (float[3,20001] z) { z = Softmax<axis=-1>(x) }",
    "softmax of 100000": "(float[2,100000] x) => (float[2,100000] z) { z = Softmax<axis=-1>(x) }",
    "softmax dynamic": "(float[5,n] x) => (float[5,n] z) { z = Softmax<axis=-1>(x) }",
    "layer norm": "(float[19,768] x, float[768] w, float[768] b) => (float[19,768] z) { z = LayerNormalization<axis=-1>(x, w, b) }",
    "rms norm": "(float[19,100] x, float[100] w) => (float[19,100] z) { z = RMSNormalization<axis=-1>(x, w) }",
    "layer norm of 20001": "(float[3,20001] x, float[20001] w) => (float[3,20001] z) { z = LayerNormalization<axis=-1>(x, w) }",
    "batch norm": "(float[2,5,13,15] x, float[5] w, float[5] b, float[5] m, float[5] v) => (float[2,5,13,15] z)"
    " { u = Mul(v, v) z = BatchNormalization(x, w, b, m, u) }",
    "instance norm": "(float[2,5,13,15] x, float[5] w, float[5] b) => (float[2,5,13,15] z) { z = InstanceNormalization(x, w, b) }",
    "group norm": "(float[2,6,13,15] x, float[6] w, float[6] b) => (float[2,6,13,15] z) { z = GroupNormalization<num_groups=3>(x, w, b) }",
    "transpose": "(float[67,129] x) => (float[129,67] z) { z = Transpose<perm=[1,0]>(x) }",
    "transpose f16": "(float16[130,136] x) => (float16[136,130] z) { z = Transpose<perm=[1,0]>(x) }",
    "transpose f16 of odd rows": "(float16[66,129] x) => (float16[129,66] z) { z = Transpose<perm=[1,0]>(x) }",
    "transpose i8": "(int8[144,272] x) => (int8[272,144] z) { z = Transpose<perm=[1,0]>(x) }",
    "transpose i64": "(int64[70,66] x) => (int64[66,70] z) { z = Transpose<perm=[1,0]>(x) }",
    "transpose 4d": "(float[2,33,4,31] x) => (float[2,4,33,31] z) { z = Transpose<perm=[0,2,1,3]>(x) }",
    "concat": "(float[5,7] x, float[5,9] y) => (float[5,16] z) { z = Concat<axis=1>(x, y) }",
    "slice": "(float[20,30] x) => (float[7,30] z) <int64[1] s = {3}, int64[1] e = {17}, int64[1] a = {0}, int64[1] t = {2}>"
    " { z = Slice(x, s, e, a, t) }",
    "pad": "(float[5,7] x) => (float[8,9] z) <int64[4] p = {1,2,2,0}> { z = Pad(x, p) }",
    "gather": "(float[50,33] x, int64[2,7] ids) => (float[2,7,33] z) { z = Gather<axis=0>(x, ids) }",
    "gather elements": "(float[50,33] x, int64[7,33] ids) => (float[7,33] z) { z = GatherElements<axis=0>(x, ids) }",
    "gather nd": "(float[50,33] x, int64[2,7,1] ids) => (float[2,7,33] z) { z = GatherND(x, ids) }",
    **SCATTERED,
    "scatter": "(float[50,3] x, int64[7,1] ids, float[7,3] y) => (float[50,3] z) { z = ScatterND(x, ids, y) }",
    "max pool": "(float[2,3,15,17] x) => (float[2,3,8,9] z) { z = MaxPool<kernel_shape=[3,3], strides=[2,2], pads=[1,1,1,1]>(x) }",
    "average pool": "(float[2,3,15,17] x) => (float[2,3,7,8] z) { z = AveragePool<kernel_shape=[2,2], strides=[2,2]>(x) }",
    "resize": '(float[1,3,5,7] x) => (float[1,3,10,14] z) <float[4] k = {1,1,2,2}> { z = Resize<mode="linear">(x, "", k) }',
    "cumulative sum": "(float[5,131] x) => (float[5,131] z) <int64 a = {1}> { z = CumSum(x, a) }",
    "top k": "(float[7,100] x) => (float[7,10] z, int64[7,10] at) <int64[1] k = {10}> { z, at = TopK<axis=1>(x, k) }",
    "cumulative sum of many": "(float[2,9001,3] x) => (float[2,9001,3] z) <int64 a = {1}> { z = CumSum<reverse=1, exclusive=1>(x, a) }",
    "top k of many": "(float[2,5000] x) => (float[2,300] z, int64[2,300] at) <int64[1] k = {300}> { z, at = TopK<axis=1>(x, k) }",
    "lstm": "(float[9,3,20] x, float[2,64,20] w, float[2,64,16] r, float[2,128] b) => (float[9,2,3,16] z) { z = " + LSTM + "(x, w, r, b) }",
    "lstm in launches": "(float[9,n,20] x, float[2,512,20] w, float[2,512,128] r, float[2,1024] b) => (float[9,2,n,128] z)"
    ' <float s = {0.05}> { v = Mul(w, s) q = Mul(r, s) z = LSTM<hidden_size=128, direction="bidirectional">(x, v, q, b) }',
    "gru": "(float[9,3,20] x, float[2,48,20] w, float[2,48,16] r, float[2,96] b) => (float[9,2,3,16] z)"
    ' { z = GRU<hidden_size=16, direction="bidirectional", linear_before_reset=1>(x, w, r, b) }',
    "rnn": "(float[9,3,20] x, float[1,16,20] w, float[1,16,16] r, float[1,32] b) => (float[9,1,3,16] z)"
    " { z = RNN<hidden_size=16>(x, w, r, b) }",
    "matmul": "(float[33,65] x, float[65,129] y) => (float[33,129] z) { z = MatMul(x, y) }",
    "matmul batched": "(float[6,17,33] x, float[6,33,19] y) => (float[6,17,19] z) { z = MatMul(x, y) }",
    "matmul of long sums": "(float[5,8192] x, float[8192,24] y) => (float[5,24] z) { z = MatMul(x, y) }",
    "matmul f16": "(float16[200,328] x, float16[328,136] y) => (float16[200,136] z) { z = MatMul(x, y) }",
    "gemm f16 turned": "(float16[328,200] x, float16[136,328] y, float16[136] b) => (float16[200,136] z)"
    " { z = Gemm<transA=1, transB=1>(x, y, b) }",
    "matmul f16 dynamic": "(float16[3,n,64] x, float16[3,64,n] y) => (float16[3,n,n] z) { z = MatMul(x, y) }",
    "matmul dynamic": "(float[n,64] x, float[64,48] y) => (float[n,48] z) { z = MatMul(x, y) }",
    "matmul of few rows": "(float[16,448] x, float[448,200] y) => (float[16,200] z) { z = MatMul(x, y) }",
    "matmul of few rows dynamic": "(float[n,448] x, float[448,200] y) => (float[n,200] z) { z = MatMul(x, y) }",
    "gemm of few rows": "(float[7,301] x, float[72,301] y, float[72] b) => (float[7,72] z) { s = Gemm<transB=1>(x, y, b) z = Gelu(s) }",
    "gemm": "(float[65,33] x, float[77,33] y, float[77] b) => (float[65,77] z) { s = Gemm<transB=1>(x, y, b) z = Relu(s) }",
    "attention": "(float[2,37,16] q, float[2,16,37] k, float[2,37,16] v) => (float[2,37,16] z)"
    " { s = MatMul(q, k) p = Softmax<axis=-1>(s) z = MatMul(p, v) }",
    "convolution": "(float[2,5,13,15] x, float[7,5,3,3] w, float[7] b) => (float[2,7,13,15] z)"
    " { s = Conv<pads=[1,1,1,1]>(x, w, b) z = Relu(s) }",
    "convolution strided": "(float[1,3,31,33] x, float[8,3,7,7] w) => (float[1,8,16,17] z) { z = Conv<pads=[3,3,3,3], strides=[2,2]>(x, w) }",
    "convolution by channel": "(float[2,6,9,9] x, float[6,1,3,3] w) => (float[2,6,9,9] z) { z = Conv<group=6, pads=[1,1,1,1]>(x, w) }",
    "convolution transposed": "(float[1,4,7,9] x, float[4,5,2,2] w) => (float[1,5,14,18] z) { z = ConvTranspose<strides=[2,2]>(x, w) }",
    "non-zero": "(float[9,11] x) => (int64[2,count] z) { z = NonZero(x) }",
    "non-zero of many": "(float[90,n,9] x) => (int64[3,count] z) { d = Relu(x) z = NonZero(d) }",
    "box suppression": "(float[2,300,4] x, float[2,3,300] s) => (int64[count,3] z)"
    " <int64 most = {40}, float overlap = {0.4}, float least = {0.1}> { z = NonMaxSuppression(x, s, most, overlap, least) }",
    "if": "(float[5,7] x) => (float[5,7] z) <float limit = {0}> { m = ReduceMean<keepdims=0>(x) c = Less(m, limit)"
    " z = If<then_branch = t () => (float[5,7] a) { a = Neg(x) }, else_branch = e () => (float[5,7] b) { b = Abs(x) }>(c) }",
    "loop": "(float[5,7] x) => (float[5,7] z, float[k,5,7] all) <int64 most = {9}, float limit = {30}, bool yes = {1}>"
    " { z, all = Loop<body = b (int64 i, bool c, float[5,7] a) => (bool d, float[5,7] e, float[5,7] f)"
    " { e = Add(a, x) f = Neg(e) m = ReduceSum<keepdims=0>(f) d = Less(m, limit) }>(most, yes, x) }",
    "scan": "(float[3,7] s, float[11,3,7] x) => (float[3,7] z, float[11,3,7] all) { z, all = Scan<num_scan_inputs=1,"
    " body = b (float[3,7] a, float[3,7] e) => (float[3,7] f, float[3,7] g) { f = Add(a, e) g = Tanh(f) }>(s, x) }",
    **QUANTISED,
    **PRODUCTS,
}


def flags(name):
    """Options of the compiler for this family."""
    last = name.split(" ")[-1]
    return [last] if last.startswith("--") else []


def tolerance(name, dtype):
    """The row of test/tolerances.json for a result of `dtype`; None for that type's own. tf32 has the fraction of float16, and sums of float8
    have few bits more."""
    is_short = bool(flags(name)) or "float8" in name
    return "float16" if is_short and dtype == "float32" else None


@functools.cache
def text(name):
    return f'<ir_version: 10, opset_import: ["" : 23]> model {BODIES[name]}'


def model(name):
    """The ModelProto of a family."""
    import onnx.parser

    return onnx.parser.parse_model(text(name))


def feeds(name):
    """{input: array}: normal numbers; signed integers are below 50, each once in a row of so many; bytes are any."""
    import onnx.helper

    stream = np.random.default_rng(len(name) * 1009 + sum(name.encode()))
    result = {}
    for value in model(name).graph.input:
        shape = [dim.dim_value or DIMS[dim.dim_param] for dim in value.type.tensor_type.shape.dim]
        dtype = onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)
        if dtype.itemsize == 1 and dtype.kind in "iu":
            result[value.name] = stream.integers(np.iinfo(dtype).min, np.iinfo(dtype).max, shape, dtype, endpoint=True)
        elif dtype.kind == "i":
            result[value.name] = stream.permutation(50)[np.arange(np.prod(shape)) % 50].reshape(shape).astype(dtype)
        else:
            result[value.name] = stream.standard_normal(shape).astype(dtype)
    return result


def reference(name, feeds):
    """ONNX Runtime's outputs on the CPU. Without its optimiser, which makes an invalid graph of dequantised float8 (MatMulIntegerToFloat)."""
    import onnx.helper
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    graph = model(name).graph
    session = onnxruntime.InferenceSession(model(name).SerializeToString(), options, providers=["CPUExecutionProvider"])
    values = {}
    for value in graph.input:
        kind, array = value.type.tensor_type.elem_type, np.ascontiguousarray(feeds[value.name])
        bits = array.view(np.uint8) if array.dtype.itemsize == 1 else array  # numpy knows no float8, OrtValue takes its bits
        values[value.name] = onnxruntime.OrtValue.ortvalue_from_numpy_with_onnx_type(bits, kind)
    results = session.run_with_ort_values(None, values)
    kinds = [onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type) for value in graph.output]
    return [result.numpy().view(kind) for result, kind in zip(results, kinds, strict=True)]
