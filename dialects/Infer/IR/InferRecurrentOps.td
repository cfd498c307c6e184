// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Recurrent layers over a sequence.

#ifndef TENON_DIALECTS_INFER_IR_INFERRECURRENTOPS_TD
#define TENON_DIALECTS_INFER_IR_INFERRECURRENTOPS_TD

include "dialects/Infer/IR/InferShapedOp.td"

/// Operands and attributes that all recurrent layers share; `gates` is the number of gates.
class Infer_RecurrentOp<string mnemonic, string gates, string formula, dag extraOperands, dag extraAttributes, dag extraResults, string extraFormat>
    : Infer_ShapedOp<mnemonic, [Pure, AttrSizedOperandSegments]> {
  let summary = "recurrent layer over a sequence (" # mnemonic # ")";
  let description = [{
    Runs the cell over the sequence in the given `direction` (`forward`, `reverse`, `bidirectional`). `layout` 0 is sequence, batch, input; 1 is batch,
    sequence, input. `y` holds every state, `y_h` the last one. Per direction the `activations`, with `activation_alpha` and `activation_beta`, may be others than ONNX's default.

    Formula: }] # formula # [{

    Constraints:
    - (C1) `x` has rank 3, and all float operands its element type.
    - (C2) `direction` is one of those, and `layout` is 0 or 1.
    - (C3) `hidden_size` is in [1, 2^24].
    - (C4) `w` is directions x }] # gates # [{ * hidden_size x input size.
    - (C5) `r` is directions x }] # gates # [{ * hidden_size x hidden_size.
    - (C6) `b` is directions x 2 * }] # gates # [{ * hidden_size.
    - (C7) `sequence_lens` has rank 1 and one element per batch.
    - (C8) The initial states are directions x batch x hidden_size (batch first if `layout` is 1).
    - (C9) `activations`, if given, are names that ONNX knows, one for each kind of gate and direction.

    Example:
    ```mlir
    }] # !if(!empty(extraResults), "%y, %h", "%y, %h, %c") # " = infer." # mnemonic # [{ %x, %w, %r {hidden_size = 8 : i64}
        : (tensor<?x?x4xf32>, tensor<1x}] # !cond(!eq(gates, "4"): "32", !eq(gates, "3"): "24", true: "8") # "x4xf32>, tensor<1x" # !cond(!eq(gates, "4"): "32", !eq(gates, "3"): "24", true: "8")
        # [{x8xf32>) -> (tensor<?x1x?x8xf32>, tensor<1x?x8xf32>}] # !if(!empty(extraResults), "", ", tensor<1x?x8xf32>") # [{)
    ```
  }];
  let arguments = !con((ins Infer_FloatTensor:$x, Infer_FloatTensor:$w, Infer_FloatTensor:$r, Optional<Infer_FloatTensor>:$b,
                            Optional<RankedTensorOf<[I32]>>:$sequence_lens, Optional<Infer_FloatTensor>:$initial_h), extraOperands,
                       (ins I64Attr:$hidden_size, DefaultValuedStrAttr<StrAttr, "forward">:$direction, Infer_DefaultI64<"0">:$layout,
                            OptionalAttr<StrArrayAttr>:$activations, OptionalAttr<DenseF32ArrayAttr>:$activation_alpha,
                            OptionalAttr<DenseF32ArrayAttr>:$activation_beta, OptionalAttr<F32Attr>:$clip), extraAttributes);
  let results = !con((outs Infer_FloatTensor:$y, Infer_FloatTensor:$y_h), extraResults);
  let assemblyFormat = [{
    $x `,` $w `,` $r (`bias` `(` $b^ `)`)? (`lengths` `(` $sequence_lens^ `)`)? (`initial_h` `(` $initial_h^ `)`)? }] # extraFormat # [{
    attr-dict `:` functional-type(operands, results)
  }];
}

def Infer_LSTMOp : Infer_RecurrentOp<"lstm", "4",
    "`i, o, f = f(x w + h r + b + p . c)`, `c = f . c + i . g(x w + h r + b)`, `h = o . h(c)`; gates in the order i, o, f, c",
    (ins Optional<Infer_FloatTensor>:$initial_c, Optional<Infer_FloatTensor>:$p), (ins Infer_DefaultBool<"false">:$input_forget),
    (outs Infer_FloatTensor:$y_c), "(`initial_c` `(` $initial_c^ `)`)? (`peepholes` `(` $p^ `)`)?"> {
  let extraClassDefinition = Infer_ShapeFunction<"recurrentShape(scope, op, 4, results)">.definition;
}

def Infer_GRUOp : Infer_RecurrentOp<"gru", "3",
    "`z, r = f(x w + h r + b)`, `n = g(x w + (r . h) r + b)`, `h = (1 - z) . n + z . h`; gates in the order z, r, h", (ins),
    (ins Infer_DefaultBool<"false">:$linear_before_reset), (outs), ""> {
  let extraClassDefinition = Infer_ShapeFunction<"recurrentShape(scope, op, 3, results)">.definition;
}

def Infer_RNNOp : Infer_RecurrentOp<"rnn", "1", "`h = f(x w + h r + b)`", (ins), (ins), (outs), ""> {
  let extraClassDefinition = Infer_ShapeFunction<"recurrentShape(scope, op, 1, results)">.definition;
}

#endif // TENON_DIALECTS_INFER_IR_INFERRECURRENTOPS_TD
