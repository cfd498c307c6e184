// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops with regions that run depending on values. Regions may use values from outside.

#ifndef TENON_DIALECTS_INFER_IR_INFERCONTROLOPS_TD
#define TENON_DIALECTS_INFER_IR_INFERCONTROLOPS_TD

include "dialects/Infer/IR/InferShapedOp.td"

class Infer_ControlOp<string mnemonic, list<Trait> traits = []>
    : Infer_ShapedOp<mnemonic, [RecursiveMemoryEffects, RecursivelySpeculatable] # traits>;

def Infer_IfOp : Infer_ControlOp<"if", [SingleBlock, NoRegionArguments]> {
  let summary = "one of two subgraphs";
  let description = [{
    Runs `then_branch` if `cond` is true, else `else_branch`, and gives what that yields.

    Constraints:
    - (C1) `cond` has one element.
    - (C2) Both regions yield as many values as there are results.
    - (C3) Both yield the same element types and ranks; dimensions that differ are dynamic in the result.

    Example:
    ```mlir
    %y = infer.if %c {
      infer.yield %a : tensor<2xf32>
    } else {
      infer.yield %b : tensor<3xf32>
    } : (tensor<i1>) -> tensor<?xf32>
    ```
  }];
  let arguments = (ins Infer_BoolTensor:$cond);
  let results = (outs Variadic<Infer_Tensor>:$results);
  let regions = (region SizedRegion<1>:$then_branch, SizedRegion<1>:$else_branch);
  let assemblyFormat = "$cond $then_branch `else` $else_branch attr-dict `:` functional-type(operands, results)";
}

def Infer_LoopOp : Infer_ControlOp<"loop", [SingleBlock, AttrSizedOperandSegments]> {
  let summary = "repeated subgraph";
  let description = [{
    Runs `body` while the condition holds and at most `max_trip_count` times. The body's arguments are the iteration number, the condition and the carried values; it
    yields the next condition, the next carried values, and values that are stacked over the iterations. Results are the last carried values, then the stacks.

    Constraints:
    - (C1) `max_trip_count` and `cond` have one element each.
    - (C2) The body has two arguments (an i64 and an i1 tensor of one element) and one per initial value, with its element type and rank.
    - (C3) The body yields a condition, the carried values with the element types and ranks of their arguments, and the values to stack.

    Example:
    ```mlir
    %y, %s = infer.loop trip(%n) init(%a) {
    ^bb0(%i: tensor<i64>, %c: tensor<i1>, %v: tensor<4xf32>):
      infer.yield %c, %v, %v : tensor<i1>, tensor<4xf32>, tensor<4xf32>
    } : (tensor<i64>, tensor<4xf32>) -> (tensor<4xf32>, tensor<?x4xf32>)
    ```
  }];
  let arguments = (ins Optional<RankedTensorOf<[I64]>>:$max_trip_count, Optional<Infer_BoolTensor>:$cond, Variadic<Infer_Tensor>:$initial);
  let results = (outs Variadic<Infer_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    (`trip` `(` $max_trip_count^ `)`)? (`while` `(` $cond^ `)`)? (`init` `(` $initial^ `)`)? $body attr-dict `:` functional-type(operands, results)
  }];
}

def Infer_ScanOp : Infer_ControlOp<"scan", [SingleBlock]> {
  let summary = "subgraph over the slices of tensors";
  let description = [{
    Runs `body` for each slice of the last `num_scan_inputs` operands along their axes. The body's arguments are the states and the slices; it yields the next states and slices of
    the outputs. Results are the last states, then the outputs. Directions are 0 for forward, 1 for backward; empty arrays mean axis 0, forward.

    Constraints:
    - (C1) `num_scan_inputs` is positive and not more than the number of operands.
    - (C2) The body has one argument per operand: a state's element type and rank, or those of a slice.
    - (C3) The body yields the states, with the element types and ranks of their arguments, and the output slices.
    - (C4) Axes and directions are empty or one per scan input or output; axes lie in the rank; the sequence dimensions are equal.

    Example:
    ```mlir
    %s, %y = infer.scan %a, %x {
    ^bb0(%v: tensor<4xf32>, %e: tensor<4xf32>):
      infer.yield %e, %v : tensor<4xf32>, tensor<4xf32>
    } {num_scan_inputs = 1 : i64} : (tensor<4xf32>, tensor<?x4xf32>) -> (tensor<4xf32>, tensor<?x4xf32>)
    ```
  }];
  let arguments = (ins Variadic<Infer_Tensor>:$operands_and_inputs, I64Attr:$num_scan_inputs,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$scan_input_axes,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$scan_input_directions,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$scan_output_axes,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$scan_output_directions);
  let results = (outs Variadic<Infer_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$operands_and_inputs $body attr-dict `:` functional-type(operands, results)";
}

#endif // TENON_DIALECTS_INFER_IR_INFERCONTROLOPS_TD
