// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A dialect with one elementwise op.

include "dialects/Infer/IR/InferInterfaces.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Extra_Dialect : Dialect {
  let name = "extra";
  let cppNamespace = "::extra";
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def Extra_SquareOp : Op<Extra_Dialect, "square", [Pure, SameOperandsAndResultType, DeclareOpInterfaceMethods<Infer_ElementwiseOpInterface>]> {
  let summary = "elementwise square";
  let description = [{
    Computes `x * x` for each element.

    Example:
    ```mlir
    %y = extra.square %x : tensor<8xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[AnyFloat]>:$input);
  let results = (outs RankedTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
}
