// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops that read, compute or change shapes without changing elements.

#ifndef TENON_DIALECTS_INFER_IR_INFERSHAPEOPS_TD
#define TENON_DIALECTS_INFER_IR_INFERSHAPEOPS_TD

include "dialects/Infer/IR/InferShapedOp.td"

class Infer_ShapeOp<string mnemonic, list<string> methods = [], list<Trait> traits = []>
    : Infer_ShapedOp<mnemonic, traits # [Pure], methods>;

def Infer_ShapeOfOp : Infer_ShapeOp<"shape", ["inferElements"]> {
  let summary = "shape of a tensor";
  let description = [{
    The dimensions of `x` from `start` up to `end` (without it; the rank if not given) as a vector.

    Formula: `y[i] = dim(x, start + i)`

    Constraints:
    - (C1) 0 <= `start`, 0 <= `end`; both are clamped to the rank.

    Example:
    ```mlir
    %y = infer.shape %x : (tensor<?x8xf32>) -> tensor<2xi64>
    ```
  }];
  let arguments = (ins Infer_Tensor:$x, Infer_DefaultI64<"0">:$start, OptionalAttr<I64Attr>:$end);
  let results = (outs RankedTensorOf<[I64]>:$y);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Infer_SizeOp : Infer_ShapeOp<"size", ["inferElements"]> {
  let summary = "number of elements of a tensor";
  let description = [{
    The number of elements of `x`.

    Formula: `y = prod_i dim(x, i)`

    Example:
    ```mlir
    %y = infer.size %x : (tensor<?x8xf32>) -> tensor<i64>
    ```
  }];
  let arguments = (ins Infer_Tensor:$x);
  let results = (outs RankedTensorOf<[I64]>:$y);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Infer_ReshapeOp : Infer_ShapeOp<"reshape", ["inferElements"]> {
  let summary = "same elements in another shape";
  let description = [{
    The elements of `data` in row-major order with the dimensions `shape`: -1 (once) is what is left, and 0 copies the dimension
    of `data` at that place unless `allowzero`.

    Formula: `y.flat[i] = data.flat[i]`

    Constraints:
    - (C1) `shape` has rank 1 and a static size.
    - (C2) The elements of `shape` are -1 or more, at most one is -1.
    - (C3) A 0 without `allowzero` stands at a place that `data` has.
    - (C4) -1 and a 0 that means 0 do not come together.
    - (C5) The number of elements stays.

    Example:
    ```mlir
    %y = infer.reshape %x, %s : (tensor<?x8xf32>, tensor<3xi64>) -> tensor<?x2x4xf32>
    ```
  }];
  let arguments = (ins Infer_Tensor:$data, Infer_ShapeTensor:$shape, Infer_DefaultBool<"false">:$allowzero);
  let results = (outs Infer_Tensor:$reshaped);
  let assemblyFormat = "$data `,` $shape attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Infer_TransposeOp : Infer_ShapeOp<"transpose", ["inferElements"]> {
  let summary = "permutation of dimensions";
  let description = [{
    Dimension i of the result is dimension `perm[i]` of `x`.

    Formula: `y[i_0, ...] = x[j_0, ...]` with `j_(perm[k]) = i_k`

    Constraints:
    - (C1) `perm` is a permutation of [0, rank).

    Example:
    ```mlir
    %y = infer.transpose %x {perm = array<i64: 1, 0>} : (tensor<?x8xf32>) -> tensor<8x?xf32>
    ```
  }];
  let arguments = (ins Infer_Tensor:$x, DenseI64ArrayAttr:$perm);
  let results = (outs Infer_Tensor:$y);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Infer_ConcatOp : Infer_ShapeOp<"concat", ["inferElements"]> {
  let summary = "tensors joined along a dimension";
  let description = [{
    The inputs one after the other along `axis`.

    Formula: `y[.., offset_k + i, ..] = inputs[k][.., i, ..]`

    Constraints:
    - (C1) There is at least one input, and all have one element type and rank.
    - (C2) `axis` lies in [0, rank).
    - (C3) All dimensions but `axis` are equal.

    Example:
    ```mlir
    %y = infer.concat %a, %b {axis = 0 : i64} : (tensor<?x8xf32>, tensor<2x8xf32>) -> tensor<?x8xf32>
    ```
  }];
  let arguments = (ins Variadic<Infer_Tensor>:$inputs, I64Attr:$axis);
  let results = (outs Infer_Tensor:$y);
  let assemblyFormat = "$inputs attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Infer_SplitOp : Infer_ShapeOp<"split", ["inferElements"]> {
  let summary = "parts of a tensor along a dimension";
  let description = [{
    Cuts `input` along `axis` into `num_outputs` parts: of the given `sizes`, of the sizes that the operand `split` holds, or of equal
    size, the last one smaller.

    Formula: `y_k[.., i, ..] = input[.., offset_k + i, ..]`

    Constraints:
    - (C1) `axis` lies in [0, rank).
    - (C2) `num_outputs` is in [1, 65536].
    - (C3) At most one of `sizes` and `split` is given; it holds `num_outputs` non-negative numbers.
    - (C4) The sizes sum to the dimension; without sizes it has at least num_outputs - 1 full parts.

    Example:
    ```mlir
    %a, %b = infer.split %x {axis = 1 : i64, num_outputs = 2 : i64} : (tensor<?x8xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>)
    ```
  }];
  let arguments = (ins Infer_Tensor:$input, Optional<Infer_ShapeTensor>:$split, I64Attr:$axis, I64Attr:$num_outputs,
                       OptionalAttr<DenseI64ArrayAttr>:$sizes);
  let results = (outs Variadic<Infer_Tensor>:$outputs);
  let assemblyFormat = "$input (`,` $split^)? attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Infer_SliceOp : Infer_ShapeOp<"slice", ["inferElements"]> {
  let summary = "strided part of a tensor";
  let description = [{
    The elements from `starts` up to `ends` (without them) by `steps` (1 if not given) along `axes`. Negative positions count from
    the end; positions outside are clamped; negative steps go backwards.

    Formula: `y[i] = data[start + i * step]`

    Constraints:
    - (C1) `axes` are distinct and lie in [0, rank).
    - (C2) `starts`, `ends` and `steps` have rank 1, one integer type and one element per axis.
    - (C3) Steps are not 0.

    Example:
    ```mlir
    %y = infer.slice %x, %s, %e {axes = array<i64: 1>} : (tensor<?x8xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x?xf32>
    ```
  }];
  let arguments = (ins Infer_Tensor:$data, 1DTensorOf<[I32, I64]>:$starts, 1DTensorOf<[I32, I64]>:$ends,
                       Optional<1DTensorOf<[I32, I64]>>:$steps, DenseI64ArrayAttr:$axes);
  let results = (outs Infer_Tensor:$y);
  let assemblyFormat = "$data `,` $starts `,` $ends (`,` $steps^)? attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Infer_SqueezeOp : Infer_ShapeOp<"squeeze", ["inferElements"]> {
  let summary = "tensor without some dimensions of size 1";
  let description = [{
    Drops the dimensions `axes`, which have size 1.

    Constraints:
    - (C1) `axes` are distinct and lie in [0, rank).
    - (C2) The dimensions are 1.

    Example:
    ```mlir
    %y = infer.squeeze %x {axes = array<i64: 1>} : (tensor<?x1xf32>) -> tensor<?xf32>
    ```
  }];
  let arguments = (ins Infer_Tensor:$data, DenseI64ArrayAttr:$axes);
  let results = (outs Infer_Tensor:$y);
  let assemblyFormat = "$data attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Infer_UnsqueezeOp : Infer_ShapeOp<"unsqueeze", ["inferElements"]> {
  let summary = "tensor with further dimensions of size 1";
  let description = [{
    Inserts dimensions of size 1 at the places `axes` of the result.

    Constraints:
    - (C1) `axes` are distinct and lie in [0, rank of the result).

    Example:
    ```mlir
    %y = infer.unsqueeze %x {axes = array<i64: 1>} : (tensor<?xf32>) -> tensor<?x1xf32>
    ```
  }];
  let arguments = (ins Infer_Tensor:$data, DenseI64ArrayAttr:$axes);
  let results = (outs Infer_Tensor:$y);
  let assemblyFormat = "$data attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Infer_ExpandOp : Infer_ShapeOp<"expand", ["inferElements"]> {
  let summary = "tensor broadcast with a shape";
  let description = [{
    Broadcasts `input` and a tensor of dimensions `shape` with each other, as numpy does, and repeats `input` accordingly.

    Constraints:
    - (C1) `shape` has rank 1 and a static size.
    - (C2) The elements of `shape` are not negative.
    - (C3) The dimensions broadcast.

    Example:
    ```mlir
    %y = infer.expand %x, %s : (tensor<?x1xf32>, tensor<2xi64>) -> tensor<?x?xf32>
    ```
  }];
  let arguments = (ins Infer_Tensor:$input, Infer_ShapeTensor:$shape);
  let results = (outs Infer_Tensor:$y);
  let assemblyFormat = "$input `,` $shape attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Infer_TileOp : Infer_ShapeOp<"tile", ["inferElements"]> {
  let summary = "tensor repeated";
  let description = [{
    Repeats `input` along each dimension as often as `repeats` says.

    Formula: `y[i] = input[i mod dim]`

    Constraints:
    - (C1) `repeats` has rank 1 and one element per dimension.
    - (C2) The elements of `repeats` are not negative.

    Example:
    ```mlir
    %y = infer.tile %x, %r : (tensor<?x8xf32>, tensor<2xi64>) -> tensor<?x?xf32>
    ```
  }];
  let arguments = (ins Infer_Tensor:$input, Infer_ShapeTensor:$repeats);
  let results = (outs Infer_Tensor:$y);
  let assemblyFormat = "$input `,` $repeats attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Infer_PadOp : Infer_ShapeOp<"pad"> {
  let summary = "tensor with a border";
  let description = [{
    Adds elements before and after `data` along `axes`, or takes some away where `pads` (all beginnings, then all ends) is negative. `mode` is
    `constant` (`constant_value` or 0), `reflect`, `edge` or `wrap`.

    Constraints:
    - (C1) `mode` is one of those.
    - (C2) `axes` are distinct and lie in [0, rank).
    - (C3) `pads` has rank 1 and two elements per axis.
    - (C4) `constant_value` has one element of the element type of `data`.

    Example:
    ```mlir
    %y = infer.pad %x, %p {axes = array<i64: 1>} : (tensor<?x8xf32>, tensor<2xi64>) -> tensor<?x?xf32>
    ```
  }];
  let arguments = (ins Infer_Tensor:$data, Infer_ShapeTensor:$pads, Optional<Infer_Tensor>:$constant_value, DenseI64ArrayAttr:$axes,
                       DefaultValuedStrAttr<StrAttr, "constant">:$mode);
  let results = (outs Infer_Tensor:$y);
  let assemblyFormat = "$data `,` $pads (`,` $constant_value^)? attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Infer_RangeOp : Infer_ShapeOp<"range", ["inferElements"]> {
  let summary = "arithmetic sequence";
  let description = [{
    The numbers from `start` up to `limit` (without it) by `delta`.

    Formula: `y[i] = start + i * delta`, `size = max(ceil((limit - start) / delta), 0)`

    Constraints:
    - (C1) The operands have one element each and one element type.
    - (C2) `delta` is not 0.

    Example:
    ```mlir
    %y = infer.range %a, %b, %d : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
    ```
  }];
  let arguments = (ins Infer_NumberTensor:$start, Infer_NumberTensor:$limit, Infer_NumberTensor:$delta);
  let results = (outs Infer_NumberTensor:$y);
  let assemblyFormat = "$start `,` $limit `,` $delta attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Infer_ConstantOfShapeOp : Infer_ShapeOp<"constant_of_shape", ["inferElements"]> {
  let summary = "tensor of one value";
  let description = [{
    A tensor of the dimensions `shape` whose elements are all `value`, a tensor attribute of one element.

    Constraints:
    - (C1) `shape` has rank 1 and a static size.
    - (C2) The elements of `shape` are not negative.
    - (C3) `value` has one element.

    Example:
    ```mlir
    %y = infer.constant_of_shape %s {value = dense<1.0> : tensor<1xf32>} : (tensor<2xi64>) -> tensor<?x?xf32>
    ```
  }];
  let arguments = (ins Infer_ShapeTensor:$shape, ElementsAttr:$value);
  let results = (outs Infer_Tensor:$y);
  let assemblyFormat = "$shape attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

#endif // TENON_DIALECTS_INFER_IR_INFERSHAPEOPS_TD
