// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Shape functions of the contraction family.
#include "dialects/Infer/IR/ShapeFunctions.h"

using namespace mlir;
using namespace tenon::infer;

LogicalResult MatMulOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  Value a = op.getA(), b = op.getB();
  if (failed(expectSameElementType(scope, {a, b})) ||                                     // C1
      failed(expectMinRank(scope, a, 1, "a")) || failed(expectMinRank(scope, b, 1, "b"))) // C2
    return failure();
  SymbolicDims x = scope.dims(a), y = scope.dims(b);
  bool rowVector = x.size() == 1, columnVector = y.size() == 1;
  if (rowVector)
    x.insert(x.begin(), scope.constant(1));
  if (columnVector)
    y.push_back(scope.constant(1));
  if (failed(expectEqual(scope, x.back(), y[y.size() - 2], "the contracted dimensions"))) // C3
    return failure();
  FailureOr<SymbolicDims> dims = scope.broadcast(ArrayRef(x).drop_back(2), ArrayRef(y).drop_back(2)); // C4
  if (failed(dims))
    return failure();
  if (!rowVector)
    dims->push_back(x[x.size() - 2]);
  if (!columnVector)
    dims->push_back(y.back());
  results.push_back({elementType(a), *dims});
  return success();
}

/// In what a gemm of elements of 8 bits, integers or floats, sums and gives its result; null for others.
static Type getWideSum(Type a, Type b) {
  if (a.isInteger(8) && b.isInteger(8))
    return IntegerType::get(a.getContext(), 32);
  return isFloat8(a) && isFloat8(b) ? Float32Type::get(a.getContext()) : Type();
}

LogicalResult GemmOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  Value a = op.getA(), b = op.getB(), c = op.getC();
  Type wide = getWideSum(elementType(a), elementType(b)), element = wide ? wide : elementType(a);
  if (!wide && failed(expectSameElementType(scope, {a, b, c ? c : a}))) // C1
    return failure();
  if (wide && c && elementType(c) != element) // C1
    return scope.error("expected c of ", element, " beside elements of 8 bits, got ", elementType(c));
  if (failed(expectRank(scope, a, 2, "a")) || failed(expectRank(scope, b, 2, "b"))) // C2
    return failure();
  SymbolicDims x = scope.dims(a), y = scope.dims(b);
  if (op.getTransA())
    std::swap(x[0], x[1]);
  if (op.getTransB())
    std::swap(y[0], y[1]);
  if (failed(expectEqual(scope, x[1], y[0], "the contracted dimensions"))) // C3
    return failure();
  SymbolicDims dims = {x[0], y[1]};
  if (failed(expectBroadcastsTo(scope, op.getC(), dims, "c"))) // C4
    return failure();
  results.push_back({element, dims});
  return success();
}

/// C1 and C2 of both convolutions, and the bias.
static LogicalResult expectConvOperands(ShapeScope &scope, Value x, Value w, Value b, AffineExpr filters) {
  if (failed(expectEqual(scope, scope.constant(rankOf(x)), scope.constant(rankOf(w)), "the ranks of x and w")))
    return failure();
  if (!b)
    return success();
  if (failed(expectRank(scope, b, 1, "b")))
    return failure();
  return expectEqual(scope, scope.dims(b)[0], filters, "the filters and the elements of b");
}

/// Types and ranks (C1, C2) and the sign of the group (C5) of a convolution of either direction.
template <typename Adaptor> static LogicalResult expectConvTypes(ShapeScope &scope, Adaptor op) {
  Value x = op.getX(), w = op.getW();
  if (failed(expectSameElementType(scope, {x, w, op.getB() ? op.getB() : x})) || failed(expectMinRank(scope, x, 3, "x")) ||
      failed(expectMinRank(scope, w, 3, "w")))
    return failure();
  int64_t group = op.getGroup();
  return group >= 1 && group <= INT32_MAX ? success() : scope.error("expected a positive group, got ", group);
}

LogicalResult ConvOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  Value x = op.getX(), w = op.getW();
  if (failed(expectConvTypes(scope, op))) // C1, C2, C5
    return failure();
  SymbolicDims input = scope.dims(x), weight = scope.dims(w);
  int64_t spatial = rankOf(x) - 2, group = op.getGroup();
  Window window{op.getStrides(), op.getPads(), op.getDilations(), op.getAutoPad()};
  if (failed(expectConvOperands(scope, x, w, op.getB(), weight[0])) || // C2, C7
      failed(expectWindow(scope, window, spatial)))                    // C3, C4, C8
    return failure();
  if (auto filters = constantValue(weight[0]); filters && *filters % group != 0)
    return scope.error("expected the filters to be a multiple of group ", group, ", got ", *filters);                             // C5
  if (failed(expectEqual(scope, input[1], scope.mul(weight[1], group), "the channels of x and those that w has for all groups"))) // C6
    return failure();
  SymbolicDims dims = {input[0], weight[0]};
  for (int64_t i = 0; i < spatial; ++i) {
    auto positions = windowPositions(scope, window, i, spatial, input[2 + i], weight[2 + i]); // C9
    if (failed(positions))
      return failure();
    dims.push_back(*positions);
  }
  results.push_back({elementType(x), dims});
  return success();
}

/// Output size of a transposed convolution along spatial dimension i.
static AffineExpr transposedSize(ShapeScope &scope, ConvTransposeOp::Adaptor op, int64_t i, AffineExpr input, AffineExpr kernel) {
  ArrayRef<int64_t> pads = op.getPads(), outputPadding = op.getOutputPadding();
  int64_t spatial = op.getStrides().size(), stride = op.getStrides()[i];
  if (!op.getOutputShape().empty())
    return scope.constant(op.getOutputShape()[i]);
  if (op.getAutoPad().starts_with("SAME"))
    return scope.mul(input, stride);
  int64_t pad = op.getAutoPad() == "VALID" ? 0 : pads[i] + pads[spatial + i];
  AffineExpr extent = scope.add(scope.mul(scope.add(kernel, -1), op.getDilations()[i]), 1);
  AffineExpr size = scope.add(scope.mul(scope.add(input, -1), stride), extent);
  return scope.add(size, (outputPadding.empty() ? 0 : outputPadding[i]) - pad);
}

LogicalResult ConvTransposeOp::inferShapes(ShapeScope &scope, Adaptor op, ResultShapes &results) {
  Value x = op.getX(), w = op.getW();
  if (failed(expectConvTypes(scope, op))) // C1, C2, C5
    return failure();
  SymbolicDims input = scope.dims(x), weight = scope.dims(w);
  int64_t spatial = rankOf(x) - 2, group = op.getGroup();
  AffineExpr filters = scope.mul(weight[1], group);
  if (failed(expectConvOperands(scope, x, w, op.getB(), filters)) ||                                             // C2, C6
      failed(expectWindow(scope, {op.getStrides(), op.getPads(), op.getDilations(), op.getAutoPad()}, spatial))) // C3, C4, C8
    return failure();
  if (auto channels = constantValue(input[1]); channels && *channels % group != 0)
    return scope.error("expected the channels to be a multiple of group ", group, ", got ", *channels); // C5
  if (failed(expectEqual(scope, input[1], weight[0], "the channels of x and w")))                       // C5
    return failure();
  for (ArrayRef<int64_t> values : {op.getOutputPadding(), op.getOutputShape()}) { // C7
    if (!values.empty() && static_cast<int64_t>(values.size()) != spatial)
      return scope.error("expected ", spatial, " numbers in output_padding and output_shape, got ", values.size());
    for (int64_t value : values)
      if (value < 0 || value > INT32_MAX)
        return scope.error("expected output_padding and output_shape in [0, 2^31), got ", value);
  }
  SymbolicDims dims = {input[0], filters};
  for (int64_t i = 0; i < spatial; ++i)
    dims.push_back(transposedSize(scope, op, i, input[2 + i], weight[2 + i]));
  results.push_back({elementType(x), dims});
  return success();
}
