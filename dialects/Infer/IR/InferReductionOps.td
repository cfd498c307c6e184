// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops that fold dimensions: sums and their relatives, positions of extremes, running sums.

#ifndef TENON_DIALECTS_INFER_IR_INFERREDUCTIONOPS_TD
#define TENON_DIALECTS_INFER_IR_INFERREDUCTIONOPS_TD

include "dialects/Infer/IR/InferShapedOp.td"

/// One folded value per position of the dimensions that stay.
class Infer_ReduceOp<string mnemonic, string what, string formula, TypeConstraint tensor = Infer_NumberTensor,
                     list<string> methods = []> : Infer_ShapedOp<"reduce_" # mnemonic, [Pure], methods> {
  let summary = what # " over dimensions";
  let description = [{
    The }] # what # [{ over `axes`; with no axes, of each element alone. Folded dimensions stay with size 1 if `keepdims`.

    Formula: `y[i...] = }] # formula # [{`, k over the folded dimensions.

    Constraints:
    - (C1) `axes` are distinct and lie in [0, rank).

    Example:
    ```mlir
    %y = infer.reduce_}] # mnemonic # [{ %x {axes = array<i64: 1>, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xf32>
    ```
  }];
  let arguments = (ins tensor:$x, DenseI64ArrayAttr:$axes, Infer_DefaultBool<"true">:$keepdims);
  let results = (outs tensor:$y);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
  let extraClassDefinition = Infer_ShapeFunction<"reduceShape(scope, op.getX(), op.getAxes(), op.getKeepdims(), results)">.definition # [{
    ::mlir::OpFoldResult $cppClass::fold(FoldAdaptor adaptor) { return foldElements(*this, adaptor.getOperands()); }
  }];
}

def Infer_ReduceSumOp : Infer_ReduceOp<"sum", "sum", "sum_k x[i, k]", Infer_NumberTensor, ["inferElements"]>;
def Infer_ReduceMeanOp : Infer_ReduceOp<"mean", "mean", "sum_k x[i, k] / count">;
def Infer_ReduceMaxOp : Infer_ReduceOp<"max", "greatest element", "max_k x[i, k]", Infer_Tensor, ["inferElements"]>;
def Infer_ReduceMinOp : Infer_ReduceOp<"min", "least element", "min_k x[i, k]", Infer_Tensor, ["inferElements"]>;
def Infer_ReduceProdOp : Infer_ReduceOp<"prod", "product", "prod_k x[i, k]", Infer_NumberTensor, ["inferElements"]>;
def Infer_ReduceL1Op : Infer_ReduceOp<"l1", "sum of magnitudes", "sum_k |x[i, k]|">;
def Infer_ReduceL2Op : Infer_ReduceOp<"l2", "Euclidean norm", "sqrt(sum_k x[i, k]^2)">;
def Infer_ReduceLogSumOp : Infer_ReduceOp<"log_sum", "logarithm of the sum", "log(sum_k x[i, k])">;
def Infer_ReduceLogSumExpOp : Infer_ReduceOp<"log_sum_exp", "logarithm of the sum of exponentials", "log(sum_k exp(x[i, k]))">;
def Infer_ReduceSumSquareOp : Infer_ReduceOp<"sum_square", "sum of squares", "sum_k x[i, k]^2">;

class Infer_ArgReduceOp<string mnemonic, string extreme> : Infer_ShapedOp<mnemonic, [Pure]> {
  let summary = "position of the " # extreme # " element";
  let description = [{
    The index along `axis` of the }] # extreme # [{ element: the first such, or the last with `select_last_index`.

    Formula: `y[i...] = }] # mnemonic # [{_k x[i, k]`

    Constraints:
    - (C1) `axis` lies in [0, rank).

    Example:
    ```mlir
    %y = infer.}] # mnemonic # [{ %x {axis = 1 : i64, keepdims = false} : (tensor<?x8xf32>) -> tensor<?xi64>
    ```
  }];
  let arguments = (ins Infer_NumberTensor:$x, I64Attr:$axis, Infer_DefaultBool<"true">:$keepdims,
                       Infer_DefaultBool<"false">:$select_last_index);
  let results = (outs RankedTensorOf<[I64]>:$y);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
  let extraClassDefinition = Infer_ShapeFunction<"argReduceShape(scope, op.getX(), op.getAxis(), op.getKeepdims(), results)">.definition;
}

def Infer_ArgMaxOp : Infer_ArgReduceOp<"arg_max", "greatest">;
def Infer_ArgMinOp : Infer_ArgReduceOp<"arg_min", "least">;

def Infer_CumSumOp : Infer_ShapedOp<"cum_sum", [Pure]> {
  let summary = "running sum";
  let description = [{
    Sum of the elements up to each position along `axis`: without the element itself if `exclusive`, from the end if `reverse`.

    Formula: `y[i, k] = sum_{j <= k} x[i, j]`

    Constraints:
    - (C1) `axis` lies in [0, rank).

    Example:
    ```mlir
    %y = infer.cum_sum %x {axis = 1 : i64} : (tensor<?x8xi64>) -> tensor<?x8xi64>
    ```
  }];
  let arguments = (ins Infer_NumberTensor:$x, I64Attr:$axis, Infer_DefaultBool<"false">:$exclusive, Infer_DefaultBool<"false">:$reverse);
  let results = (outs Infer_NumberTensor:$y);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

#endif // TENON_DIALECTS_INFER_IR_INFERREDUCTIONOPS_TD
