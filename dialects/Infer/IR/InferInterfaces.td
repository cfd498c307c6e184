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

def Infer_ShapeOpInterface : OpInterface<"ShapeOpInterface"> {
  let cppNamespace = "::tenon::infer";
  let description = [{
    An op with a shape function: the dims of its results as expressions over the dims of its operands, and, where it computes
    shapes, the elements of its results over the elements of its operands.
  }];
  let methods = [
    InterfaceMethod<"Gives element type and dims of each result, or fails with a diagnostic.",
    "::llvm::LogicalResult", "inferShapes", (ins "::tenon::infer::ShapeScope &":$scope, "::tenon::infer::ResultShapes &":$results)>,
    InterfaceMethod<[{
      Elements of an integer result of the dims `dims` (constants, up to kMaxTrackedElements elements), row-major; none if they
      are not followed.
    }],
    "std::optional<::tenon::infer::SymbolicDims>", "inferElements",
    (ins "::tenon::infer::ShapeScope &":$scope, "unsigned":$result, "::llvm::ArrayRef<int64_t>":$dims), [{}],
    [{ return std::nullopt; }]>,
  ];
}

def Infer_HostOpInterface : OpInterface<"HostOpInterface"> {
  let cppNamespace = "::tenon::infer";
  let description = [{
    An op that the host computes by a function of the runtime (runtime/program/HostFunctions.h), not the device by a kernel. The function's
    buffers are the op's tensor operands, then its results.
  }];
  let methods = [
    InterfaceMethod<"What is called, with which numbers, built at the builder's place.", "::tenon::infer::HostCall", "buildHostCall",
    (ins "::mlir::OpBuilder &":$builder)>,
  ];
}

#endif // TENON_DIALECTS_INFER_IR_INFERINTERFACES_TD
