// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops that sum products over a contracted index: matrix products and convolutions.

#ifndef TENON_DIALECTS_INFER_IR_INFERCONTRACTIONOPS_TD
#define TENON_DIALECTS_INFER_IR_INFERCONTRACTIONOPS_TD

include "dialects/Infer/IR/InferShapedOp.td"

def Infer_MatMulOp : Infer_ShapedOp<"mat_mul", [Pure]> {
  let summary = "matrix product";
  let description = [{
    Matrix product with numpy's rules for vectors and for broadcasting leading dimensions.

    Formula: `y[..., m, n] = sum_k a[..., m, k] * b[..., k, n]`

    Constraints:
    - (C1) `a` and `b` have one element type.
    - (C2) `a` and `b` have rank 1 or more.
    - (C3) The contracted dimensions are equal.
    - (C4) The leading dimensions broadcast.

    Example:
    ```mlir
    %y = infer.mat_mul %a, %b : (tensor<?x8x4xf32>, tensor<4x16xf32>) -> tensor<?x8x16xf32>
    ```
  }];
  let arguments = (ins Infer_NumberTensor:$a, Infer_NumberTensor:$b);
  let results = (outs Infer_NumberTensor:$y);
  let assemblyFormat = "$a `,` $b attr-dict `:` functional-type(operands, results)";
}

def Infer_GemmOp : Infer_ShapedOp<"gemm", [Pure]> {
  let summary = "general matrix product";
  let description = [{
    Product of two matrices, each transposed if asked, scaled and added to a scaled `c` that is broadcast.

    Formula: `y = alpha * a' * b' + beta * c`

    Constraints:
    - (C1) All operands have one element type, which is the result's; or `a` and `b` hold integers of 8 bits, of any signs, and `c` and the result
      hold i32; or `a` and `b` hold floats of 8 bits, of any of the two formats, and `c` and the result hold f32.
    - (C2) `a` and `b` have rank 2.
    - (C3) The contracted dimensions are equal.
    - (C4) `c` broadcasts to the product and does not enlarge it.

    Example:
    ```mlir
    %y = infer.gemm %a, %b, %c {trans_b = true} : (tensor<?x8xf32>, tensor<16x8xf32>, tensor<16xf32>) -> tensor<?x16xf32>
    ```
  }];
  let arguments = (ins Infer_NumberTensor:$a, Infer_NumberTensor:$b, Optional<Infer_NumberTensor>:$c,
                       Infer_DefaultF32<"1.0f">:$alpha, Infer_DefaultF32<"1.0f">:$beta,
                       Infer_DefaultBool<"false">:$trans_a, Infer_DefaultBool<"false">:$trans_b);
  let results = (outs Infer_NumberTensor:$y);
  let assemblyFormat = "$a `,` $b (`,` $c^)? attr-dict `:` functional-type(operands, results)";
  let extraClassDeclaration = Infer_ShapeCode<>.declaration # [{
    /// A `c` whose factor is 0 is not read: it may hold anything.
    bool addsC() { return getC() && !getBeta().isZero(); }
  }];
}

def Infer_ConvOp : Infer_ShapedOp<"conv", [Pure]> {
  let summary = "convolution";
  let description = [{
    Cross-correlation over any number of spatial dimensions; layout is batch, channel, spatial. `pads` holds all beginnings,
    then all ends; it is used if `auto_pad` is `NOTSET`.

    Formula: `y[n, f, o...] = b[f] + sum_{c, k...} x[n, c, o * stride + k * dilation - pad] * w[f, c, k...]`

    Constraints:
    - (C1) All operands have one element type.
    - (C2) `x` has rank 3 or more, and `w` has the rank of `x`.
    - (C3) `strides` and `dilations` hold one positive number for each spatial dimension.
    - (C4) `pads` holds two non-negative numbers for each spatial dimension.
    - (C5) `group` is positive and divides the channels of `x` and the filters of `w`.
    - (C6) The channels of `x` are `group` times the channels of `w`.
    - (C7) `b` has rank 1 and one element per filter.
    - (C8) `auto_pad` is `NOTSET`, `VALID`, `SAME_UPPER` or `SAME_LOWER`.
    - (C9) The dilated kernel is not empty and not larger than the padded input.

    Example:
    ```mlir
    %y = infer.conv %x, %w, %b {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
        : (tensor<?x3x224x224xf32>, tensor<8x3x3x3xf32>, tensor<8xf32>) -> tensor<?x8x112x112xf32>
    ```
  }];
  let arguments = (ins Infer_NumberTensor:$x, Infer_NumberTensor:$w, Optional<Infer_NumberTensor>:$b,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations,
                       Infer_DefaultI64<"1">:$group, DefaultValuedStrAttr<StrAttr, "NOTSET">:$auto_pad);
  let results = (outs Infer_NumberTensor:$y);
  let assemblyFormat = "$x `,` $w (`,` $b^)? attr-dict `:` functional-type(operands, results)";
}

def Infer_ConvTransposeOp : Infer_ShapedOp<"conv_transpose", [Pure]> {
  let summary = "transposed convolution";
  let description = [{
    The gradient of a convolution with respect to its input, as an op of its own: each input element adds a scaled kernel to the
    output. `output_shape` (spatial) wins over `pads`, which are then computed.

    Formula: `y[n, f, i * stride + k * dilation - pad] += x[n, c, i...] * w[c, f, k...]`

    Constraints:
    - (C1) All operands have one element type.
    - (C2) `x` has rank 3 or more, and `w` has the rank of `x`.
    - (C3) `strides` and `dilations` hold one positive number for each spatial dimension.
    - (C4) `pads` holds two non-negative numbers for each spatial dimension.
    - (C5) `group` is positive and divides the channels of `x`, which are the first dimension of `w`.
    - (C6) `b` has rank 1 and one element per output channel.
    - (C7) `output_padding` and `output_shape`, if not empty, hold one non-negative number for each spatial dimension.
    - (C8) `auto_pad` is `NOTSET`, `VALID`, `SAME_UPPER` or `SAME_LOWER`.

    Example:
    ```mlir
    %y = infer.conv_transpose %x, %w {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
        : (tensor<1x8x16x16xf32>, tensor<8x4x2x2xf32>) -> tensor<1x4x32x32xf32>
    ```
  }];
  let arguments = (ins Infer_NumberTensor:$x, Infer_NumberTensor:$w, Optional<Infer_NumberTensor>:$b,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations,
                       Infer_DefaultI64<"1">:$group, DefaultValuedStrAttr<StrAttr, "NOTSET">:$auto_pad,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$output_padding,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$output_shape);
  let results = (outs Infer_NumberTensor:$y);
  let assemblyFormat = "$x `,` $w (`,` $b^)? attr-dict `:` functional-type(operands, results)";
}

#endif // TENON_DIALECTS_INFER_IR_INFERCONTRACTIONOPS_TD
