// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops that give a graph its structure: constants, symbolic dims, fusion regions and their terminator.

#ifndef TENON_DIALECTS_INFER_IR_INFERSTRUCTUREOPS_TD
#define TENON_DIALECTS_INFER_IR_INFERSTRUCTUREOPS_TD

include "dialects/Infer/IR/InferDialect.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Infer_ConstantOp : Infer_Op<"constant", [ConstantLike, Pure, AllTypesMatch<["value", "result"]>]> {
  let summary = "tensor constant";
  let description = [{
    A tensor known at compile time. Small ones are dense attributes; large ones are dense resources whose bytes stay in the
    mapped model file.

    Example:
    ```mlir
    %0 = infer.constant dense<1.0> : tensor<2x3xf32>
    ```
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
}

def Infer_SymbolicDimOp : Infer_Op<"symbolic_dim", [Pure]> {
  let summary = "symbolic dimension";
  let description = [{
    A dimension whose value is known when the engine runs. Declared by the model by name; bounds are assumptions that a guard checks at entry.

    Example:
    ```mlir
    %batch = infer.symbolic_dim "batch" [1, 64]
    ```
  }];
  let arguments = (ins StrAttr:$name, I64Attr:$minimum, I64Attr:$maximum);
  let results = (outs Index:$result);
  let assemblyFormat = "$name `[` $minimum `,` $maximum `]` attr-dict";
}

def Infer_BindShapeOp : Infer_Op<"bind_shape"> {
  let summary = "tie of a tensor's dimensions to symbolic dims";
  let description = [{
    States that dimension i of `tensor` equals result i of `shape` applied to `symbols`.

    Example:
    ```mlir
    infer.bind_shape %ids, [%batch, %length], affine_map<()[s0, s1] -> (s0, s1)> : tensor<?x?xi64>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$tensor, Variadic<Index>:$symbols, AffineMapAttr:$shape);
  let assemblyFormat = "$tensor `,` `[` $symbols `]` `,` $shape attr-dict `:` type($tensor)";
}

def Infer_YieldOp : Infer_Op<"yield", [Pure, ReturnLike, Terminator]> {
  let summary = "terminator of infer regions";
  let description = [{
    Gives the values of the enclosing region.

    Example:
    ```mlir
    infer.yield %0 : tensor<4xf32>
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
  let builders = [OpBuilder<(ins), [{ /* nothing is yielded */ }]>];
}

def Infer_FusionOp : Infer_Op<"fusion", [AttrSizedOperandSegments, IsolatedFromAbove, Pure, SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "group of ops that becomes one dispatch";
  let description = [{
    Runs `body` as one kernel dispatch. Operands are tensors or index and integer scalars; block argument i is operand i.
    `result_dims` holds, in order, the value of every dynamic dimension of every result.

    Example:
    ```mlir
    %r = infer.fusion ins(%x, %d : tensor<?x8xf32>, index) dims(%d) {
    ^bb0(%a: tensor<?x8xf32>, %n: index):
      %0 = infer.relu %a : (tensor<?x8xf32>) -> tensor<?x8xf32>
      infer.yield %0 : tensor<?x8xf32>
    } : tensor<?x8xf32>
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$inputs, Variadic<Index>:$result_dims);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    (`ins` `(` $inputs^ `:` type($inputs) `)`)? (`dims` `(` $result_dims^ `)`)? attr-dict-with-keyword
    $body (`:` type($results)^)?
  }];
  let hasVerifier = 1;
}

#endif // TENON_DIALECTS_INFER_IR_INFERSTRUCTUREOPS_TD
