// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops that fold a sliding window.

#ifndef TENON_DIALECTS_INFER_IR_INFERPOOLINGOPS_TD
#define TENON_DIALECTS_INFER_IR_INFERPOOLINGOPS_TD

include "dialects/Infer/IR/InferShapedOp.td"

/// A window over the spatial dimensions; layout is batch, channel, spatial.
class Infer_PoolOp<string mnemonic, string what, string formula, dag extraArguments, dag extraResults>
    : Infer_ShapedOp<mnemonic, [Pure]> {
  let summary = what # " of a sliding window";
  let description = [{
    The }] # what # [{ of each window over the spatial dimensions. `pads` holds all beginnings, then all ends; it is used if
    `auto_pad` is `NOTSET`. Padding takes no part in the value. With `ceil_mode` the last window may begin inside the input and end outside.

    Formula: `y[n, c, o...] = }] # formula # [{`

    Constraints:
    - (C1) `x` has rank 3 or more.
    - (C2) `kernel_shape`, `strides` and `dilations` hold one positive number for each spatial dimension.
    - (C3) `pads` holds two numbers for each spatial dimension, non-negative and less than the dilated kernel.
    - (C4) `auto_pad` is `NOTSET`, `VALID`, `SAME_UPPER` or `SAME_LOWER`.
    - (C5) The window is not larger than the padded input.

    Example:
    ```mlir
    }] # !if(!empty(extraResults), "%y", "%y, %i") # " = infer." # mnemonic # [{ %x {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
        : (tensor<?x8x4x4xf32>) -> }] # !if(!empty(extraResults), "tensor<?x8x2x2xf32>", "(tensor<?x8x2x2xf32>, tensor<?x8x2x2xi64>)") # [{
    ```
  }];
  let arguments = !con((ins Infer_OrderedTensor:$x, DenseI64ArrayAttr:$kernel_shape, DenseI64ArrayAttr:$strides,
                            DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations, Infer_DefaultBool<"false">:$ceil_mode,
                            DefaultValuedStrAttr<StrAttr, "NOTSET">:$auto_pad), extraArguments);
  let results = !con((outs Infer_OrderedTensor:$y), extraResults);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
  let extraClassDefinition = Infer_ShapeFunction<"poolShape(scope, op.getX(), op.getKernelShape(), op.getStrides(), op.getPads(), op.getDilations(), op.getCeilMode(), op.getAutoPad(), $cppClass::hasTrait<::mlir::OpTrait::NResults<2>::Impl>(), results)">.definition;
}

def Infer_MaxPoolOp : Infer_PoolOp<"max_pool", "greatest element", "max_k x[n, c, o * stride + k * dilation - pad]", (ins), (outs)>;
def Infer_MaxPoolWithIndicesOp : Infer_PoolOp<"max_pool_with_indices", "greatest element with its flat position",
    "(max_k, argmax_k) x[n, c, o * stride + k * dilation - pad]", (ins Infer_DefaultI64<"0">:$storage_order),
    (outs RankedTensorOf<[I64]>:$indices)>;
def Infer_AveragePoolOp : Infer_PoolOp<"average_pool", "mean", "sum_k x[n, c, o * stride + k * dilation - pad] / count",
    (ins Infer_DefaultBool<"false">:$count_include_pad), (outs)>;

#endif // TENON_DIALECTS_INFER_IR_INFERPOOLINGOPS_TD
