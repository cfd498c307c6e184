// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "conversion/InferToLinalg/Lowering.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace tenon;

Type tenon::storageType(Type element) {
  if (element.isInteger(1))
    return IntegerType::get(element.getContext(), 8);
  return infer::getSignlessType(element);
}

Type tenon::storageTensorType(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? tensor.clone(storageType(tensor.getElementType())) : type;
}

Type tenon::accumulatorType(Type element) {
  auto floatType = dyn_cast<FloatType>(element);
  return floatType && floatType.getWidth() < 32 ? Float32Type::get(element.getContext()) : storageType(element);
}

void Lowering::replace(Value original, Value tensor) {
  lowered.map(original, tensor);
  shapes.learn(original, tensor);
}

OpFoldResult Lowering::dim(Value original, int64_t axis) {
  OpFoldResult size = shapes.materialize(shapes.dims(original)[axis]);
  if (size)
    return size;
  if (!failed)
    op->emitError("expected dim ") << axis << " of a tensor to follow from the dispatch's operands, got an unknown one";
  failed = true;
  return b.getIndexAttr(1);
}

Dims Lowering::dims(Value original) {
  Dims result;
  for (int64_t axis = 0; axis < rank(original); ++axis)
    result.push_back(dim(original, axis));
  return result;
}

SmallVector<Value> Lowering::dimValues(Value original) {
  return llvm::map_to_vector(dims(original), [&](OpFoldResult dim) { return value(dim); });
}

bool Lowering::equal(Value a, int64_t axisA, Value b, int64_t axisB) { return shapes.dims(a)[axisA] == shapes.dims(b)[axisB]; }

bool Lowering::isOne(Value original, int64_t axis) { return infer::constantValue(shapes.dims(original)[axis]) == 1; }

std::optional<Dims> Lowering::integers(Value original) {
  std::optional<infer::SymbolicDims> elements = shapes.elements(original);
  if (!elements)
    return std::nullopt;
  Dims result;
  for (AffineExpr expr : *elements)
    if (OpFoldResult number = shapes.materialize(expr))
      result.push_back(number);
    else
      return std::nullopt;
  return result;
}

OpFoldResult Lowering::apply(AffineExpr expr, ArrayRef<OpFoldResult> operands) {
  return affine::makeComposedFoldedAffineApply(b, loc, AffineMap::get(operands.size(), 0, expr), operands);
}

OpFoldResult Lowering::atLeastZero(OpFoldResult size) {
  if (std::optional<int64_t> known = getConstantIntValue(size))
    return b.getIndexAttr(std::max<int64_t>(*known, 0));
  return arith::MaxSIOp::create(b, loc, value(size), index(0)).getResult();
}

Value Lowering::pad(Value tensor, const Dims &low, const Dims &high, Scalar value) {
  if (areAllConstantIntValue(low, 0) && areAllConstantIntValue(high, 0))
    return tensor;
  auto type = tensor::PadOp::inferResultType(cast<RankedTensorType>(tensor.getType()), decomposeMixedValues(low).first,
                                             decomposeMixedValues(high).first);
  return tensor::PadOp::create(b, loc, type, tensor, low, high, value.get());
}

Value Lowering::value(OpFoldResult number) { return getValueOrCreateConstantIndexOp(b, loc, number); }

Value Lowering::index(int64_t number) { return arith::ConstantIndexOp::create(b, loc, number); }

Scalar Lowering::number(Type element, double value) {
  Type type = infer::getSignlessType(element);
  TypedAttr attribute = b.getZeroAttr(type);
  return Scalar(b, loc, arith::ConstantOp::create(b, loc, attribute), element.isUnsignedInteger()).constant(value);
}

Scalar Lowering::extreme(Type type, bool least) {
  Type storage = storageType(type);
  double infinity = std::numeric_limits<double>::infinity();
  if (isa<FloatType>(storage))
    return number(storage, least ? -infinity : infinity);
  unsigned width = storage.getIntOrFloatBitWidth();
  bool isUnsigned = type.isUnsignedInteger() || type.isInteger(1);
  APInt value = least ? (isUnsigned ? APInt::getMinValue(width) : APInt::getSignedMinValue(width))
                      : (isUnsigned ? APInt::getMaxValue(width) : APInt::getSignedMaxValue(width));
  return Scalar(b, loc, arith::ConstantOp::create(b, loc, IntegerAttr::get(storage, value)), isUnsigned);
}

Scalar Lowering::fromStorage(OpBuilder &builder, Location loc, Value stored, Type element) {
  Scalar result(builder, loc, stored, element.isUnsignedInteger());
  return element.isInteger(1) && !stored.getType().isInteger(1) ? result != 0 : result;
}

Value Lowering::toStorage(const Scalar &scalar) {
  if (!scalar.isBool())
    return scalar.get();
  return arith::ExtUIOp::create(scalar.getBuilder(), scalar.getLoc(), storageType(scalar.getType()), scalar.get());
}

SmallVector<Value> tenon::toValues(ArrayRef<Scalar> scalars) {
  return llvm::map_to_vector(scalars, [](const Scalar &scalar) { return scalar.get(); });
}

Scalar Lowering::read(OpBuilder &builder, Value original, ArrayRef<Scalar> indices) {
  Value stored = tensor::ExtractOp::create(builder, loc, get(original), toValues(indices));
  return fromStorage(builder, loc, stored, elementOf(original));
}

Scalar Lowering::readOnly(Value original) {
  SmallVector<Scalar> indices(rank(original), scalar(index(0)));
  return read(b, original, indices);
}

Value Lowering::empty(const Dims &dims, Type element) { return tensor::EmptyOp::create(b, loc, dims, storageType(element)); }

Value Lowering::fill(const Dims &dims, Type element, double value) { return fill(dims, number(storageType(element), value)); }

Value Lowering::fill(const Dims &dims, Scalar number) {
  Value init = empty(dims, number.getType());
  return linalg::FillOp::create(b, loc, toStorage(number), init).getResult(0);
}

SmallVector<Scalar> tenon::loopIndices(OpBuilder &builder, Location loc, int64_t count) {
  SmallVector<Scalar> indices;
  for (int64_t i = 0; i < count; ++i)
    indices.push_back(Scalar(builder, loc, linalg::IndexOp::create(builder, loc, i)));
  return indices;
}

Value Lowering::map(const Dims &dims, Type element, IndexFn body) {
  Value init = empty(dims, element);
  int64_t rank = dims.size();
  SmallVector<utils::IteratorType> iterators(rank, kParallel);
  auto generic = linalg::GenericOp::create(b, loc, init.getType(), ValueRange{}, init, {identity(rank)}, iterators,
                                           [&](OpBuilder &builder, Location loc, ValueRange) {
                                             Scalar result = body(loopIndices(builder, loc, rank));
                                             linalg::YieldOp::create(builder, loc, toStorage(result));
                                           });
  return generic.getResult(0);
}

SmallVector<Value> Lowering::update(ValueRange inits, UpdateFn body) {
  int64_t rank = cast<RankedTensorType>(inits.front().getType()).getRank();
  SmallVector<AffineMap> maps(inits.size(), identity(rank));
  SmallVector<utils::IteratorType> iterators(rank, kParallel);
  auto generic = linalg::GenericOp::create(b, loc, inits.getTypes(), ValueRange{}, inits, maps, iterators,
                                           [&](OpBuilder &builder, Location loc, ValueRange arguments) {
                                             SmallVector<Scalar> old;
                                             for (Value argument : arguments)
                                               old.push_back(Scalar(builder, loc, argument));
                                             SmallVector<Value> results;
                                             for (const Scalar &result : body(loopIndices(builder, loc, rank), old))
                                               results.push_back(toStorage(result));
                                             linalg::YieldOp::create(builder, loc, results);
                                           });
  return SmallVector<Value>(generic.getResults());
}

static std::pair<SmallVector<Value>, SmallVector<AffineMap>> unzip(ArrayRef<Operand> inputs) {
  SmallVector<Value> tensors;
  SmallVector<AffineMap> maps;
  for (const Operand &input : inputs) {
    tensors.push_back(input.tensor);
    maps.push_back(input.map);
  }
  return {tensors, maps};
}

static SmallVector<Scalar> toScalars(OpBuilder &builder, Location loc, ValueRange values) {
  SmallVector<Scalar> scalars;
  for (Value value : values)
    scalars.push_back(Scalar(builder, loc, value));
  return scalars;
}

Value Lowering::elementwise(const Dims &dims, Type element, ArrayRef<Operand> inputs, ElementFn body) {
  Value init = empty(dims, element);
  auto [tensors, maps] = unzip(inputs);
  maps.push_back(identity(dims.size()));
  SmallVector<utils::IteratorType> iterators(dims.size(), kParallel);
  auto generic = linalg::GenericOp::create(b, loc, init.getType(), tensors, init, maps, iterators,
                                           [&](OpBuilder &builder, Location loc, ValueRange arguments) {
                                             Scalar result = body(toScalars(builder, loc, arguments.drop_back()));
                                             linalg::YieldOp::create(builder, loc, toStorage(result));
                                           });
  return generic.getResult(0);
}

Value Lowering::reduce(Operand init, ArrayRef<Operand> inputs, ArrayRef<utils::IteratorType> iterators, ElementFn body) {
  auto [tensors, maps] = unzip(inputs);
  maps.push_back(init.map);
  auto generic = linalg::GenericOp::create(b, loc, init.tensor.getType(), tensors, init.tensor, maps, iterators,
                                           [&](OpBuilder &builder, Location loc, ValueRange arguments) {
                                             Scalar result = body(toScalars(builder, loc, arguments));
                                             linalg::YieldOp::create(builder, loc, result.get());
                                           });
  return generic.getResult(0);
}

Value Lowering::convertElements(Value tensor, Type element) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (type.getElementType() == storageType(element))
    return tensor;
  return elementwise(tensor::getMixedSizes(b, loc, tensor), element, {{tensor, identity(type.getRank())}},
                     [&](ArrayRef<Scalar> in) { return infer::convert(in[0], element); });
}

std::optional<AffineMap> Lowering::broadcastMap(Value original, Value result) {
  int64_t rank = this->rank(original), loops = this->rank(result), offset = loops - rank;
  SmallVector<AffineExpr> exprs;
  for (int64_t axis = 0; axis < rank; ++axis) {
    if (equal(original, axis, result, offset + axis))
      exprs.push_back(b.getAffineDimExpr(offset + axis));
    else if (isOne(original, axis))
      exprs.push_back(b.getAffineConstantExpr(0));
    else if (!cast<RankedTensorType>(original.getType()).isDynamicDim(axis))
      exprs.push_back(b.getAffineDimExpr(offset + axis)); // a static size other than 1 is the result's
    else
      return std::nullopt;
  }
  return AffineMap::get(loops, 0, exprs, b.getContext());
}

Lowering::BroadcastReader Lowering::broadcastReader(Value original, Value result) {
  BroadcastReader reader{original, {}};
  int64_t offset = rank(result) - rank(original);
  for (int64_t axis = 0; axis < rank(original); ++axis) {
    Value stride;
    if (!equal(original, axis, result, offset + axis)) {
      Value isOne = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, dimValue(original, axis), index(1));
      stride = arith::SelectOp::create(b, loc, isOne, index(0), index(1));
    }
    reader.strides.push_back(stride);
  }
  return reader;
}

Scalar Lowering::read(OpBuilder &builder, const BroadcastReader &reader, ArrayRef<Scalar> indices) {
  SmallVector<Scalar> own;
  size_t offset = indices.size() - reader.strides.size();
  for (auto [axis, stride] : llvm::enumerate(reader.strides)) {
    const Scalar &index = indices[offset + axis];
    own.push_back(stride ? index * index.with(stride) : index);
  }
  return read(builder, reader.original, own);
}

Scalar tenon::clampIndex(const Scalar &index, const Scalar &size) {
  // Of an empty tensor the place of its first element is read: every buffer has room for one.
  Scalar last = max(size - 1, size.constant(0));
  Scalar result = select(index < 0, index.constant(0), index);
  return select(result > last, last, result);
}

Scalar tenon::wrapIndex(const Scalar &index, const Scalar &size) { return clampIndex(select(index < 0, index + size, index), size); }

Scalar tenon::toIndex(const Scalar &integer) {
  OpBuilder &b = integer.getBuilder();
  if (integer.getType().isIndex())
    return integer;
  return Scalar(b, integer.getLoc(), arith::IndexCastOp::create(b, integer.getLoc(), b.getIndexType(), integer.get()));
}

Scalar tenon::divide(const Scalar &x, const Scalar &y) {
  return x.with(arith::DivUIOp::create(x.getBuilder(), x.getLoc(), x.get(), y.get()));
}
Scalar tenon::modulus(const Scalar &x, const Scalar &y) {
  return x.with(arith::RemUIOp::create(x.getBuilder(), x.getLoc(), x.get(), y.get()));
}

SmallVector<Scalar> tenon::delinearize(Scalar flat, ArrayRef<Value> sizes) {
  SmallVector<Scalar> indices(sizes.size(), flat);
  for (size_t axis = sizes.size(); axis-- > 1;) {
    indices[axis] = modulus(flat, flat.with(sizes[axis]));
    flat = divide(flat, flat.with(sizes[axis]));
  }
  if (!sizes.empty())
    indices.front() = flat;
  return indices;
}
