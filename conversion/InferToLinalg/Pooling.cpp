// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pooling -> one linalg.generic over the padded input. The window's shape comes from an empty tensor; the last output dim is the innermost
// loop.
//
//   %y = infer.max_pool %x {kernel_shape = [3, 3], strides = [2, 2]}
//   ->
//   %p = tensor.pad %x by -inf
//   %y = linalg.generic {(n, c, h, kh, kw, w) -> (n, c, 2h + kh, 2w + kw), (kh, kw), (n, c, h, w)} ins(%p, %window) outs(%least)
#include "conversion/InferToLinalg/Table.h"
#include "conversion/InferToLinalg/Window.h"

#include "dialects/Infer/IR/Infer.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace tenon;

namespace {
/// Loops n, c, o..., k..., o_last, and how the tensors are indexed by them.
struct PoolLoops {
  SmallVector<utils::IteratorType> iterators;
  SmallVector<AffineExpr> input, window, output;

  PoolLoops(MLIRContext *context, const Window &shape) {
    auto add = [&](utils::IteratorType kind) {
      iterators.push_back(kind);
      return getAffineDimExpr(iterators.size() - 1, context);
    };
    for (int i = 0; i < 2; ++i)
      output.push_back(add(kParallel));
    input = output;
    for (size_t i = 0; i + 1 < shape.rank(); ++i)
      output.push_back(add(kParallel));
    for (size_t i = 0; i < shape.rank(); ++i)
      window.push_back(add(kReduction));
    output.push_back(add(kParallel));
    for (size_t i = 0; i < shape.rank(); ++i)
      input.push_back(output[i + 2] * shape.strides[i] + window[i] * shape.dilations[i]);
  }

  AffineMap map(ArrayRef<AffineExpr> exprs) const { return AffineMap::get(iterators.size(), 0, exprs, exprs.front().getContext()); }
};
} // namespace

template <typename OpTy> static Window windowOf(OpTy op, Lowering &l) {
  Dims kernel;
  for (int64_t size : op.getKernelShape())
    kernel.push_back(l.b.getIndexAttr(size));
  return makeWindow(l, op.getX(), op.getY(), kernel, op.getStrides(), op.getDilations(), op.getPads(), op.getAutoPad());
}

static void lowerMaxPool(infer::MaxPoolOp op, Lowering &l) {
  Type element = l.elementOf(op.getX());
  Window window = windowOf(op, l);
  Scalar least = l.extreme(element, /*least=*/true);
  Value input = padSpatial(l, op.getX(), window, least);
  PoolLoops loops(l.b.getContext(), window);
  Value shape = l.empty(window.kernel, element);
  Operand init{l.fill(l.dims(op.getY()), least), loops.map(loops.output)};
  bool isUnsigned = element.isUnsignedInteger();
  l.replace(op.getY(),
            l.reduce(init, {{input, loops.map(loops.input)}, {shape, loops.map(loops.window)}}, loops.iterators, [&](ArrayRef<Scalar> in) {
              return max(Scalar(l.b, l.loc, in[2].get(), isUnsigned), Scalar(l.b, l.loc, in[0].get(), isUnsigned));
            }));
}

/// How many of a window's places lie inside the input, or inside the declared padding if that counts.
static Scalar countPlaces(Lowering &l, Value x, const Window &window, ArrayRef<Value> sizes, ArrayRef<Value> low, ArrayRef<Value> high,
                          bool includePad) {
  std::optional<Scalar> count;
  for (size_t i = 0; i < window.rank(); ++i) {
    Scalar out(l.b, l.loc, linalg::IndexOp::create(l.b, l.loc, i + 2));
    Scalar dilation = out.constant(window.dilations[i]), kernel = out.constant(*getConstantIntValue(window.kernel[i]));
    Scalar start = double(window.strides[i]) * out - out.with(low[i]);
    Scalar begin = includePad ? 0 - out.with(low[i]) : out.constant(0);
    Scalar end = includePad ? out.with(sizes[i]) + out.with(high[i]) : out.with(sizes[i]);
    // First place at or after `bound`, in steps of the dilation, within [0, kernel].
    auto firstFrom = [&](const Scalar &bound) {
      Scalar distance = bound - start;
      Scalar positive = select(distance < 0, distance.constant(0), distance);
      return min(divide(positive + dilation - 1, dilation), kernel);
    };
    Scalar places = firstFrom(end) - firstFrom(begin);
    count = count ? *count * places : places;
  }
  return *count;
}

static void lowerAveragePool(infer::AveragePoolOp op, Lowering &l) {
  Value x = op.getX(), y = op.getY();
  Type element = l.elementOf(x), accumulator = accumulatorType(element);
  Window window = windowOf(op, l);
  Value input = padSpatial(l, x, window, l.number(storageType(element), 0));
  PoolLoops loops(l.b.getContext(), window);
  Value shape = l.empty(window.kernel, element);
  Dims dims = l.dims(y);
  Operand init{l.zeros(dims, element), loops.map(loops.output)};
  Value sums = l.reduce(init, {{input, loops.map(loops.input)}, {shape, loops.map(loops.window)}}, loops.iterators,
                        [&](ArrayRef<Scalar> in) { return in[2] + (in[0].isFloat() ? convert(in[0], accumulator) : in[0]); });
  bool padded = !areAllConstantIntValue(window.padLow, 0) || !areAllConstantIntValue(window.padReached, 0);
  int64_t whole = 1;
  for (OpFoldResult size : window.kernel)
    whole *= *getConstantIntValue(size);
  SmallVector<Value> sizes, low, high;
  for (size_t i = 0; i < window.rank(); ++i) {
    sizes.push_back(l.dimValue(x, i + 2));
    low.push_back(l.value(window.padLow[i]));
    high.push_back(l.value(window.padHigh[i]));
  }
  l.replace(y, l.elementwise(dims, element, {{sums, l.identity(dims.size())}}, [&](ArrayRef<Scalar> in) {
    Scalar count = in[0].constant(whole);
    if (padded) {
      Scalar places = countPlaces(l, x, window, sizes, low, high, op.getCountIncludePad());
      Value wide = arith::IndexCastOp::create(l.b, l.loc, l.b.getI64Type(), places.get());
      count = convert(l.scalar(wide), accumulator);
    }
    Scalar mean = in[0] / count;
    return mean.isFloat() ? convert(mean, storageType(element)) : mean;
  }));
}

/// As max_pool, but it keeps the flat position in the input as well; padding is skipped by its position.
static void lowerMaxPoolWithIndices(infer::MaxPoolWithIndicesOp op, Lowering &l) {
  Value x = op.getX();
  Type element = l.elementOf(x);
  Window window = windowOf(op, l);
  PoolLoops loops(l.b.getContext(), window);
  Dims dims = l.dims(op.getY());
  Scalar least = l.extreme(element, /*least=*/true);
  Value best = l.fill(dims, least), place = l.fill(dims, l.b.getI64Type(), -1);
  Value shape = l.empty(window.kernel, element);
  SmallVector<Value> sizes, low;
  for (int64_t axis = 0; axis < l.rank(x); ++axis)
    sizes.push_back(l.dimValue(x, axis));
  for (OpFoldResult pad : window.padLow)
    low.push_back(l.value(pad));
  size_t rank = window.rank();
  auto body = [&](OpBuilder &builder, Location loc, ValueRange arguments) {
    Scalar kept(builder, loc, arguments[1], element.isUnsignedInteger()), position(builder, loc, arguments[2]);
    SmallVector<Scalar> index = loopIndices(builder, loc, loops.iterators.size());
    SmallVector<Scalar> at{index[0], index[1]};
    Scalar inside(builder, loc, arith::ConstantIntOp::create(builder, loc, 1, 1));
    for (size_t i = 0; i < rank; ++i) {
      const Scalar &out = i + 1 < rank ? index[2 + i] : index.back();
      Scalar source = double(window.strides[i]) * out + double(window.dilations[i]) * index[1 + rank + i] - out.with(low[i]);
      inside = inside & (source >= 0) & (source < out.with(sizes[i + 2]));
      at.push_back(clampIndex(source, out.with(sizes[i + 2])));
    }
    Scalar value = l.read(builder, x, at);
    // Row-major: the last dim is the fastest; storage order 1 runs over the spatial dims the other way.
    Scalar flat = at[0] * at[0].with(sizes[1]) + at[1], spatial = at[0].constant(0);
    for (size_t i = 0; i < rank; ++i) {
      size_t axis = op.getStorageOrder() == 0 ? i : rank - 1 - i;
      spatial = spatial * spatial.with(sizes[axis + 2]) + at[axis + 2];
      flat = flat * flat.with(sizes[i + 2]);
    }
    Scalar here(builder, loc, arith::IndexCastOp::create(builder, loc, builder.getI64Type(), (flat + spatial).get()));
    Scalar better = value > kept;
    if (value.isFloat())
      better = (better | (value != value)) & (kept == kept);
    better = inside & (better | (position < 0));
    linalg::YieldOp::create(builder, loc, {select(better, value, kept).get(), select(better, here, position).get()});
  };
  AffineMap result = loops.map(loops.output);
  auto generic = linalg::GenericOp::create(l.b, l.loc, TypeRange{best.getType(), place.getType()}, shape, {best, place},
                                           {loops.map(loops.window), result, result}, loops.iterators, body);
  l.replace(op.getY(), generic.getResult(0));
  l.replace(op.getIndices(), generic.getResult(1));
}

void tenon::addPoolingLowerings(LoweringTable &table) {
  table.add<infer::MaxPoolOp, lowerMaxPool>();
  table.add<infer::MaxPoolWithIndicesOp, lowerMaxPoolWithIndices>();
  table.add<infer::AveragePoolOp, lowerAveragePool>();
}
