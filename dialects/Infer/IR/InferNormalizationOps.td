// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops that normalise by statistics of their input, and softmax.

#ifndef TENON_DIALECTS_INFER_IR_INFERNORMALIZATIONOPS_TD
#define TENON_DIALECTS_INFER_IR_INFERNORMALIZATIONOPS_TD

include "dialects/Infer/IR/InferShapedOp.td"

def Infer_BatchNormalizationOp : Infer_ShapedOp<"batch_normalization", [Pure]> {
  let summary = "normalization by given statistics per channel";
  let description = [{
    Inference form of batch normalization; channels are dimension 1, and a tensor of rank 1 has one channel.

    Formula: `y = (x - mean[c]) / sqrt(var[c] + epsilon) * scale[c] + bias[c]`

    Constraints:
    - (C1) `x` has rank 1 or more.
    - (C2) `scale`, `bias`, `mean` and `var` have rank 1 and one element per channel.

    Example:
    ```mlir
    %y = infer.batch_normalization %x, %s, %b, %m, %v
        : (tensor<?x8x4x4xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8x4x4xf32>
    ```
  }];
  let arguments = (ins Infer_FloatTensor:$x, Infer_FloatTensor:$scale, Infer_FloatTensor:$bias, Infer_FloatTensor:$mean,
                       Infer_FloatTensor:$var, Infer_DefaultF32<"1e-5f">:$epsilon);
  let results = (outs Infer_FloatTensor:$y);
  let assemblyFormat = "$x `,` $scale `,` $bias `,` $mean `,` $var attr-dict `:` functional-type(operands, results)";
}

def Infer_LayerNormalizationOp : Infer_ShapedOp<"layer_normalization", [Pure]> {
  let summary = "normalization over the last dimensions";
  let description = [{
    Normalises over the dimensions from `axis` on. The first `num_statistics` of mean and inverse standard deviation are further
    results, with the folded dimensions of size 1.

    Formula: `y = (x - mean) / sqrt(variance + epsilon) * scale + bias`

    Constraints:
    - (C1) `axis` lies in [0, rank).
    - (C2) `scale` and `bias` broadcast to `x` and do not enlarge it.
    - (C3) `num_statistics` is 0, 1 or 2.

    Example:
    ```mlir
    %y = infer.layer_normalization %x, %s, %b {axis = 2 : i64} : (tensor<?x?x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x?x8xf32>
    ```
  }];
  let arguments = (ins Infer_FloatTensor:$x, Infer_FloatTensor:$scale, Optional<Infer_FloatTensor>:$bias, I64Attr:$axis,
                       Infer_DefaultF32<"1e-5f">:$epsilon, Infer_DefaultI64<"0">:$num_statistics);
  let results = (outs Infer_FloatTensor:$y, Variadic<Infer_FloatTensor>:$statistics);
  let assemblyFormat = "$x `,` $scale (`,` $bias^)? attr-dict `:` functional-type(operands, results)";
}

def Infer_RMSNormalizationOp : Infer_ShapedOp<"rms_normalization", [Pure]> {
  let summary = "normalization by the root of the mean square";
  let description = [{
    Divides by the root of the mean square over the dimensions from `axis` on.

    Formula: `y = x / sqrt(mean(x^2) + epsilon) * scale`

    Constraints:
    - (C1) `axis` lies in [0, rank).
    - (C2) `scale` broadcasts to `x` and does not enlarge it.

    Example:
    ```mlir
    %y = infer.rms_normalization %x, %s {axis = 2 : i64} : (tensor<?x?x8xf32>, tensor<8xf32>) -> tensor<?x?x8xf32>
    ```
  }];
  let arguments = (ins Infer_FloatTensor:$x, Infer_FloatTensor:$scale, I64Attr:$axis, Infer_DefaultF32<"1e-5f">:$epsilon);
  let results = (outs Infer_FloatTensor:$y);
  let assemblyFormat = "$x `,` $scale attr-dict `:` functional-type(operands, results)";
}

def Infer_InstanceNormalizationOp : Infer_ShapedOp<"instance_normalization", [Pure]> {
  let summary = "normalization over the spatial dimensions";
  let description = [{
    Normalises each channel of each sample over its spatial dimensions.

    Formula: `y = (x - mean) / sqrt(variance + epsilon) * scale[c] + bias[c]`

    Constraints:
    - (C1) `x` has rank 3 or more.
    - (C2) `scale` and `bias` have rank 1 and one element per channel.

    Example:
    ```mlir
    %y = infer.instance_normalization %x, %s, %b : (tensor<?x8x4x4xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8x4x4xf32>
    ```
  }];
  let arguments = (ins Infer_FloatTensor:$x, Infer_FloatTensor:$scale, Infer_FloatTensor:$bias, Infer_DefaultF32<"1e-5f">:$epsilon);
  let results = (outs Infer_FloatTensor:$y);
  let assemblyFormat = "$x `,` $scale `,` $bias attr-dict `:` functional-type(operands, results)";
}

def Infer_GroupNormalizationOp : Infer_ShapedOp<"group_normalization", [Pure]> {
  let summary = "normalization over groups of channels";
  let description = [{
    Normalises each group of channels of each sample over channels and spatial dimensions.

    Formula: `y = (x - mean) / sqrt(variance + epsilon) * scale[c] + bias[c]`

    Constraints:
    - (C1) `x` has rank 2 or more.
    - (C2) `scale` and `bias` have rank 1 and one element per channel.
    - (C3) `num_groups` is positive and divides the channels.

    Example:
    ```mlir
    %y = infer.group_normalization %x, %s, %b {num_groups = 4 : i64}
        : (tensor<?x8x4x4xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8x4x4xf32>
    ```
  }];
  let arguments = (ins Infer_FloatTensor:$x, Infer_FloatTensor:$scale, Infer_FloatTensor:$bias, I64Attr:$num_groups,
                       Infer_DefaultF32<"1e-5f">:$epsilon);
  let results = (outs Infer_FloatTensor:$y);
  let assemblyFormat = "$x `,` $scale `,` $bias attr-dict `:` functional-type(operands, results)";
}

def Infer_LpNormalizationOp : Infer_ShapedOp<"lp_normalization", [Pure]> {
  let summary = "division by a norm";
  let description = [{
    Divides by the norm of order `p` along `axis`; where the norm is 0 the result is 0.

    Formula: `y = x / (sum_k |x[k]|^p)^(1/p)`

    Constraints:
    - (C1) `axis` lies in [0, rank).
    - (C2) `p` is 1 or 2.

    Example:
    ```mlir
    %y = infer.lp_normalization %x {axis = 1 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32>
    ```
  }];
  let arguments = (ins Infer_FloatTensor:$x, I64Attr:$axis, Infer_DefaultI64<"2">:$p);
  let results = (outs Infer_FloatTensor:$y);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def Infer_LRNOp : Infer_ShapedOp<"lrn", [Pure]> {
  let summary = "local response normalization";
  let description = [{
    Divides by a power of the sum of squares over `size` neighbouring channels.

    Formula: `y[c] = x[c] / (bias + alpha / size * sum_{|j - c| within size} x[j]^2)^beta`

    Constraints:
    - (C1) `x` has rank 2 or more.
    - (C2) `size` is positive.

    Example:
    ```mlir
    %y = infer.lrn %x {size = 5 : i64} : (tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
    ```
  }];
  let arguments = (ins Infer_FloatTensor:$x, I64Attr:$size, Infer_DefaultF32<"1e-4f">:$alpha, Infer_DefaultF32<"0.75f">:$beta,
                       Infer_DefaultF32<"1.0f">:$bias);
  let results = (outs Infer_FloatTensor:$y);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

class Infer_SoftmaxLikeOp<string mnemonic, string what, string formula> : Infer_ShapedOp<mnemonic, [Pure]> {
  let summary = what;
  let description = [{
    The }] # what # [{ along `axis`, computed after subtracting the greatest element.

    Formula: `y[k] = }] # formula # [{`

    Constraints:
    - (C1) `axis` lies in [0, rank).

    Example:
    ```mlir
    %y = infer.}] # mnemonic # [{ %x {axis = 1 : i64} : (tensor<?x8xf32>) -> tensor<?x8xf32>
    ```
  }];
  let arguments = (ins Infer_FloatTensor:$x, I64Attr:$axis);
  let results = (outs Infer_FloatTensor:$y);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
  let extraClassDefinition = Infer_ShapeFunction<"sameShapeAlongAxis(scope, op.getX(), op.getAxis(), results)">.definition;
}

def Infer_SoftmaxOp : Infer_SoftmaxLikeOp<"softmax", "softmax", "exp(x[k]) / sum_j exp(x[j])">;
def Infer_LogSoftmaxOp : Infer_SoftmaxLikeOp<"log_softmax", "logarithm of softmax", "x[k] - log(sum_j exp(x[j]))">;

#endif // TENON_DIALECTS_INFER_IR_INFERNORMALIZATIONOPS_TD
