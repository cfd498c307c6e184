// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Interfaces that let passes treat families of ops alike, without naming them.

#ifndef TENON_DIALECTS_INFER_IR_INFERINTERFACES_TD
#define TENON_DIALECTS_INFER_IR_INFERINTERFACES_TD

include "mlir/IR/OpBase.td"

def Infer_ElementwiseOpInterface : OpInterface<"ElementwiseOpInterface"> {
  let cppNamespace = "::tenon::infer";
  let description = [{
    An op whose result element is a function of the operands' elements at the same (broadcast) index.
    The function is its scalar body, the only definition of the op's arithmetic.
  }];
  let methods = [
    InterfaceMethod<[{
      Builds the scalar body with arith and math ops. `operands` are elements in signless form (ui8 comes as i8);
      `elementTypes` are the operand element types as the op declares them, so that signedness is known.
    }], "::mlir::Value", "buildScalar",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc, "::mlir::ValueRange":$operands)>,
  ];
}

#endif // TENON_DIALECTS_INFER_IR_INFERINTERFACES_TD
