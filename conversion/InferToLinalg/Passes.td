// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The conversion that gives each infer op its meaning.

#ifndef TENON_CONVERSION_INFERTOLINALG_PASSES_TD
#define TENON_CONVERSION_INFERTOLINALG_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertInferToLinalgPass : Pass<"convert-infer-to-linalg", "::mlir::ModuleOp"> {
  let summary = "Lower infer ops to linalg, tensor and scf on tensors";
  let description = [{
    Lowers the body of every function that computes with infer ops: most ops become one or a few `linalg.generic` whose results start as
    `tensor.empty`; what is serial by nature becomes `scf.for` over tensors,
    or for thread blocks passes whose elements do not depend on each other. Dynamic dims come from the index arguments that `infer.bind_shape`
    names. Tensors of `i1` become tensors of `i8` (0 or 1) and unsigned integers lose their sign, in signatures too. Functions of the host
    (those that dispatch) only have their types changed.

    Example:
    ```mlir
    func.func private @dispatch_0(%x: tensor<?x8xf32>, %n: index) -> tensor<?x8xf32> {
      infer.bind_shape %x, [%n], affine_map<()[s0] -> (s0, 8)> : tensor<?x8xf32>
      %y = infer.relu %x : (tensor<?x8xf32>) -> tensor<?x8xf32>
      return %y : tensor<?x8xf32>
    }
    ```
  }];
  let options = [
    Option<"threadBlocks", "thread-blocks", "bool", "false", "write what is serial for a few threads as passes of independent elements">,
  ];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect", "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

#endif // TENON_CONVERSION_INFERTOLINALG_PASSES_TD
