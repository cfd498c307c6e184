// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes that stay inside the infer dialect.

#ifndef TENON_DIALECTS_INFER_TRANSFORMS_PASSES_TD
#define TENON_DIALECTS_INFER_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def InferFormFusionsPass : Pass<"infer-form-fusions", "::mlir::func::FuncOp"> {
  let summary = "Group ops into the dispatches that kernels are made for";
  let description = [{
    Every op that the device computes ends up in one `infer.fusion`. Views (reshape and its kin) stay outside: they cost nothing.
    Each decision not to fuse leaves a remark of category `fusion`.

    Example:
    ```mlir
    %0 = infer.relu %x : (tensor<8xf32>) -> tensor<8xf32>
    // becomes
    %0 = infer.fusion ins(%x : tensor<8xf32>) {
    ^bb0(%a: tensor<8xf32>):
      %1 = infer.relu %a : (tensor<8xf32>) -> tensor<8xf32>
      infer.yield %1 : tensor<8xf32>
    } : tensor<8xf32>
    ```
  }];
  let dependentDialects = ["::tenon::infer::InferDialect", "::mlir::arith::ArithDialect"];
}

def InferRefineShapesPass : Pass<"infer-refine-shapes", "::mlir::func::FuncOp"> {
  let summary = "Make static what is provably static";
  let description = [{
    Gives every result whose dims the symbolic shape analysis knows as numbers a static type. Function results follow.

    Example:
    ```mlir
    %s = infer.constant dense<[2, -1]> : tensor<2xi64>
    %0 = infer.reshape %x, %s : (tensor<4x4xf32>, tensor<2xi64>) -> tensor<?x?xf32>
    // becomes
    %s = infer.constant dense<[2, -1]> : tensor<2xi64>
    %0 = infer.reshape %x, %s : (tensor<4x4xf32>, tensor<2xi64>) -> tensor<2x8xf32>
    ```
  }];
}

def InferVersionBroadcastsPass : Pass<"infer-version-broadcasts", "::mlir::ModuleOp"> {
  let summary = "Keep a second @main for dims that broadcast";
  let description = [{
    Two dims that only the run tells and that broadcast with each other are nearly always equal, and everything behind them is simpler and
    faster if they are. @main takes them to be equal. Where it does so, this pass keeps a copy, @main_general, that takes nothing for
    granted; `convert-dispatch-to-plan` makes one host program of both, which chooses by the dims of the inputs.

    Example:
    ```mlir
    func.func @main(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
      %0 = infer.add %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
      return %0 : tensor<?xf32>
    }
    // becomes
    func.func @main(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> attributes {infer.general = @main_general} {
      %0 = infer.add %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
      return %0 : tensor<?xf32>
    }
    func.func @main_general(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
      %0 = infer.add %x, %y : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
      return %0 : tensor<?xf32>
    }
    ```
  }];
}

def InferMaterializeShapesPass : Pass<"infer-materialize-shapes", "::mlir::func::FuncOp"> {
  let summary = "Replace computed shapes by index arithmetic";
  let description = [{
    Small integer tensors whose elements the symbolic shape analysis knows become constants or `tensor.from_elements` of values derived from
    index values, and what computed them goes away. A reshape gets its result dims as they are. A shape operand that no expression
    describes is read back with `tensor.extract`. Equalities that ops need and nothing proves become `cf.assert`, with `infer.version` on those
    that choose between versions.

    Example:
    ```mlir
    %0 = infer.shape %x : (tensor<?x4x2xf32>) -> tensor<3xi64>
    %i = infer.constant dense<0> : tensor<1xi64>
    %1 = infer.gather %0, %i {axis = 0 : i64} : (tensor<3xi64>, tensor<1xi64>) -> tensor<1xi64>
    %m = infer.constant dense<-1> : tensor<1xi64>
    %2 = infer.concat %1, %m {axis = 0 : i64} : (tensor<1xi64>, tensor<1xi64>) -> tensor<2xi64>
    %3 = infer.reshape %x, %2 : (tensor<?x4x2xf32>, tensor<2xi64>) -> tensor<?x?xf32>
    // becomes
    %c0 = arith.constant 0 : index
    %d = tensor.dim %x, %c0 : tensor<?x4x2xf32>
    %n = arith.index_cast %d : index to i64
    %c8 = arith.constant 8 : i64
    %s = tensor.from_elements %n, %c8 : tensor<2xi64>
    %3 = infer.reshape %x, %s {allowzero = true} : (tensor<?x4x2xf32>, tensor<2xi64>) -> tensor<?x8xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect", "::mlir::cf::ControlFlowDialect"];
  let options = [
    Option<"guards", "guards", "bool", /*default=*/"true", "Assert the equalities that were assumed">,
  ];
}

def InferExpandDataDependentPass : Pass<"infer-expand-data-dependent", "::mlir::func::FuncOp"> {
  let summary = "Split ops whose result size depends on data into a count and a fill";
  let description = [{
    The count is read back by the host in between, so that the host knows the size of what the second half fills.

    Example:
    ```mlir
    %0 = infer.non_zero %x : (tensor<8xf32>) -> tensor<1x?xi64>
    // becomes
    %1 = infer.non_zero_count %x : (tensor<8xf32>) -> tensor<i64>
    %2 = tensor.extract %1[] : tensor<i64>
    %n = arith.index_cast %2 : i64 to index
    %0 = infer.non_zero_fill %x, %n : (tensor<8xf32>, index) -> tensor<1x?xi64>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
}

def InferFoldConvNormalizationPass : Pass<"infer-fold-conv-normalization", "::mlir::func::FuncOp"> {
  let summary = "Fold a normalization or a scale per channel into the convolution before it";
  let description = [{
    A convolution with constant weight, used once, by a `batch_normalization` with constant parameters or by a multiplication or an addition
    with a constant per channel, takes these into its weight and bias. The arithmetic on constants stays in the graph: it is done once at compile time.

    Example:
    ```mlir
    %w = infer.constant dense<1.0> : tensor<4x3x1x1xf32>
    %b = infer.constant dense<2.0> : tensor<4x1x1xf32>
    %0 = infer.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
        : (tensor<?x3x8x8xf32>, tensor<4x3x1x1xf32>) -> tensor<?x4x8x8xf32>
    %1 = infer.add %0, %b : (tensor<?x4x8x8xf32>, tensor<4x1x1xf32>) -> tensor<?x4x8x8xf32>
    // becomes
    %w = infer.constant dense<1.0> : tensor<4x3x1x1xf32>
    %b = infer.constant dense<2.0> : tensor<4x1x1xf32>
    %c = infer.squeeze %b {axes = array<i64: 1, 2>} : (tensor<4x1x1xf32>) -> tensor<4xf32>
    %1 = infer.conv %x, %w, %c {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
        : (tensor<?x3x8x8xf32>, tensor<4x3x1x1xf32>, tensor<4xf32>) -> tensor<?x4x8x8xf32>
    ```
  }];
}

def InferSinkReshapesPass : Pass<"infer-sink-reshapes", "::mlir::func::FuncOp"> {
  let summary = "Move elementwise ops in front of a reshape of a product";
  let description = [{
    Exporters flatten leading dims for a Gemm and restore them afterwards. An elementwise op on what was restored moves in front of the reshape,
    where it can become the product's epilogue, if its other operands are scalars, broadcast along dims that the reshape keeps, or have the
    result's shape: these are reshaped, which costs nothing.

    Example:
    ```mlir
    %0 = infer.gemm %a, %b : (tensor<6x8xf32>, tensor<8x4xf32>) -> tensor<6x4xf32>
    %1 = infer.reshape %0, %s : (tensor<6x4xf32>, tensor<3xi64>) -> tensor<2x3x4xf32>
    %2 = infer.tanh %1 : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
    // becomes
    %0 = infer.gemm %a, %b : (tensor<6x8xf32>, tensor<8x4xf32>) -> tensor<6x4xf32>
    %1 = infer.tanh %0 : (tensor<6x4xf32>) -> tensor<6x4xf32>
    %2 = infer.reshape %1, %s : (tensor<6x4xf32>, tensor<3xi64>) -> tensor<2x3x4xf32>
    ```
  }];
}

def InferHoistConstantsPass : Pass<"infer-hoist-constants", "::mlir::ModuleOp"> {
  let summary = "Move what depends on constants alone into @init";
  let description = [{
    Constant subgraphs of `@main` become the function `@init`, whose arguments are the large constants (`infer.constant`) and whose results come back to
    `@main` as arguments marked `infer.init`. The compiler runs it once and puts its results in their place. A subgraph whose result is large and
    much larger than its operands stays, with a remark of category `constants`.

    Example:
    ```mlir
    func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
      %a = infer.constant dense<1.0> : tensor<4xf32>
      %b = infer.exp %a : (tensor<4xf32>) -> tensor<4xf32>
      %y = infer.add %x, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
      return %y : tensor<4xf32>
    }
    ```
  }];
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

def InferLowerControlPass : Pass<"infer-lower-control", "::mlir::func::FuncOp"> {
  let summary = "Turn infer.if, infer.loop and infer.scan into scf.if and scf.while";
  let description = [{
    Branches and bodies run where the host decides; dims that differ between branches become dynamic by `tensor.cast`. A loop carries its
    number, its condition, its tensors, and a stack for each value that it gives per round. If the number of rounds is known before the
    first, a stack is a tensor of that size whose rows are filled in, else one that grows by a row.

    Example:
    ```mlir
    %y = infer.if %c {
      infer.yield %a : tensor<2xf32>
    } else {
      infer.yield %b : tensor<3xf32>
    } : (tensor<i1>) -> tensor<?xf32>
    // becomes
    %p = tensor.extract %c[] : tensor<i1>
    %y = scf.if %p -> (tensor<?xf32>) {
      %0 = tensor.cast %a : tensor<2xf32> to tensor<?xf32>
      scf.yield %0 : tensor<?xf32>
    } else {
      %1 = tensor.cast %b : tensor<3xf32> to tensor<?xf32>
      scf.yield %1 : tensor<?xf32>
    }
    ```
  }];
  let dependentDialects = ["::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect", "::mlir::arith::ArithDialect",
                           "::mlir::cf::ControlFlowDialect"];
}

def InferCutSplitsPass : Pass<"infer-cut-splits", "::mlir::func::FuncOp"> {
  let summary = "Cut splits of very many results into slices that are split";
  let description = [{
    No split is left with more than `most` results, if their sizes are known. The time to compile a kernel grows with the square of its results;
    equal slices share one small kernel. A slice of whole rows is a view.

    Example, with `most=2`:
    ```mlir
    %a, %b, %c = infer.split %x {axis = 0 : i64, num_outputs = 3 : i64, sizes = array<i64: 4, 4, 2>}
        : (tensor<10x?xf32>) -> (tensor<4x?xf32>, tensor<4x?xf32>, tensor<2x?xf32>)
    // becomes
    %i0 = infer.constant dense<0> : tensor<1xi64>
    %i8 = infer.constant dense<8> : tensor<1xi64>
    %0 = infer.slice %x, %i0, %i8 {axes = array<i64: 0>} : (tensor<10x?xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<8x?xf32>
    %a, %b = infer.split %0 {axis = 0 : i64, num_outputs = 2 : i64, sizes = array<i64: 4, 4>}
        : (tensor<8x?xf32>) -> (tensor<4x?xf32>, tensor<4x?xf32>)
    %i10 = infer.constant dense<10> : tensor<1xi64>
    %1 = infer.slice %x, %i8, %i10 {axes = array<i64: 0>} : (tensor<10x?xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<2x?xf32>
    %c = infer.split %1 {axis = 0 : i64, num_outputs = 1 : i64, sizes = array<i64: 2>} : (tensor<2x?xf32>) -> tensor<2x?xf32>
    ```
  }];
  let options = [Option<"most", "most", "int64_t", /*default=*/"64", "Results that a split keeps">];
}

def InferNarrowProductsPass : Pass<"infer-narrow-products", "::mlir::func::FuncOp"> {
  let summary = "Compute matrix products and convolutions of f32 from f16 or bf16 operands";
  let description = [{
    Both operands of each product are cast to the shorter type; sums keep f32 accumulators and are rounded to the shorter type once. All
    other arithmetic stays in f32, a bias included. Narrowing casts move in front of ops that only move elements, and cancel against the
    cast of a product before them. Products whose sums are known to have fewer than 16 elements stay as they are: tensor cores compute none
    of them faster, and angles of rotary embeddings, position times frequency, are among them.

    Example:
    ```mlir
    %y = infer.mat_mul %a, %b : (tensor<?x64xf32>, tensor<64x32xf32>) -> tensor<?x32xf32>
    // becomes
    %0 = infer.cast %a {to = f16} : (tensor<?x64xf32>) -> tensor<?x64xf16>
    %1 = infer.cast %b {to = f16} : (tensor<64x32xf32>) -> tensor<64x32xf16>
    %2 = infer.mat_mul %0, %1 : (tensor<?x64xf16>, tensor<64x32xf16>) -> tensor<?x32xf16>
    %y = infer.cast %2 {to = f32} : (tensor<?x32xf16>) -> tensor<?x32xf32>
    ```
  }];
  let options = [Option<"type", "type", "std::string", [{"f16"}], "f16 or bf16">];
}

def InferAlignWeightsPass : Pass<"infer-align-weights", "::mlir::func::FuncOp"> {
  let summary = "Transpose constant weights whose rows the GPU's copy engine cannot take";
  let description = [{
    Of 16 bits constant weights [K, N] with K a multiple of 8 and N none become [N, K], at build time, and weights
    [N, K] of a gemm with N a multiple of 8 and K none become [K, N]; a product of any rank becomes a gemm of the flattened operand. Kernels that read weights element by element take either form.
    Weights of f32 are seen as what they will be multiplied as; as tf32 all become [N, K], which is how tensor cores read them.

    Example:
    ```mlir
    %y = infer.mat_mul %x, %w : (tensor<4x64xf32>, tensor<64x33xf32>) -> tensor<4x33xf32>
    // becomes
    %t = infer.transpose %w {perm = array<i64: 1, 0>} : (tensor<64x33xf32>) -> tensor<33x64xf32>
    %y = infer.gemm %x, %t {trans_b = true} : (tensor<4x64xf32>, tensor<33x64xf32>) -> tensor<4x33xf32>
    ```
  }];
  let options = [Option<"type", "type", "std::string", [{"f16"}], "what products of f32 are computed from: f16, bf16, tf32 or f32">,
                 Option<"pads", "pads", "bool", "false", "infer-pad-weights follows: of two ragged lengths rows are along K">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
}

def InferPadWeightsPass : Pass<"infer-pad-weights", "::mlir::func::FuncOp"> {
  let summary = "Pad constant weights whose rows the GPU's copy engine cannot take";
  let description = [{
    Constant weights [N, K] of a gemm, 65536 elements of them at least, whose rows are no whole 16 bytes get zeros behind K, at build time, and the other
    operand gets as many when the model runs. Weights of f32 are seen as what they will be multiplied as.

    Example:
    ```mlir
    %y = infer.gemm %x, %w {trans_b = true} : (tensor<?x1001xi8>, tensor<512x1001xi8>) -> tensor<?x512xi32>
    // becomes
    %p = infer.constant dense<[0, 7]> : tensor<2xi64>
    %0 = infer.pad %x, %p {axes = array<i64: 1>} : (tensor<?x1001xi8>, tensor<2xi64>) -> tensor<?x1008xi8>
    %1 = infer.pad %w, %p {axes = array<i64: 1>} : (tensor<512x1001xi8>, tensor<2xi64>) -> tensor<512x1008xi8>
    %y = infer.gemm %0, %1 {trans_b = true} : (tensor<?x1008xi8>, tensor<512x1008xi8>) -> tensor<?x512xi32>
    ```
  }];
  let options = [Option<"type", "type", "std::string", [{"f16"}], "what products of f32 are computed from: f16, bf16, tf32 or f32">];
}

def InferRoundWeightsPass : Pass<"infer-round-weights", "::mlir::func::FuncOp"> {
  let summary = "Round constant weights of gemms of f32 to tf32";
  let description = [{
    Runs where tensor cores multiply the leading bits of f32: they cut both operands to 10 bits of fraction. Constant weights become the nearest
    such numbers at build time, unless something else reads them, too.

    Example:
    ```mlir
    %w = infer.constant dense<1.0006> : tensor<32x64xf32>
    %y = infer.gemm %x, %w {trans_b = true} : (tensor<4x64xf32>, tensor<32x64xf32>) -> tensor<4x32xf32>
    // becomes
    %w = infer.constant dense<1.00097656> : tensor<32x64xf32>
    %y = infer.gemm %x, %w {trans_b = true} : (tensor<4x64xf32>, tensor<32x64xf32>) -> tensor<4x32xf32>
    ```
  }];
}

def InferNarrowQuantisedProductsPass : Pass<"infer-narrow-quantised-products", "::mlir::func::FuncOp"> {
  let summary = "Multiply quantised elements as they are, and scale the sums";
  let description = [{
    Runs where tensor cores multiply 8-bit integers and floats. A product with one matrix of weights of known size, both of whose operands are
    dequantised (DequantizeLinear of ONNX), becomes a product of i32, which `infer-narrow-integer-products` takes, or a gemm of 8-bit floats. Scales are one
    for all, for each row of the first operand or for each column of the second, else the product stays. Integers are summed exactly, for at most
    33025 of them, floats in f32.

    Example:
    ```mlir
    %a = infer.cast %x {to = f32} : (tensor<4x64xf8E4M3FN>) -> tensor<4x64xf32>
    %b = infer.mul %a, %s : (tensor<4x64xf32>, tensor<f32>) -> tensor<4x64xf32>
    %c = infer.cast %w {to = f32} : (tensor<64x32xf8E4M3FN>) -> tensor<64x32xf32>
    %d = infer.mul %c, %t : (tensor<64x32xf32>, tensor<32xf32>) -> tensor<64x32xf32>
    %y = infer.mat_mul %b, %d : (tensor<4x64xf32>, tensor<64x32xf32>) -> tensor<4x32xf32>
    // becomes
    %0 = infer.transpose %w {perm = array<i64: 1, 0>} : (tensor<64x32xf8E4M3FN>) -> tensor<32x64xf8E4M3FN>
    %1 = infer.gemm %x, %0 {trans_b = true} : (tensor<4x64xf8E4M3FN>, tensor<32x64xf8E4M3FN>) -> tensor<4x32xf32>
    %2 = infer.mul %1, %s : (tensor<4x32xf32>, tensor<f32>) -> tensor<4x32xf32>
    %y = infer.mul %2, %t : (tensor<4x32xf32>, tensor<32xf32>) -> tensor<4x32xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
}

def InferNarrowIntegerProductsPass : Pass<"infer-narrow-integer-products", "::mlir::func::FuncOp"> {
  let summary = "Multiply 8-bit integers as they are, and take from the sums what their zero points make of them";
  let description = [{
    Runs where tensor cores multiply 8-bit integers. A product of i32 whose operands are integers of 8 bits less zero points becomes a gemm of
    the bytes with one matrix [N, K] of known size, for K of at least 64; zero points are of known shapes: scalars, one for each
    row of the first operand or one for each column of the second. Sums are exact modulo 2^32 before and after.

    Example:
    ```mlir
    %a = infer.cast %x {to = i32} : (tensor<4x64xui8>) -> tensor<4x64xi32>
    %b = infer.sub %a, %zero : (tensor<4x64xi32>, tensor<i32>) -> tensor<4x64xi32>
    %c = infer.cast %w {to = i32} : (tensor<64x32xi8>) -> tensor<64x32xi32>
    %y = infer.mat_mul %b, %c : (tensor<4x64xi32>, tensor<64x32xi32>) -> tensor<4x32xi32>
    // becomes
    %t = infer.transpose %w {perm = array<i64: 1, 0>} : (tensor<64x32xi8>) -> tensor<32x64xi8>
    %p = infer.gemm %x, %t {trans_b = true} : (tensor<4x64xui8>, tensor<32x64xi8>) -> tensor<4x32xi32>
    %s = infer.reduce_sum %c {axes = array<i64: 0>, keepdims = true} : (tensor<64x32xi32>) -> tensor<1x32xi32>
    %z = infer.mul %zero, %s : (tensor<i32>, tensor<1x32xi32>) -> tensor<1x32xi32>
    %y = infer.sub %p, %z : (tensor<4x32xi32>, tensor<1x32xi32>) -> tensor<4x32xi32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
}

#endif // TENON_DIALECTS_INFER_TRANSFORMS_PASSES_TD
