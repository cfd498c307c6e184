// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops of the shape family that place elements by coordinates: resampling, blocks, triangles, diagonals.

#ifndef TENON_DIALECTS_INFER_IR_INFERRESIZEOPS_TD
#define TENON_DIALECTS_INFER_IR_INFERRESIZEOPS_TD

include "dialects/Infer/IR/InferShapeOps.td"

def Infer_ResizeOp : Infer_ShapeOp<"resize", [], [AttrSizedOperandSegments]> {
  let summary = "resampled tensor";
  let description = [{
    Resamples `x` along `axes` to `sizes`, or by `scales` (result size `floor(dim * scale)`); with both, `sizes` are the result's and `scales`
    what coordinates are divided by, which is how scales that are not constant are lowered. With `antialias` the filter of `linear` and `cubic` covers as
    many elements as a result element stands for. The coordinate in `x` of a result coordinate follows
    `coordinate_transformation_mode`; `mode` says how elements there are found (`nearest`, `linear`, `cubic`).

    Constraints:
    - (C1) `axes` are distinct and lie in [0, rank).
    - (C2) `scales`, `sizes` or both are given, of rank 1 with one element per axis.
    - (C3) `roi` has rank 1 and two elements per axis; it is given if the transformation is `tf_crop_and_resize`.
    - (C4) `mode`, `nearest_mode`, `coordinate_transformation_mode` and `keep_aspect_ratio_policy` are names that ONNX knows.
    - (C5) Scales are positive and sizes are not negative.

    Example:
    ```mlir
    %y = infer.resize %x scales(%s) {axes = array<i64: 2, 3>, mode = "linear"} : (tensor<?x8x4x4xf32>, tensor<2xf32>) -> tensor<?x8x?x?xf32>
    ```
  }];
  let arguments = (ins Infer_Tensor:$x, Optional<1DTensorOf<[AnyFloat]>>:$roi, Optional<1DTensorOf<[F32]>>:$scales,
                       Optional<Infer_ShapeTensor>:$sizes, DenseI64ArrayAttr:$axes,
                       DefaultValuedStrAttr<StrAttr, "nearest">:$mode,
                       DefaultValuedStrAttr<StrAttr, "half_pixel">:$coordinate_transformation_mode,
                       DefaultValuedStrAttr<StrAttr, "round_prefer_floor">:$nearest_mode,
                       DefaultValuedStrAttr<StrAttr, "stretch">:$keep_aspect_ratio_policy,
                       Infer_DefaultF32<"-0.75f">:$cubic_coeff_a, Infer_DefaultF32<"0.0f">:$extrapolation_value,
                       Infer_DefaultBool<"false">:$antialias, Infer_DefaultBool<"false">:$exclude_outside);
  let results = (outs Infer_Tensor:$y);
  let assemblyFormat = [{
    $x (`roi` `(` $roi^ `)`)? (`scales` `(` $scales^ `)`)? (`sizes` `(` $sizes^ `)`)? attr-dict `:` functional-type(operands, results)
  }];
}

def Infer_DepthToSpaceOp : Infer_ShapeOp<"depth_to_space"> {
  let summary = "channels moved into space";
  let description = [{
    Moves blocks of channels into square blocks of space; `mode` is `DCR` or `CRD`, the order in which the channels are read.

    Constraints:
    - (C1) `x` has rank 4.
    - (C2) `blocksize` is positive and its square divides the channels.
    - (C3) `mode` is `DCR` or `CRD`.

    Example:
    ```mlir
    %y = infer.depth_to_space %x {blocksize = 2 : i64} : (tensor<?x8x4x4xf32>) -> tensor<?x2x8x8xf32>
    ```
  }];
  let arguments = (ins Infer_Tensor:$x, I64Attr:$blocksize, DefaultValuedStrAttr<StrAttr, "DCR">:$mode);
  let results = (outs Infer_Tensor:$y);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def Infer_SpaceToDepthOp : Infer_ShapeOp<"space_to_depth"> {
  let summary = "space moved into channels";
  let description = [{
    Moves square blocks of space into channels.

    Constraints:
    - (C1) `x` has rank 4.
    - (C2) `blocksize` is positive and divides both spatial dimensions.

    Example:
    ```mlir
    %y = infer.space_to_depth %x {blocksize = 2 : i64} : (tensor<?x2x8x8xf32>) -> tensor<?x8x4x4xf32>
    ```
  }];
  let arguments = (ins Infer_Tensor:$x, I64Attr:$blocksize);
  let results = (outs Infer_Tensor:$y);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

def Infer_TriluOp : Infer_ShapeOp<"trilu"> {
  let summary = "upper or lower triangle";
  let description = [{
    Keeps the upper (or lower) triangle of the last two dimensions, diagonal `k` (0 if not given) included, and zeroes the rest.

    Formula: `y[i, j] = x[i, j] if j >= i + k (upper) or j <= i + k (lower), else 0`

    Constraints:
    - (C1) `x` has rank 2 or more.
    - (C2) `k` has one element.

    Example:
    ```mlir
    %y = infer.trilu %x {upper = false} : (tensor<?x?xf32>) -> tensor<?x?xf32>
    ```
  }];
  let arguments = (ins Infer_Tensor:$x, Optional<RankedTensorOf<[I64]>>:$k, Infer_DefaultBool<"true">:$upper);
  let results = (outs Infer_Tensor:$y);
  let assemblyFormat = "$x (`,` $k^)? attr-dict `:` functional-type(operands, results)";
}

def Infer_EyeLikeOp : Infer_ShapeOp<"eye_like"> {
  let summary = "ones on a diagonal";
  let description = [{
    A matrix of the dimensions of `x` with ones on diagonal `k` and zeros elsewhere, of element type `dtype`.

    Constraints:
    - (C1) `x` has rank 2.

    Example:
    ```mlir
    %y = infer.eye_like %x {dtype = f32} : (tensor<?x?xi64>) -> tensor<?x?xf32>
    ```
  }];
  let arguments = (ins Infer_Tensor:$x, TypeAttr:$dtype, Infer_DefaultI64<"0">:$k);
  let results = (outs Infer_Tensor:$y);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
}

#endif // TENON_DIALECTS_INFER_IR_INFERRESIZEOPS_TD
