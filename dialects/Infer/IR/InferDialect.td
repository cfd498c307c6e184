// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The inference dialect and the base classes that all its op files share.

#ifndef TENON_DIALECTS_INFER_IR_INFERDIALECT_TD
#define TENON_DIALECTS_INFER_IR_INFERDIALECT_TD

include "mlir/IR/OpBase.td"

def Infer_Dialect : Dialect {
  let name = "infer";
  let cppNamespace = "::tenon::infer";
  let summary = "Inference graphs over tensors, with the newest ONNX semantics";
  let description = [{
    Ops carry the ONNX name in snake_case where the meaning is ONNX's newest one; older opsets are upgraded by the importer.
    Integers are signless for ONNX's signed types and `ui` for its unsigned ones; bool is `i1`.
    Dimensions may be dynamic; `infer.bind_shape` ties them to symbolic dims.
  }];
  let hasConstantMaterializer = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"];
}

class Infer_Op<string mnemonic, list<Trait> traits = []> : Op<Infer_Dialect, mnemonic, traits>;

#endif // TENON_DIALECTS_INFER_IR_INFERDIALECT_TD
