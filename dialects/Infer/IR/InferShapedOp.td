// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The base class of ops whose result types follow from one shape function, and the element type constraints that ops share.

#ifndef TENON_DIALECTS_INFER_IR_INFERSHAPEDOP_TD
#define TENON_DIALECTS_INFER_IR_INFERSHAPEDOP_TD

include "dialects/Infer/IR/InferDialect.td"
include "dialects/Infer/IR/InferInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Infer_Tensor : RankedTensorOf<[AnyFloat, AnyInteger]>;
def Infer_FloatTensor : RankedTensorOf<[AnyFloat]>;
def Infer_BoolTensor : RankedTensorOf<[I1]>;
def Infer_IndexTensor : RankedTensorOf<[I32, I64]>;
def Infer_ShapeTensor : 1DTensorOf<[I64]>;
/// What an op compares or sums in place: ONNX has float8 in casts and moves only.
def Infer_OrderedTensor : RankedTensorOf<[F16, BF16, F32, F64, I8, I16, I32, I64, UI8, UI16, UI32, UI64]>;
def Infer_TestedTensor : RankedTensorOf<[F16, BF16, F32, F64, I1, I8, I16, I32, I64, UI8, UI16, UI32, UI64]>;
def Infer_NumberTensor : RankedTensorOf<[AnyFloat, I8, I16, I32, I64, UI8, UI16, UI32, UI64]>;

/// What every op with a shape function has in its class; `body` defines more members.
class Infer_ShapeCode<string body = ""> {
  code declaration = [{
    /// The op's shape function. Its numbered constraints are those of the op's description.
    static ::llvm::LogicalResult inferShapes(::tenon::infer::ShapeScope &scope, Adaptor op, ::tenon::infer::ResultShapes &results);
  }];
  code definition = [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(::mlir::MLIRContext *context, std::optional<::mlir::Location> loc, Adaptor op,
                                                     ::llvm::SmallVectorImpl<::mlir::Type> &types) {
      return ::tenon::infer::inferTypes<$cppClass>(context, loc, op, types);
    }
    bool $cppClass::isCompatibleReturnTypes(::mlir::TypeRange a, ::mlir::TypeRange b) {
      return ::tenon::infer::areCompatibleTensors(a, b);
    }
    ::llvm::LogicalResult $cppClass::inferShapes(::tenon::infer::ShapeScope &scope, ::tenon::infer::ResultShapes &results) {
      return inferShapes(scope, Adaptor(*this), results);
    }
  }] # body;
}

/// A shape function of one expression; `op` is the adaptor.
class Infer_ShapeFunction<string expression> : Infer_ShapeCode<[{
    ::llvm::LogicalResult $cppClass::inferShapes(::tenon::infer::ShapeScope &scope, Adaptor op, ::tenon::infer::ResultShapes &results) {
      return }] # expression # [{;
    }
  }]>;

/// An op that writes `inferShapes(ShapeScope &, Adaptor, ResultShapes &)` and nothing else about its types.
class Infer_ShapedOp<string mnemonic, list<Trait> traits = [], list<string> shapeMethods = []>
    : Infer_Op<mnemonic, traits # [InferTypeOpAdaptorWithIsCompatible, DeclareOpInterfaceMethods<Infer_ShapeOpInterface, shapeMethods>]> {
  let extraClassDeclaration = Infer_ShapeCode<>.declaration;
  let extraClassDefinition = Infer_ShapeCode<>.definition;
}

/// Axes and permutations are normalised: not negative.
class Infer_DefaultBool<string value> : DefaultValuedAttr<BoolAttr, value>;
class Infer_DefaultI64<string value> : DefaultValuedAttr<I64Attr, value>;
class Infer_DefaultF32<string value> : DefaultValuedAttr<F32Attr, value>;

#endif // TENON_DIALECTS_INFER_IR_INFERSHAPEDOP_TD
