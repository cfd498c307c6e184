// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Infer/IR/ElementwiseInference.h"

#include "dialects/Infer/IR/Bounds.h"
#include "dialects/Infer/IR/Infer.h"

using namespace mlir;

namespace tenon::infer {

LogicalResult broadcastShape(SmallVectorImpl<int64_t> &result, ArrayRef<int64_t> shape) {
  if (shape.size() > result.size())
    result.insert(result.begin(), shape.size() - result.size(), 1);
  size_t offset = result.size() - shape.size();
  for (auto [index, dim] : llvm::enumerate(shape)) {
    int64_t &known = result[offset + index];
    if (dim == 1 || dim == known)
      continue;
    if (known == 1 || (ShapedType::isDynamic(known) && !ShapedType::isDynamic(dim)))
      known = dim;
    else if (!ShapedType::isDynamic(dim))
      return failure();
  }
  return success();
}

FailureOr<Type> commonElement(const InferenceSite &site, ValueRange operands) {
  Type element = getElementTypeOrSelf(operands.front().getType());
  for (Value operand : operands.drop_front()) {
    Type other = getElementTypeOrSelf(operand.getType());
    if (other != element)
      return site.error("expected operands of one element type, got ", element, " and ", other);
  }
  return element;
}

FailureOr<Type> boolElement(const InferenceSite &site, ValueRange operands) {
  if (failed(commonElement(site, operands)))
    return failure();
  return Type(IntegerType::get(site.context, 1));
}

FailureOr<Type> firstElement(ValueRange operands) { return getElementTypeOrSelf(operands.front().getType()); }

LogicalResult inferElementwiseType(const InferenceSite &site, ValueRange operands, FailureOr<Type> element, SmallVectorImpl<Type> &types) {
  if (failed(element))
    return failure();
  SmallVector<int64_t> shape;
  for (auto [index, operand] : llvm::enumerate(operands)) {
    auto type = dyn_cast<RankedTensorType>(operand.getType());
    if (!type)
      return site.error("expected operand ", index, " to be a ranked tensor, got ", operand.getType());
    if (failed(broadcastShape(shape, type.getShape())))
      return site.error("expected operand shapes that broadcast, got operand ", index, " of type ", type, " after operand 0 of type ",
                        operands.front().getType());
  }
  if (!RankedTensorType::isValidElementType(*element))
    return site.error("expected a tensor element type, got ", *element);
  if (!areElementsCountable(shape))
    return site.error("the result has more elements than 64 bits can count");
  types.push_back(RankedTensorType::get(shape, *element));
  return success();
}

bool areCompatibleTensorTypes(TypeRange inferred, TypeRange actual) {
  if (inferred.size() != actual.size())
    return false;
  for (auto [left, right] : llvm::zip(inferred, actual))
    if (getElementTypeOrSelf(left) != getElementTypeOrSelf(right) || failed(verifyCompatibleShape(left, right)))
      return false;
  return true;
}

LogicalResult ClipOp::verify() {
  for (auto [name, bound] : {std::pair("min", getMin()), std::pair("max", getMax())}) {
    if (!bound)
      continue;
    auto type = cast<RankedTensorType>(bound.getType());
    if (!llvm::all_of(type.getShape(), [](int64_t dim) { return dim == 1 || ShapedType::isDynamic(dim); }) ||
        type.getRank() > cast<RankedTensorType>(getInput().getType()).getRank() + 1)
      return emitOpError("expected '") << name << "' of one element, got " << type;
  }
  return success();
}

LogicalResult CastOp::verify() {
  Type type = getTo();
  bool integer = type.isSignlessInteger() || type.isUnsignedInteger();
  unsigned width = type.isIntOrFloat() ? type.getIntOrFloatBitWidth() : 0;
  if (integer && (width == 1 ? type.isSignlessInteger() : llvm::is_contained({8, 16, 32, 64}, width)))
    return success();
  if (isa<Float16Type, BFloat16Type, Float32Type, Float64Type, Float8E4M3FNType, Float8E5M2Type>(type))
    return success();
  return emitOpError("expected 'to' to be a bool, integer, floating-point or float8 type, got ") << type;
}

} // namespace tenon::infer
