// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checked arithmetic on affine expressions, and what types and constants alone say about shapes.
#include "dialects/Infer/IR/ShapeScope.h"
#include "dialects/Infer/IR/Bounds.h"
#include "dialects/Infer/IR/Infer.h"
#include "dialects/Infer/IR/Polynomial.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tenon::infer;

namespace {
/// Whether AffineExpr's own unchecked folding of a division is safe around this expression.
bool isSmall(AffineExpr expr) {
  unsigned nodes = 0;
  bool small = true;
  expr.walk([&](AffineExpr e) {
    ++nodes;
    if (auto c = dyn_cast<AffineConstantExpr>(e))
      small &= c.getValue() < (int64_t(1) << 40) && c.getValue() > -(int64_t(1) << 40);
  });
  return small && nodes <= 48;
}
} // namespace

std::optional<int64_t> tenon::infer::constantValue(AffineExpr expr) {
  if (auto c = dyn_cast_or_null<AffineConstantExpr>(expr))
    return c.getValue();
  return std::nullopt;
}

Type tenon::infer::elementType(Value tensor) { return cast<RankedTensorType>(tensor.getType()).getElementType(); }
int64_t tenon::infer::rankOf(Value tensor) { return cast<RankedTensorType>(tensor.getType()).getRank(); }

std::optional<SmallVector<int64_t>> tenon::infer::constantIntegers(Value tensor, int64_t limit) {
  DenseElementsAttr dense;
  if (!tensor || !matchPattern(tensor, m_Constant(&dense)) || !dense.getElementType().isInteger() || dense.getNumElements() > limit ||
      dense.getElementType().getIntOrFloatBitWidth() > 64)
    return std::nullopt;
  SmallVector<int64_t> values;
  bool isUnsigned = dense.getElementType().isUnsignedInteger() || dense.getElementType().isInteger(1);
  for (const APInt &value : dense.getValues<APInt>())
    values.push_back(isUnsigned ? static_cast<int64_t>(value.getZExtValue()) : value.getSExtValue());
  return values;
}

std::optional<SmallVector<double>> tenon::infer::constantFloats(Value tensor, int64_t limit) {
  DenseElementsAttr dense;
  if (!tensor || !matchPattern(tensor, m_Constant(&dense)) || !isa<FloatType>(dense.getElementType()) || dense.getNumElements() > limit)
    return std::nullopt;
  SmallVector<double> values;
  for (APFloat value : dense.getValues<APFloat>()) {
    bool inexact;
    value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &inexact);
    values.push_back(value.convertToDouble());
  }
  return values;
}

bool tenon::infer::areCompatibleTensors(TypeRange a, TypeRange b) {
  if (a.size() != b.size())
    return false;
  for (auto [x, y] : llvm::zip(a, b)) {
    auto s = dyn_cast<ShapedType>(x), t = dyn_cast<ShapedType>(y);
    if (!s || !t) {
      if (x != y)
        return false;
    } else if (s.getElementType() != t.getElementType() || failed(verifyCompatibleShape(s, t))) {
      return false;
    }
  }
  return true;
}

LogicalResult tenon::infer::toTypes(ShapeScope &scope, ArrayRef<ResultShape> shapes, SmallVectorImpl<Type> &types) {
  for (const ResultShape &shape : shapes) {
    SmallVector<int64_t> dims;
    for (AffineExpr expr : shape.dims) {
      dims.push_back(constantValue(expr).value_or(ShapedType::kDynamic));
      if (dims.back() < 0 && !ShapedType::isDynamic(dims.back()))
        return scope.error("expected non-negative result dimensions, got ", dims.back());
    }
    if (!areElementsCountable(dims))
      return scope.error("the result has more elements than 64 bits can count");
    types.push_back(RankedTensorType::get(dims, shape.element));
  }
  return success();
}

SymbolicDims ShapeScope::dims(Value tensor) {
  SymbolicDims dims;
  for (int64_t dim : cast<RankedTensorType>(tensor.getType()).getShape())
    dims.push_back(ShapedType::isDynamic(dim) ? unknown() : constant(dim));
  return dims;
}

std::optional<SymbolicDims> ShapeScope::elements(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.getElementType().isIntOrIndex() || !type.hasStaticShape() || type.getNumElements() > kMaxTrackedElements)
    return std::nullopt;
  SymbolicDims result;
  if (auto values = constantIntegers(tensor)) {
    for (int64_t value : *values)
      result.push_back(constant(value));
  } else if (auto from = tensor.getDefiningOp<tensor::FromElementsOp>()) {
    for (Value element : from.getElements())
      result.push_back(scalar(element));
  } else {
    for (int64_t i = 0; i < type.getNumElements(); ++i)
      result.push_back(unknown());
  }
  return result;
}

AffineExpr ShapeScope::scalar(Value value) {
  APInt integer;
  if (value.getType().isIntOrIndex() && matchPattern(value, m_ConstantInt(&integer)) && integer.getSignificantBits() <= 64)
    return constant(integer.getSExtValue());
  return unknown();
}

AffineExpr ShapeScope::unknown() { return getAffineSymbolExpr(nextSymbol++, context); }

bool ShapeScope::equate(AffineExpr a, AffineExpr b) {
  auto x = constantValue(a), y = constantValue(b);
  return !x || !y || *x == *y;
}

bool ShapeScope::limit(AffineExpr a, AffineExpr b) {
  auto x = constantValue(a), y = constantValue(b);
  return !x || !y || *x <= *y;
}

AffineExpr ShapeScope::broadcast(AffineExpr a, AffineExpr b) {
  auto x = constantValue(a), y = constantValue(b);
  if (a == b || (y && *y == 1))
    return a;
  if (x && *x == 1)
    return b;
  if (x && y)
    return AffineExpr();
  // The unknown one is 1 or the known one.
  return x ? a : y ? b : unknown();
}

bool ShapeScope::isNonNegative(AffineExpr a) {
  auto x = constantValue(a);
  return x && *x >= 0;
}

AffineExpr ShapeScope::minimum(AffineExpr a, AffineExpr b) {
  auto x = constantValue(a), y = constantValue(b);
  return a == b ? a : x && y ? constant(std::min(*x, *y)) : unknown();
}

AffineExpr ShapeScope::maximum(AffineExpr a, AffineExpr b) {
  auto x = constantValue(a), y = constantValue(b);
  return a == b ? a : x && y ? constant(std::max(*x, *y)) : unknown();
}

AffineExpr ShapeScope::add(AffineExpr a, AffineExpr b) {
  auto x = Polynomial::from(a), y = Polynomial::from(b);
  auto sum = x && y ? Polynomial::add(*x, *y) : std::nullopt;
  return sum ? sum->toExpr(context) : unknown();
}

AffineExpr ShapeScope::sub(AffineExpr a, AffineExpr b) {
  auto x = Polynomial::from(a), y = Polynomial::from(b);
  auto difference = x && y ? Polynomial::add(*x, *y, -1) : std::nullopt;
  return difference ? difference->toExpr(context) : unknown();
}

AffineExpr ShapeScope::mul(AffineExpr a, AffineExpr b) {
  auto x = Polynomial::from(a), y = Polynomial::from(b);
  auto result = x && y ? Polynomial::multiply(*x, *y) : std::nullopt;
  return result ? result->toExpr(context) : unknown();
}

AffineExpr ShapeScope::floorDiv(AffineExpr a, AffineExpr b) {
  auto x = constantValue(a), y = constantValue(b);
  if (y && *y <= 0)
    return unknown();
  if (x && y)
    return constant(llvm::divideFloorSigned(*x, *y));
  auto p = Polynomial::from(a), q = Polynomial::from(b);
  if (!p || !q)
    return unknown();
  if (auto quotient = Polynomial::divideExactly(*p, *q))
    return quotient->toExpr(context);
  return isSmall(a) && isSmall(b) ? a.floorDiv(b) : unknown();
}

AffineExpr ShapeScope::ceilDiv(AffineExpr a, AffineExpr b) { return floorDiv(add(a, add(b, -1)), b); }

AffineExpr ShapeScope::mod(AffineExpr a, AffineExpr b) { return sub(a, mul(floorDiv(a, b), b)); }

AffineExpr ShapeScope::product(ArrayRef<AffineExpr> factors) {
  AffineExpr result = constant(1);
  for (AffineExpr factor : factors)
    result = mul(result, factor);
  return result;
}

FailureOr<SymbolicDims> ShapeScope::broadcast(ArrayRef<AffineExpr> a, ArrayRef<AffineExpr> b) {
  SymbolicDims result(std::max(a.size(), b.size()));
  for (size_t i = 0, e = result.size(); i < e; ++i) {
    AffineExpr x = i < a.size() ? a[a.size() - 1 - i] : constant(1);
    AffineExpr y = i < b.size() ? b[b.size() - 1 - i] : constant(1);
    AffineExpr dim = broadcast(x, y);
    if (!dim) {
      (void)error("expected dimensions that broadcast, got ", *constantValue(x), " and ", *constantValue(y));
      return failure();
    }
    result[e - 1 - i] = dim;
  }
  return result;
}
