// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops that read or write at computed positions, sort, and select by value.

#ifndef TENON_DIALECTS_INFER_IR_INFERINDEXINGOPS_TD
#define TENON_DIALECTS_INFER_IR_INFERINDEXINGOPS_TD

include "dialects/Infer/IR/InferShapedOp.td"

def Infer_GatherOp : Infer_ShapedOp<"gather", [Pure], ["inferElements"]> {
  let summary = "slices at given positions";
  let description = [{
    Reads the slices of `data` along `axis` at `indices`; negative indices count from the end.

    Formula: `y[a..., i..., b...] = data[a..., indices[i...], b...]`

    Constraints:
    - (C1) `axis` lies in [0, rank).

    Example:
    ```mlir
    %y = infer.gather %x, %i {axis = 0 : i64} : (tensor<100x8xf32>, tensor<?x?xi64>) -> tensor<?x?x8xf32>
    ```
  }];
  let arguments = (ins Infer_Tensor:$data, Infer_IndexTensor:$indices, Infer_DefaultI64<"0">:$axis);
  let results = (outs Infer_Tensor:$y);
  let assemblyFormat = "$data `,` $indices attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Infer_GatherElementsOp : Infer_ShapedOp<"gather_elements", [Pure]> {
  let summary = "elements at given positions of one dimension";
  let description = [{
    Reads one element per index; the index replaces the position along `axis`.

    Formula: `y[i, j, k] = data[i, indices[i, j, k], k]` for axis 1

    Constraints:
    - (C1) `data` and `indices` have one rank, 1 or more.
    - (C2) `axis` lies in [0, rank).

    Example:
    ```mlir
    %y = infer.gather_elements %x, %i {axis = 1 : i64} : (tensor<?x8xf32>, tensor<?x2xi64>) -> tensor<?x2xf32>
    ```
  }];
  let arguments = (ins Infer_Tensor:$data, Infer_IndexTensor:$indices, Infer_DefaultI64<"0">:$axis);
  let results = (outs Infer_Tensor:$y);
  let assemblyFormat = "$data `,` $indices attr-dict `:` functional-type(operands, results)";
}

def Infer_GatherNDOp : Infer_ShapedOp<"gather_nd", [Pure]> {
  let summary = "slices at given coordinates";
  let description = [{
    Reads the slice of `data` at each coordinate that the last dimension of `indices` holds; the first `batch_dims` dimensions of both go together.

    Formula: `y[b..., i..., s...] = data[b..., indices[b..., i..., :]..., s...]`

    Constraints:
    - (C1) `data` and `indices` have rank 1 or more.
    - (C2) `batch_dims` is not negative and less than both ranks.
    - (C3) The last dimension of `indices` is static, and `batch_dims` more than it is at most the rank of `data`.
    - (C4) The batch dimensions of both are equal.

    Example:
    ```mlir
    %y = infer.gather_nd %x, %i : (tensor<?x8x4xf32>, tensor<?x2xi64>) -> tensor<?x4xf32>
    ```
  }];
  let arguments = (ins Infer_Tensor:$data, RankedTensorOf<[I64]>:$indices, Infer_DefaultI64<"0">:$batch_dims);
  let results = (outs Infer_Tensor:$y);
  let assemblyFormat = "$data `,` $indices attr-dict `:` functional-type(operands, results)";
}

def Infer_ScatterElementsOp : Infer_ShapedOp<"scatter_elements", [Pure]> {
  let summary = "tensor with elements replaced at given positions";
  let description = [{
    `data` with one element per index replaced by, or combined with, the update; `reduction` is `none`, `add`, `mul`, `max` or `min`.

    Formula: `y[i, indices[i, j, k], k] = updates[i, j, k]` for axis 1

    Constraints:
    - (C1) `data`, `indices` and `updates` have one rank, 1 or more; `data` and `updates` one element type.
    - (C2) `axis` lies in [0, rank).
    - (C3) `indices` and `updates` have equal dimensions.
    - (C4) `reduction` is one of those.

    Example:
    ```mlir
    %y = infer.scatter_elements %x, %i, %u {axis = 1 : i64} : (tensor<?x8xf32>, tensor<?x2xi64>, tensor<?x2xf32>) -> tensor<?x8xf32>
    ```
  }];
  let arguments = (ins Infer_Tensor:$data, Infer_IndexTensor:$indices, Infer_Tensor:$updates, Infer_DefaultI64<"0">:$axis,
                       DefaultValuedStrAttr<StrAttr, "none">:$reduction);
  let results = (outs Infer_Tensor:$y);
  let assemblyFormat = "$data `,` $indices `,` $updates attr-dict `:` functional-type(operands, results)";
}

def Infer_ScatterNDOp : Infer_ShapedOp<"scatter_nd", [Pure]> {
  let summary = "tensor with slices replaced at given coordinates";
  let description = [{
    `data` with the slice at each coordinate of `indices` replaced by, or combined with, the update.

    Formula: `y[indices[i..., :]..., s...] = updates[i..., s...]`

    Constraints:
    - (C1) `data` and `indices` have rank 1 or more; `data` and `updates` one element type.
    - (C2) The last dimension of `indices` is static and at most the rank of `data`.
    - (C3) The dimensions of `updates` are those of `indices` without the last, then those of a slice.
    - (C4) `reduction` is `none`, `add`, `mul`, `max` or `min`.

    Example:
    ```mlir
    %y = infer.scatter_nd %x, %i, %u : (tensor<?x8xf32>, tensor<2x1xi64>, tensor<2x8xf32>) -> tensor<?x8xf32>
    ```
  }];
  let arguments = (ins Infer_Tensor:$data, RankedTensorOf<[I64]>:$indices, Infer_Tensor:$updates,
                       DefaultValuedStrAttr<StrAttr, "none">:$reduction);
  let results = (outs Infer_Tensor:$y);
  let assemblyFormat = "$data `,` $indices `,` $updates attr-dict `:` functional-type(operands, results)";
}

def Infer_TopKOp : Infer_ShapedOp<"top_k", [Pure]> {
  let summary = "greatest elements with their positions";
  let description = [{
    The `k` greatest (or least) elements along `axis` and their positions; among equals the lower position comes first.

    Constraints:
    - (C1) `axis` lies in [0, rank).
    - (C2) `k` has one element, not negative and not more than the dimension.

    Example:
    ```mlir
    %v, %i = infer.top_k %x, %k {axis = 1 : i64} : (tensor<?x8xf32>, tensor<1xi64>) -> (tensor<?x?xf32>, tensor<?x?xi64>)
    ```
  }];
  let arguments = (ins Infer_OrderedTensor:$x, RankedTensorOf<[I64]>:$k, I64Attr:$axis, Infer_DefaultBool<"true">:$largest,
                       Infer_DefaultBool<"true">:$sorted);
  let results = (outs Infer_OrderedTensor:$values, RankedTensorOf<[I64]>:$indices);
  let assemblyFormat = "$x `,` $k attr-dict `:` functional-type(operands, results)";
}

def Infer_NonZeroOp : Infer_ShapedOp<"non_zero", [Pure]> {
  let summary = "coordinates of non-zero elements";
  let description = [{
    The coordinates of the elements that are not 0, in row-major order, one per column.

    Example:
    ```mlir
    %y = infer.non_zero %x : (tensor<?x8xf32>) -> tensor<2x?xi64>
    ```
  }];
  let arguments = (ins Infer_TestedTensor:$x);
  let results = (outs RankedTensorOf<[I64]>:$y);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def Infer_NonZeroCountOp : Infer_ShapedOp<"non_zero_count", [Pure]> {
  let summary = "number of non-zero elements";
  let description = [{
    The number of elements that are not 0: the first half of `infer.non_zero` where the host must know the size.

    Example:
    ```mlir
    %n = infer.non_zero_count %x : (tensor<?x8xf32>) -> tensor<i64>
    ```
  }];
  let arguments = (ins Infer_TestedTensor:$x);
  let results = (outs RankedTensorOf<[I64]>:$count);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def Infer_NonZeroFillOp : Infer_ShapedOp<"non_zero_fill", [Pure]> {
  let summary = "coordinates of the first non-zero elements";
  let description = [{
    The coordinates of the first `count` elements that are not 0, in row-major order, one per column. With fewer such elements the rest is 0.

    Example:
    ```mlir
    %y = infer.non_zero_fill %x, %n : (tensor<?x8xf32>, index) -> tensor<2x?xi64>
    ```
  }];
  let arguments = (ins Infer_TestedTensor:$x, Index:$count);
  let results = (outs RankedTensorOf<[I64]>:$y);
  let assemblyFormat = "$x `,` $count attr-dict `:` functional-type(operands, results)";
}

class Infer_NonMaxSuppressionBase<string mnemonic, dag capacity, list<Trait> traits> : Infer_ShapedOp<mnemonic, [Pure] # traits> {
  let arguments = !con((ins RankedTensorOf<[F32]>:$boxes, RankedTensorOf<[F32]>:$scores,
                            Optional<RankedTensorOf<[I64]>>:$max_output_boxes_per_class, Optional<RankedTensorOf<[F32]>>:$iou_threshold,
                            Optional<RankedTensorOf<[F32]>>:$score_threshold), capacity, (ins Infer_DefaultI64<"0">:$center_point_box));
}

def Infer_NonMaxSuppressionOp : Infer_NonMaxSuppressionBase<"non_max_suppression", (ins), [AttrSizedOperandSegments]> {
  let summary = "boxes that do not overlap better ones";
  let description = [{
    For each batch and class, boxes in order of falling score that overlap no box taken before by more than `iou_threshold`, as rows (batch, class, box).

    Constraints:
    - (C1) `boxes` is batch x boxes x 4 and `scores` is batch x classes x boxes.
    - (C2) The thresholds and the limit have one element each.
    - (C3) `center_point_box` is 0 or 1.

    Example:
    ```mlir
    %y = infer.non_max_suppression %b, %s max(%n) : (tensor<1x?x4xf32>, tensor<1x?x?xf32>, tensor<1xi64>) -> tensor<?x3xi64>
    ```
  }];
  let results = (outs RankedTensorOf<[I64]>:$selected);
  let assemblyFormat = [{
    $boxes `,` $scores (`max` `(` $max_output_boxes_per_class^ `)`)? (`iou` `(` $iou_threshold^ `)`)? (`score` `(` $score_threshold^ `)`)?
    attr-dict `:` functional-type(operands, results)
  }];
}

def Infer_NonMaxSuppressionPaddedOp : Infer_NonMaxSuppressionBase<"non_max_suppression_padded", (ins Index:$capacity),
                                                                   [AttrSizedOperandSegments]> {
  let summary = "boxes that do not overlap better ones, with room to spare";
  let description = [{
    The first `capacity` rows of `infer.non_max_suppression`, those that are missing 0, and how many there are.

    Constraints:
    - (C1) `boxes` is batch x boxes x 4 and `scores` is batch x classes x boxes.
    - (C2) The thresholds and the limit have one element each.
    - (C3) `center_point_box` is 0 or 1.

    Example:
    ```mlir
    %y, %n = infer.non_max_suppression_padded %b, %s capacity(%c) : (tensor<1x?x4xf32>, tensor<1x?x?xf32>, index) -> (tensor<?x3xi64>, tensor<i64>)
    ```
  }];
  let results = (outs RankedTensorOf<[I64]>:$selected, RankedTensorOf<[I64]>:$count);
  let assemblyFormat = [{
    $boxes `,` $scores (`max` `(` $max_output_boxes_per_class^ `)`)? (`iou` `(` $iou_threshold^ `)`)? (`score` `(` $score_threshold^ `)`)?
    `capacity` `(` $capacity `)` attr-dict `:` functional-type(operands, results)
  }];
}

def Infer_UniqueOp : Infer_ShapedOp<"unique", [Pure]> {
  let summary = "elements, or slices along an axis, without repetitions";
  let description = [{
    What is different among the slices of `x` along `axis`, or among its elements in row-major order if there is no axis: in rising order if
    `sorted`, compared element by element, else in the order of their first places. Zeros of either sign are equal, NaNs are equal and
    come last. `indices` are the first places, `inverse` says for each slice which of the different ones it is, and `counts` how
    often each of these occurs.

    Constraints:
    - (C1) `axis` lies in [0, rank).

    Example:
    ```mlir
    %y, %i, %v, %c = infer.unique %x {axis = 0 : i64} : (tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?xi64>, tensor<?xi64>, tensor<?xi64>)
    ```
  }];
  let arguments = (ins Infer_Tensor:$x, OptionalAttr<I64Attr>:$axis, Infer_DefaultBool<"true">:$sorted);
  let results = (outs Infer_Tensor:$y, RankedTensorOf<[I64]>:$indices, RankedTensorOf<[I64]>:$inverse, RankedTensorOf<[I64]>:$counts);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def Infer_UniquePaddedOp : Infer_ShapedOp<"unique_padded", [Pure, DeclareOpInterfaceMethods<Infer_HostOpInterface>]> {
  let summary = "elements or slices without repetitions, with room to spare";
  let description = [{
    `infer.unique` of `x` seen as `outer` x `size` x `inner` elements, along the dim in the middle. All results have room for `size` slices;
    of the first `number` the elements of `y` stand as `outer` x `number` x `inner`, and what comes behind is not defined.

    Example:
    ```mlir
    %y, %i, %v, %c, %n = infer.unique_padded %x as(%outer, %size, %inner) : (tensor<?x8xf32>, index, index, index)
      -> (tensor<?xf32>, tensor<?xi64>, tensor<?xi64>, tensor<?xi64>, tensor<i64>)
    ```
  }];
  let arguments = (ins Infer_Tensor:$x, Index:$outer, Index:$size, Index:$inner, Infer_DefaultBool<"true">:$sorted);
  let results = (outs Infer_Tensor:$y, RankedTensorOf<[I64]>:$indices, RankedTensorOf<[I64]>:$inverse, RankedTensorOf<[I64]>:$counts,
                      RankedTensorOf<[I64]>:$number);
  let assemblyFormat = "$x `as` `(` $outer `,` $size `,` $inner `)` attr-dict `:` functional-type(operands, results)";
}

def Infer_OneHotOp : Infer_ShapedOp<"one_hot", [Pure]> {
  let summary = "one-hot encoding";
  let description = [{
    Inserts a dimension of size `depth` at `axis` that holds `values[1]` at each index (modulo depth for negative ones) and `values[0]` elsewhere.

    Constraints:
    - (C1) `axis` lies in [0, rank of the result).
    - (C2) `depth` has one element, not negative.
    - (C3) `values` has rank 1 and two elements.

    Example:
    ```mlir
    %y = infer.one_hot %i, %d, %v {axis = 1 : i64} : (tensor<?xi64>, tensor<i64>, tensor<2xf32>) -> tensor<?x?xf32>
    ```
  }];
  let arguments = (ins Infer_OrderedTensor:$indices, Infer_OrderedTensor:$depth, Infer_Tensor:$values, I64Attr:$axis);
  let results = (outs Infer_Tensor:$y);
  let assemblyFormat = "$indices `,` $depth `,` $values attr-dict `:` functional-type(operands, results)";
}

#endif // TENON_DIALECTS_INFER_IR_INFERINDEXINGOPS_TD
