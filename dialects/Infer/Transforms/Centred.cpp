// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Infer/Transforms/Centred.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace tenon::infer;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

static bool isZero(Value value) {
  if (auto cast = value.getDefiningOp<CastOp>())
    value = cast.getInput();
  DenseElementsAttr constant;
  return matchPattern(value, m_Constant(&constant)) && constant.isSplat() && constant.getElementType().isInteger() &&
         constant.getSplatValue<APInt>().isZero();
}

Centred tenon::infer::matchCentred(Value value) {
  Value zero;
  if (auto difference = value.getDefiningOp<SubOp>()) {
    if (difference.getOperand(0).getType() != value.getType())
      return {};
    zero = difference.getOperand(1);
    value = difference.getOperand(0);
  }
  auto widening = value.getDefiningOp<CastOp>();
  if (!widening || !elementType(widening.getInput()).isInteger(8) || !elementType(value).isSignlessInteger(32))
    return {};
  return {widening.getInput(), zero && !isZero(zero) ? zero : Value()};
}

/// Is a zero point one for all, or one for each element along `axis` of a matrix of `size` rows or columns?
static bool isAlong(Value zero, int64_t axis, int64_t size) {
  if (!zero)
    return true;
  RankedTensorType type = typeOf(zero);
  if (!type.hasStaticShape() || type.getRank() > 2)
    return false;
  SmallVector<int64_t> dims(2 - type.getRank(), 1);
  llvm::append_range(dims, type.getShape());
  return dims[1 - axis] == 1 && (dims[axis] == 1 || dims[axis] == size);
}

StringRef tenon::infer::refuseByteProduct(const Centred &a, const Centred &b, bool isTurned) {
  constexpr int64_t kLeast = 64; // sums that are worth it
  if (!a.bytes || !b.bytes)
    return "expected operands of 8-bit integers less zero points";
  RankedTensorType left = typeOf(a.bytes), right = typeOf(b.bytes);
  if (left.getRank() < 2 || right.getRank() != 2 || !right.hasStaticShape())
    return "expected a matrix of weights of known size";
  int64_t k = right.getDimSize(isTurned ? 1 : 0), n = right.getDimSize(isTurned ? 0 : 1),
          rows = left.getRank() == 2 ? left.getDimSize(0) : 1;
  if (k < kLeast || k > INT32_MAX || n == 0)
    return "expected sums of 64 elements at least and fewer than 2^31";
  if (!isAlong(a.zero, 0, rows) || !isAlong(b.zero, isTurned ? 0 : 1, n))
    return "expected zero points for all, for rows of a or for columns of b";
  return "";
}
