# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Small models of products on tensor cores, for every type of operand and way to bring them; `families` says how they are written."""

# Products of bytes on wgmma, with any signs.
BYTES = {
    "matmul of bytes": "(uint8[77,256] x, int8[256,144] y) => (int32[77,144] z) <uint8 p = {3}, int8 q = {0}> { z = MatMulInteger(x, y, p, q) }",
    "matmul of bytes, few rows": "(int8[5,1024] x, int8[1024,72] y) => (int32[5,72] z) { z = MatMulInteger(x, y) }",
    "matmul of bytes, both centred": "(uint8[300,192] x, uint8[192,264] y) => (int32[300,264] z) <uint8 p = {131}, uint8 q = {120}>"
    " { z = MatMulInteger(x, y, p, q) }",
    "matmul of bytes, odd columns": "(int8[150,64] x, uint8[64,77] y) => (int32[150,77] z) <int8 p = {-7}, uint8 q = {128}>"
    " { z = MatMulInteger(x, y, p, q) }",
    "matmul of bytes, large": "(int8[520,1024] x, int8[1024,640] y) => (int32[520,640] z) { z = MatMulInteger(x, y) }",
    "linear of dynamic bytes": "(float[2,n,128] x, int8[128,80] y, float[80] b) => (float[2,n,80] z) <int8 q = {0}, float t = {0.01}>"
    " { c, s, p = DynamicQuantizeLinear(x) i = MatMulInteger(c, y, p, q) f = Cast<to=1>(i) u = Mul(s, t) m = Mul(f, u) a = Add(m, b) z = Relu(a) }",
    "matmul of bytes, quantised": "(uint8[300,192] x, uint8[192,264] y) => (uint8[300,264] z)"
    " <float s = {0.02}, uint8 p = {120}, float t = {0.5}, uint8 q = {128}> { z = QLinearMatMul(x, s, p, y, s, q, t, p) }",
}
# Products go to wgmma (few rows with long sums: in a cluster of blocks), with operands that threads read, or that a launch before pads if
# they are large, where rows are no multiple of 16 bytes; little ones of these and convolutions to mma.sync.
SHORT_FLOATS = {
    "matmul --fp16": "(float[650,61] x, float[61,531] y) => (float[650,531] z) { z = MatMul(x, y) }",
    "matmul of little --fp16": "(float[33,65] x, float[65,129] y) => (float[33,129] z) { z = MatMul(x, y) }",
    "matmul in place --fp16": "(float[200,72] x, float[72,136] y) => (float[200,136] z) { z = MatMul(x, y) }",
    "matmul batched --fp16": "(float[3,130,64] x, float[3,64,72] y) => (float[3,130,72] z) { z = MatMul(x, y) }",
    "matmul dynamic --fp16": "(float[n,64] x, float[64,48] y) => (float[n,48] z) { s = MatMul(x, y) z = Relu(s) }",
    "matmul of odd sums --fp16": "(float[130,301] x, float[301,72] y) => (float[130,72] z) { z = MatMul(x, y) }",
    "matmul of odd columns --fp16": "(float[130,320] x, float[320,77] y) => (float[130,77] z) { z = MatMul(x, y) }",
    "matmul of odd sums, padded --fp16": "(float[1001,1003] x, float[1003,1005] y) => (float[1001,1005] z) { z = MatMul(x, y) }",
    "matmul of odd columns, padded --fp16": "(float[9,520,512] x, float[9,512,301] y) => (float[9,520,301] z) { z = MatMul(x, y) }",
    "gemm of few rows, padded --fp16": "(float[7,2047] x, float[1016,2047] y, float[1016] b) => (float[7,1016] z)"
    " { z = Gemm<transB=1>(x, y, b) }",
    "gemm of odd rows --fp16": "(float[61,651] x, float[61,533] y, float[533] b) => (float[651,533] z)"
    " { s = Gemm<transA=1>(x, y, b) z = Gelu(s) }",
    "gemm of odd sums --fp16": "(float[650,77] x, float[531,77] y, float[531] b) => (float[650,531] z) { z = Gemm<transB=1>(x, y, b) }",
    "gemm of straddling rows --fp16": "(float[1000,264] x, float[1000,264] y, float[1000] b) => (float[1000,1000] z)"
    " { s = Gemm<transB=1>(x, y, b) z = Relu(s) }",
    "gemm of few rows --fp16": "(float[7,1024] x, float[264,1024] y, float[264] b) => (float[7,264] z)"
    " { s = Gemm<transB=1>(x, y, b) z = Gelu(s) }",
    "gemm and residual --fp16": "(float[150,64] x, float[64,256] y, float[256] b, float[150,256] r) => (float[150,256] z)"
    " { s = MatMul(x, y) t = Add(s, b) z = Add(t, r) }",
    "attention --fp16": "(float[2,72,64] q, float[2,64,72] k, float[2,72,64] v) => (float[2,72,64] z)"
    " <float scale = {0.125}> { t = Mul(q, scale) s = MatMul(t, k) p = Softmax<axis=-1>(s) z = MatMul(p, v) }",
    "attention of odd lengths --fp16": "(float[2,3,141,64] q, float[2,3,64,141] k, float[2,3,141,64] v, float[2,1,141,141] m) => (float[2,3,141,64] z)"
    " <float scale = {0.125}> { t = Mul(q, scale) s = MatMul(t, k) b = Add(s, m) p = Softmax<axis=-1>(b) z = MatMul(p, v) }",
    "attention dynamic --fp16": "(float[2,n,64] q, float[2,64,n] k, float[2,n,64] v) => (float[2,n,64] z)"
    " <float scale = {0.125}> { t = Mul(q, scale) s = MatMul(t, k) p = Softmax<axis=-1>(s) z = MatMul(p, v) }",
    "attention dynamic in eights --fp16": "(float[2,w,64] q, float[2,64,w] k, float[2,w,64] v) => (float[2,w,64] z)"
    " <float scale = {0.125}> { t = Mul(q, scale) s = MatMul(t, k) p = Softmax<axis=-1>(s) z = MatMul(p, v) }",
    "convolution --fp16": "(float[2,16,13,15] x, float[24,16,3,3] w, float[24] b) => (float[2,24,13,15] z)"
    " { s = Conv<pads=[1,1,1,1]>(x, w, b) z = Relu(s) }",
    "convolution of points --fp16": "(float[2,64,9,16] x, float[72,64,1,1] w) => (float[2,72,9,16] z) { z = Conv(x, w) }",
    "convolution by channel --fp16": "(float[2,6,9,9] x, float[6,1,3,3] w) => (float[2,6,9,9] z) { z = Conv<group=6, pads=[1,1,1,1]>(x, w) }",
    "softmax --fp16": "(float[9,1000] x) => (float[9,1000] z) { z = Softmax<axis=-1>(x) }",
    "layer norm --fp16": "(float[19,768] x, float[768] w, float[768] b) => (float[19,768] z) { z = LayerNormalization<axis=-1>(x, w, b) }",
}
# The copy engine takes rows along K alone: what lies otherwise is turned by a launch before, sums of no whole 16 bytes are padded.
TF32 = {
    "matmul of odd sums --tf32": "(float[1301,301] x, float[301,1064] y) => (float[1301,1064] z) { z = MatMul(x, y) }",
    "matmul batched --tf32": "(float[9,520,512] x, float[9,512,301] y) => (float[9,520,301] z) { z = MatMul(x, y) }",
    "matmul dynamic --tf32": "(float[n,64] x, float[64,48] y) => (float[n,48] z) { s = MatMul(x, y) z = Relu(s) }",
    "matmul and residual --tf32": "(float[650,256] x, float[256,640] y, float[640] b, float[650,640] r) => (float[650,640] z)"
    " { s = MatMul(x, y) t = Add(s, b) z = Add(t, r) }",
    "gemm of odd rows --tf32": "(float[301,1301] x, float[301,1065] y, float[1065] b) => (float[1301,1065] z)"
    " { s = Gemm<transA=1>(x, y, b) z = Gelu(s) }",
    "gemm of few rows --tf32": "(float[7,1024] x, float[264,1024] y, float[264] b) => (float[7,264] z)"
    " { s = Gemm<transB=1>(x, y, b) z = Gelu(s) }",
    "gemm of odd sums, dynamic --tf32": "(float[n,301] x, float[264,301] y) => (float[n,264] z) { z = Gemm<transB=1>(x, y) }",
    "attention dynamic --tf32": "(float[2,w,64] q, float[2,64,w] k, float[2,w,64] v) => (float[2,w,64] z)"
    " <float scale = {0.125}> { t = Mul(q, scale) s = MatMul(t, k) p = Softmax<axis=-1>(s) z = MatMul(p, v) }",
}
# Dequantised operands of both kinds: the elements are multiplied, the sums are scaled.
DEQUANTISED = {
    "matmul of float8": "(float8e4m3fn[300,192] x, float8e4m3fn[192,264] y) => (float[300,264] z) <float s = {0.05}>"
    " { a = DequantizeLinear(x, s) b = DequantizeLinear(y, s) z = MatMul(a, b) }",
    "matmul of float8, few rows": "(float8e4m3fn[5,1024] x, float8e4m3fn[1024,72] y, float[72] t) => (float[5,72] z) <float s = {0.05}>"
    " { a = DequantizeLinear(x, s) b = DequantizeLinear<axis=1>(y, t) z = MatMul(a, b) }",
    "gemm of float8": "(float8e5m2[520,350] x, float8e4m3fn[640,350] y, float[640] t, float[640] c) => (float[520,640] z) <float s = {0.05}>"
    " { a = DequantizeLinear(x, s) b = DequantizeLinear<axis=0>(y, t) g = Gemm<transB=1>(a, b, c) z = Relu(g) }",
    # Of whole numbers, so that no sum lies on the two sides of a float8's rounding.
    "linear of float8": "(float16[2,n,256] x, float16[512,256] y, float16[512] c) => (float8e4m3fn[2,n,512] z) <float sf = {0.5}, float tf = {0.25},"
    " float uf = {4}, float none = {0}> { s = Cast<to=10>(sf) t = Cast<to=10>(tf) u = Cast<to=10>(uf) p = Cast<to=17>(none) w = Round(x)"
    " q = QuantizeLinear(w, s, p) a = DequantizeLinear(q, s) r = Round(y) k = Cast<to=17>(r) b = DequantizeLinear(k, t) d = Transpose(b)"
    " m = MatMul(a, d) f = Round(c) e = Add(m, f) z = QuantizeLinear(e, u, p) }",
    "matmul of dequantised bytes": "(uint8[650,200] x, int8[200,1064] y, float[1064] t) => (float[650,1064] z)"
    " <float s = {0.02}, uint8 p = {128}> { a = DequantizeLinear(x, s, p) b = DequantizeLinear<axis=1>(y, t) z = MatMul(a, b) }",
    "gemm of dequantised bytes": "(int8[650,350] x, int8[532,350] y, float[532] t, float[532] c) => (float[650,532] z)"
    " <float s = {0.02}, int8 p = {-5}> { a = DequantizeLinear(x, s, p) b = DequantizeLinear<axis=0>(y, t) z = Gemm<transB=1>(a, b, c) }",
    "linear of quantised bytes": "(float[2,n,256] x, int8[256,144] y, float[144] c) => (uint8[2,n,144] z)"
    " <float s = {0.03}, uint8 p = {128}, float t = {0.01}, float u = {1.7}> { q = QuantizeLinear(x, s, p) a = DequantizeLinear(q, s, p)"
    " b = DequantizeLinear(y, t) m = MatMul(a, b) e = Add(m, c) z = QuantizeLinear(e, u, p) }",
}
PRODUCTS = {**BYTES, **SHORT_FLOATS, **TF32, **DEQUANTISED}
