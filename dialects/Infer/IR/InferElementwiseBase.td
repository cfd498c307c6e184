// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Classes of the Elementwise family: an op is one entry that names its element types and its scalar body.
// Bodies are C++ over `Scalar` (dialects/Infer/IR/Scalar.h), whose operators build arith and math ops.

#ifndef TENON_DIALECTS_INFER_IR_INFERELEMENTWISEBASE_TD
#define TENON_DIALECTS_INFER_IR_INFERELEMENTWISEBASE_TD

include "dialects/Infer/IR/InferDialect.td"
include "dialects/Infer/IR/InferInterfaces.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

// What the elements of an operand may be.
class Infer_ElementSet<string words, list<Type> types> {
  string description = words;
  list<Type> elements = types;
  TypeConstraint tensor = RankedTensorOf<types>;
}
defvar Infer_Floats = [F16, BF16, F32, F64];
defvar Infer_SignedInts = [I8, I16, I32, I64];
defvar Infer_UnsignedInts = [UI8, UI16, UI32, UI64];
defvar Infer_Float8s = [F8E4M3FN, F8E5M2];

def Infer_Bool : Infer_ElementSet<"bool", [I1]>;
def Infer_Float : Infer_ElementSet<"floating-point", Infer_Floats>;
def Infer_AnyFloat : Infer_ElementSet<"floating-point or float8", Infer_Floats # Infer_Float8s>;
def Infer_Integer : Infer_ElementSet<"integer", Infer_SignedInts # Infer_UnsignedInts>;
def Infer_Unsigned : Infer_ElementSet<"unsigned integer", Infer_UnsignedInts>;
def Infer_Signed : Infer_ElementSet<"floating-point or signed integer", Infer_Floats # Infer_SignedInts>;
def Infer_Numeric : Infer_ElementSet<"floating-point or integer", Infer_Floats # Infer_SignedInts # Infer_UnsignedInts>;
def Infer_Comparable : Infer_ElementSet<"bool, floating-point or integer", [I1] # Infer_Floats # Infer_SignedInts # Infer_UnsignedInts>;
def Infer_Any : Infer_ElementSet<"any", [I1] # Infer_Floats # Infer_Float8s # Infer_SignedInts # Infer_UnsignedInts>;

// The root of the family. `element` is a C++ expression of type FailureOr<Type>: the result's element type, from `site` (location and op
// name), `operands` and `adaptor`. `names` binds the scalars that `body` uses.
class Infer_ElementwiseOp<string mnemonic, string meaning, string element, string names, string body, list<Trait> traits = []>
    : Infer_Op<mnemonic, [Pure, DeclareOpInterfaceMethods<Infer_ElementwiseOpInterface>,
                          DeclareOpInterfaceMethods<InferTypeOpInterface>] # traits> {
  let summary = "elementwise " # meaning;
  let results = (outs AnyRankedTensor:$result);
  let hasFolder = 1;
  let extraClassDeclaration = [{
    static bool isCompatibleReturnTypes(::mlir::TypeRange inferred, ::mlir::TypeRange actual);
  }];
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(::mlir::MLIRContext *context, ::std::optional<::mlir::Location> location,
        ::mlir::ValueRange operands, ::mlir::DictionaryAttr attributes, ::mlir::OpaqueProperties properties, ::mlir::RegionRange regions,
        ::llvm::SmallVectorImpl<::mlir::Type> &types) {
      [[maybe_unused]] Adaptor adaptor(operands, attributes, properties, regions);
      InferenceSite site{context, location, getOperationName()};
      ::mlir::FailureOr<::mlir::Type> element = }] # element # [{;
      return inferElementwiseType(site, operands, element, types);
    }
    bool $cppClass::isCompatibleReturnTypes(::mlir::TypeRange inferred, ::mlir::TypeRange actual) {
      return areCompatibleTensorTypes(inferred, actual);
    }
    ::mlir::OpFoldResult $cppClass::fold(FoldAdaptor adaptor) { return foldElementwise(getOperation(), adaptor.getOperands()); }
    ::mlir::Value $cppClass::buildScalar(::mlir::OpBuilder &builder, ::mlir::Location loc, ::mlir::ValueRange operands) {
      return buildScalarBody(getOperation(), builder, loc, operands, [&](::llvm::ArrayRef<Scalar> in) -> Scalar {
        }] # names # [{
        }] # body # [{
      });
    }
  }];
}

// A string attribute that is one of `choices` (a C++ initialiser list); `words` ends up in the diagnostic.
class Infer_ChoiceAttr<string choices, string words>
    : ConfinedAttr<StrAttr, [AttrConstraint<CPred<"::llvm::is_contained({" # choices # "}, ::llvm::cast<::mlir::StringAttr>($_self).getValue())">, words>]>;

// Words that the generated descriptions share.
class Infer_Constraints<string operands, string result> {
  string text = "\n\nConstraints:\n- (C1) The operands' shapes broadcast as numpy's do: aligned at the last dim, each pair is equal or one of them is 1."
    # "\n- (C2) " # operands # "\n- (C3) " # result # "\n\n";
}
class Infer_Example<string ir> {
  string text = "Example:\n```mlir\n" # ir # "\n```\n";
}

// An element's counterpart in examples: one concrete type per set.
class Infer_ExampleType<Infer_ElementSet set> {
  string text = !cond(!eq(set.description, "bool"): "i1", !eq(set.description, "integer"): "i32",
                      !eq(set.description, "unsigned integer"): "ui32", true: "f32");
}

// y = f(x), the element type is kept.
class Infer_UnaryOp<string mnemonic, string meaning, string formula, Infer_ElementSet set, string body, dag attributes = (ins),
                    string exampleAttributes = "">
    : Infer_ElementwiseOp<mnemonic, meaning, "commonElement(site, operands)", "const Scalar &x = in[0];", body> {
  defvar t = Infer_ExampleType<set>.text;
  let description = "Computes `" # formula # "` for each element `x`.\n\nConstraints:\n- (C1) The result has the operand's shape and element type.\n\n"
    # Infer_Example<"%y = infer." # mnemonic # " %x" # exampleAttributes # " : (tensor<?x8x" # t # ">) -> tensor<?x8x" # t # ">">.text;
  let arguments = !con((ins set.tensor:$input), attributes);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

// y = f(x), the result is bool.
class Infer_UnaryPredicateOp<string mnemonic, string meaning, string formula, Infer_ElementSet set, string body, dag attributes = (ins)>
    : Infer_ElementwiseOp<mnemonic, meaning, "boolElement(site, operands)", "const Scalar &x = in[0];", body> {
  defvar t = Infer_ExampleType<set>.text;
  let description = "Computes `" # formula # "` for each element `x`.\n\nConstraints:\n- (C1) The result has the operand's shape and element type `i1`.\n\n"
    # Infer_Example<"%y = infer." # mnemonic # " %x : (tensor<?x8x" # t # ">) -> tensor<?x8xi1>">.text;
  let arguments = !con((ins set.tensor:$input), attributes);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
}

class Infer_BinaryBase<string mnemonic, string meaning, string formula, Infer_ElementSet left, Infer_ElementSet right, string element,
                       string body, string operandRule, string resultRule, string resultType, dag attributes, string exampleAttributes>
    : Infer_ElementwiseOp<mnemonic, meaning, element, "const Scalar &x = in[0], &y = in[1];", body> {
  defvar t = Infer_ExampleType<left>.text;
  let description = "Computes `" # formula # "` for each pair of elements `x` and `y`." # Infer_Constraints<operandRule, resultRule>.text
    # Infer_Example<"%z = infer." # mnemonic # " %x, %y" # exampleAttributes # " : (tensor<?x8x" # t # ">, tensor<8x" # t # ">) -> tensor<?x8x"
                    # !if(!empty(resultType), t, resultType) # ">">.text;
  let arguments = !con((ins left.tensor:$lhs, right.tensor:$rhs), attributes);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` functional-type(operands, results)";
}

// z = f(x, y), all of one element type.
class Infer_BinaryOp<string mnemonic, string meaning, string formula, Infer_ElementSet set, string body, dag attributes = (ins),
                     string exampleAttributes = "">
    : Infer_BinaryBase<mnemonic, meaning, formula, set, set, "commonElement(site, operands)", body,
                       "The operands have one element type.", "The result has the broadcast shape and the operands' element type.", "",
                       attributes, exampleAttributes>;

// z = f(x, y), the result is bool.
class Infer_ComparisonOp<string mnemonic, string meaning, string formula, Infer_ElementSet set, string body>
    : Infer_BinaryBase<mnemonic, meaning, formula, set, set, "boolElement(site, operands)", body,
                       "The operands have one element type.", "The result has the broadcast shape and element type `i1`.", "i1", (ins), "">;

#endif // TENON_DIALECTS_INFER_IR_INFERELEMENTWISEBASE_TD
