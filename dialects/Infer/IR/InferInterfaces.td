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
      Builds the scalar body with arith and math ops and gives the result's element. `operands` are elements of the present operands
      in signless form (ui8 comes as i8, bool as i1), so is the result; the op's own types say what is unsigned.
    }], "::mlir::Value", "buildScalar",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc, "::mlir::ValueRange":$operands)>,
  ];
}

#endif // TENON_DIALECTS_INFER_IR_INFERINTERFACES_TD
