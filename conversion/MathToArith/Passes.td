// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The math library as a pass.

#ifndef TENON_CONVERSION_MATHTOARITH_PASSES_TD
#define TENON_CONVERSION_MATHTOARITH_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertMathToArithPass : Pass<"convert-math-to-arith"> {
  let summary = "Expand functions of analysis into arithmetic";
  let description = [{
    Replaces `math.exp`, `log`, `erf`, `tanh`, `pow`, `sin` and their relatives on floats and vectors of floats by arith ops and `math.fma`: no
    call, no table, and no branch but one that sin, cos and tan take for large angles, so that loops around them vectorise. Shorter floats go through f32. What one instruction does (`sqrt`, `floor`,
    `absf` ...) stays. `arith.remf` is expanded as well, and conversions of float8 and from f64 to 16-bit floats.

    Greatest error found, in units in the last place of f32 and of f64: 1 for exp, exp2 and log; 1.5 for log2, log1p, expm1, sin, cos, pow and acos;
    2.5 for log10, asin, atan, tanh, sinh, cosh, asinh, acosh, atanh and erf; 3.5 for tan. fmod is exact. The
    bounds hold for all numbers: angles beyond 2^40 (f32) and 2^15 (f64) are multiplied by enough bits of 2 / pi. Their branch is an `scf.if`
    where it stands in another op, and blocks where it stands in a function.

    Example:
    ```mlir
    func.func @f(%x: f32) -> f32 {
      %y = math.exp %x : f32
      return %y : f32
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::cf::ControlFlowDialect", "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

#endif // TENON_CONVERSION_MATHTOARITH_PASSES_TD
