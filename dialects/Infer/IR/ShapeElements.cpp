// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Elements of small integer results: what `[dim(x, 0), -1]` and its kin hold, as expressions. Models compute shapes with these ops.
#include "dialects/Infer/IR/Bounds.h"
#include "dialects/Infer/IR/ShapeFunctions.h"
#include "dialects/Infer/IR/SliceRule.h"

using namespace mlir;
using namespace tenon::infer;

using Elements = std::optional<SymbolicDims>;

/// The dims of a tensor if all are constants.
static std::optional<SmallVector<int64_t>> constantDims(ShapeScope &scope, Value tensor) {
  SmallVector<int64_t> result;
  for (AffineExpr dim : scope.dims(tensor)) {
    auto value = constantValue(dim);
    if (!value)
      return std::nullopt;
    result.push_back(*value);
  }
  return result;
}

static int64_t count(ArrayRef<int64_t> dims) {
  int64_t result = 1;
  for (int64_t dim : dims)
    result *= dim; // at most kMaxTrackedElements
  return result;
}

Elements ShapeOfOp::inferElements(ShapeScope &scope, unsigned, ArrayRef<int64_t> dims) {
  SymbolicDims all = scope.dims(getX());
  int64_t start = std::min<int64_t>(getStart(), all.size());
  if (start + dims[0] > static_cast<int64_t>(all.size()))
    return std::nullopt;
  return SymbolicDims(ArrayRef(all).slice(start, dims[0]));
}

Elements SizeOp::inferElements(ShapeScope &scope, unsigned, ArrayRef<int64_t>) { return SymbolicDims{scope.product(scope.dims(getX()))}; }

Elements ReshapeOp::inferElements(ShapeScope &scope, unsigned, ArrayRef<int64_t>) { return scope.elements(getData()); }
Elements SqueezeOp::inferElements(ShapeScope &scope, unsigned, ArrayRef<int64_t>) { return scope.elements(getData()); }
Elements UnsqueezeOp::inferElements(ShapeScope &scope, unsigned, ArrayRef<int64_t>) { return scope.elements(getData()); }

Elements ConcatOp::inferElements(ShapeScope &scope, unsigned, ArrayRef<int64_t> dims) {
  SmallVector<std::pair<SymbolicDims, int64_t>> parts; // elements, and how many of them are contiguous
  for (Value input : getInputs()) {
    auto elements = scope.elements(input);
    auto shape = constantDims(scope, input);
    if (!elements || !shape)
      return std::nullopt;
    parts.emplace_back(*elements, count(ArrayRef(*shape).drop_front(getAxis())));
  }
  SymbolicDims result;
  for (int64_t outer = 0, e = count(dims.take_front(getAxis())); outer < e; ++outer)
    for (auto &[elements, length] : parts)
      llvm::append_range(result, ArrayRef(elements).slice(outer * length, length));
  return result;
}

Elements SplitOp::inferElements(ShapeScope &scope, unsigned result, ArrayRef<int64_t> dims) {
  auto elements = scope.elements(getInput());
  if (!elements || dims.size() != 1)
    return std::nullopt;
  int64_t offset = 0;
  for (unsigned i = 0; i < result; ++i) {
    auto before = constantDims(scope, getResult(i));
    if (!before)
      return std::nullopt;
    offset += before->front();
  }
  if (offset + dims[0] > static_cast<int64_t>(elements->size()))
    return std::nullopt;
  return SymbolicDims(ArrayRef(*elements).slice(offset, dims[0]));
}

/// Picks elements: position i of the result along axis k reads position first[k] + i * step[k] of the source, whose strides are given.
static Elements pick(ArrayRef<AffineExpr> elements, ArrayRef<int64_t> dims, ArrayRef<int64_t> strides, ArrayRef<int64_t> first,
                     ArrayRef<int64_t> step) {
  SymbolicDims result;
  for (int64_t flat = 0, e = count(dims); flat < e; ++flat) {
    int64_t rest = flat, source = 0;
    for (int64_t axis = dims.size() - 1; axis >= 0; --axis) {
      source += (first[axis] + rest % dims[axis] * step[axis]) * strides[axis];
      rest /= dims[axis];
    }
    if (source < 0 || source >= static_cast<int64_t>(elements.size()))
      return std::nullopt;
    result.push_back(elements[source]);
  }
  return result;
}

static SmallVector<int64_t> rowMajorStrides(ArrayRef<int64_t> dims) {
  SmallVector<int64_t> strides(dims.size(), 1);
  for (int64_t i = static_cast<int64_t>(dims.size()) - 2; i >= 0; --i)
    strides[i] = strides[i + 1] * dims[i + 1];
  return strides;
}

Elements TransposeOp::inferElements(ShapeScope &scope, unsigned, ArrayRef<int64_t> dims) {
  auto elements = scope.elements(getX());
  auto shape = constantDims(scope, getX());
  if (!elements || !shape)
    return std::nullopt;
  SmallVector<int64_t> strides, source = rowMajorStrides(*shape);
  for (int64_t axis : getPerm())
    strides.push_back(source[axis]);
  return pick(*elements, dims, strides, SmallVector<int64_t>(dims.size(), 0), SmallVector<int64_t>(dims.size(), 1));
}

Elements SliceOp::inferElements(ShapeScope &scope, unsigned, ArrayRef<int64_t> dims) {
  auto elements = scope.elements(getData()), starts = scope.elements(getStarts());
  auto shape = constantDims(scope, getData());
  auto steps = getSteps() ? scope.elements(getSteps()) : SymbolicDims(getAxes().size(), scope.constant(1));
  if (!elements || !shape || !starts || !steps || starts->size() != getAxes().size() || steps->size() != getAxes().size())
    return std::nullopt;
  SmallVector<int64_t> first(dims.size(), 0), step(dims.size(), 1);
  for (auto [axis, begin, stride] : llvm::zip(getAxes(), *starts, *steps)) {
    auto from = constantValue(begin), by = constantValue(stride);
    int64_t size = (*shape)[axis];
    if (!from || !by || *by == 0)
      return std::nullopt;
    first[axis] = sliceStart(*from, *by, size);
    step[axis] = dims[axis] > 1 ? *by : 1; // with one element the step, which may be huge, is not taken
  }
  return pick(*elements, dims, rowMajorStrides(*shape), first, step);
}

SymbolicDims tenon::infer::spreadElements(ArrayRef<AffineExpr> elements, ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  SymbolicDims result;
  for (int64_t flat = 0, e = count(to); flat < e; ++flat) {
    int64_t rest = flat, source = 0, stride = 1;
    for (size_t i = 0; i < to.size(); ++i) {
      int64_t axis = to.size() - 1 - i, position = rest % to[axis];
      rest /= to[axis];
      if (i >= from.size())
        continue;
      int64_t dim = from[from.size() - 1 - i];
      source += position % dim * stride;
      stride *= dim;
    }
    result.push_back(elements[source]);
  }
  return result;
}

static Elements spreadInput(ShapeScope &scope, Value input, ArrayRef<int64_t> dims) {
  auto elements = scope.elements(input);
  auto from = constantDims(scope, input);
  if (!elements || !from || (elements->empty() && count(dims) != 0))
    return std::nullopt;
  return spreadElements(*elements, *from, dims);
}

Elements ExpandOp::inferElements(ShapeScope &scope, unsigned, ArrayRef<int64_t> dims) { return spreadInput(scope, getInput(), dims); }
Elements TileOp::inferElements(ShapeScope &scope, unsigned, ArrayRef<int64_t> dims) { return spreadInput(scope, getInput(), dims); }

Elements RangeOp::inferElements(ShapeScope &scope, unsigned, ArrayRef<int64_t> dims) {
  auto start = scope.elements(getStart()), delta = scope.elements(getDelta());
  if (!start || !delta || start->size() != 1 || delta->size() != 1)
    return std::nullopt;
  SymbolicDims result;
  for (int64_t i = 0; i < dims[0]; ++i)
    result.push_back(scope.add(start->front(), scope.mul(delta->front(), i)));
  return result;
}

Elements ConstantOfShapeOp::inferElements(ShapeScope &scope, unsigned, ArrayRef<int64_t> dims) {
  auto value = dyn_cast<DenseElementsAttr>(getValue());
  if (!value || !value.getElementType().isInteger() || value.getElementType().getIntOrFloatBitWidth() > 64)
    return std::nullopt;
  APInt element = *value.getValues<APInt>().begin();
  bool isUnsigned = value.getElementType().isUnsignedInteger() || value.getElementType().isInteger(1);
  return SymbolicDims(count(dims), scope.constant(isUnsigned ? static_cast<int64_t>(element.getZExtValue()) : element.getSExtValue()));
}

Elements GatherOp::inferElements(ShapeScope &scope, unsigned, ArrayRef<int64_t> dims) {
  auto elements = scope.elements(getData()), indices = scope.elements(getIndices());
  auto shape = constantDims(scope, getData());
  if (!elements || !indices || !shape)
    return std::nullopt;
  int64_t axis = getAxis(), size = (*shape)[axis], inner = count(ArrayRef(*shape).drop_front(axis + 1));
  SymbolicDims result;
  for (int64_t outer = 0, e = count(ArrayRef(*shape).take_front(axis)); outer < e; ++outer) {
    for (AffineExpr index : *indices) {
      auto position = constantValue(index);
      if (position && (*position < -size || *position >= size))
        return std::nullopt;
      int64_t at = position ? *position + (*position < 0 ? size : 0) : 0;
      for (int64_t i = 0; i < inner; ++i)
        result.push_back(position ? (*elements)[(outer * size + at) * inner + i] : scope.unknown());
    }
  }
  return result;
}

/// All elements folded into one, if elements of x hold what comes out.
template <typename Fold> static Elements foldAll(ShapeScope &scope, Value x, ArrayRef<int64_t> dims, Fold fold) {
  auto elements = scope.elements(x);
  if (!elements || elements->empty() || count(dims) != 1)
    return std::nullopt;
  AffineExpr result = elements->front();
  for (AffineExpr element : llvm::drop_begin(*elements))
    result = fold(result, element);
  if (elements->size() > 1 && !fitsWidth(scope, result, elementType(x).getIntOrFloatBitWidth()))
    return std::nullopt;
  return SymbolicDims{result};
}

/// Elements of 64 bits without sign, of 2^63 and more, are negative here: their order is not known.
static bool isOrderKnown(ShapeScope &scope, Value x) {
  auto elements = elementType(x).isUnsignedInteger(64) ? scope.elements(x) : std::nullopt;
  return !elements || llvm::all_of(*elements, [&](AffineExpr element) { return scope.isNonNegative(element); });
}

Elements ReduceSumOp::inferElements(ShapeScope &scope, unsigned, ArrayRef<int64_t> dims) {
  return foldAll(scope, getX(), dims, [&](AffineExpr a, AffineExpr b) { return scope.add(a, b); });
}
Elements ReduceProdOp::inferElements(ShapeScope &scope, unsigned, ArrayRef<int64_t> dims) {
  return foldAll(scope, getX(), dims, [&](AffineExpr a, AffineExpr b) { return scope.mul(a, b); });
}
Elements ReduceMaxOp::inferElements(ShapeScope &scope, unsigned, ArrayRef<int64_t> dims) {
  if (!isOrderKnown(scope, getX()))
    return std::nullopt;
  return foldAll(scope, getX(), dims, [&](AffineExpr a, AffineExpr b) { return scope.maximum(a, b); });
}
Elements ReduceMinOp::inferElements(ShapeScope &scope, unsigned, ArrayRef<int64_t> dims) {
  if (!isOrderKnown(scope, getX()))
    return std::nullopt;
  return foldAll(scope, getX(), dims, [&](AffineExpr a, AffineExpr b) { return scope.minimum(a, b); });
}
