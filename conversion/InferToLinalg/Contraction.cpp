// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matrix products and convolutions -> one linalg.generic that sums products, in f32 for shorter floats, and an elementwise op for bias,
// scale and rounding. The last output dim is the innermost loop: it is contiguous in the result and in one operand.
//
//   %y = infer.conv %x, %w, %b
//   ->
//   %p = tensor.pad %x
//   %s = linalg.generic {(n, f, h, c, kh, kw, w) -> (n, c, h + kh, w + kw), (f, c, kh, kw), (n, f, h, w)} ins(%p, %w) outs(%zero)
//   %y = linalg.generic ins(%s, %b)
#include "conversion/InferToLinalg/Table.h"
#include "conversion/InferToLinalg/Window.h"

#include "dialects/Infer/IR/Infer.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace tenon;

/// accumulator + a * b in the accumulator's type.
static Scalar multiplyAdd(ArrayRef<Scalar> in, Type element) {
  Type type = accumulatorType(element);
  auto widen = [&](const Scalar &stored) { return stored.isFloat() ? convert(stored, type) : stored; };
  return in[2] + widen(in[0]) * widen(in[1]);
}

/// The tensor itself, or a copy in which every dim from the front to `matrixDims` before the end has the size that `result` has.
static Operand broadcastBatch(Lowering &l, Value original, Value result, int64_t matrixDims, ArrayRef<AffineExpr> batch,
                              SmallVector<AffineExpr> matrix, int64_t loops) {
  int64_t rank = l.rank(original), own = std::max<int64_t>(rank - matrixDims, 0);
  SmallVector<AffineExpr> exprs;
  Dims dims = l.dims(original);
  bool copies = false;
  int64_t offset = static_cast<int64_t>(batch.size()) - own;
  for (int64_t axis = 0; axis < own; ++axis) {
    bool same = l.equal(original, axis, result, offset + axis);
    bool one = l.isOne(original, axis);
    copies |= !same && !one && cast<RankedTensorType>(original.getType()).isDynamicDim(axis);
    exprs.push_back(one && !same ? l.b.getAffineConstantExpr(0) : batch[offset + axis]);
  }
  Value tensor = l.get(original);
  if (copies) {
    // A batch dim that may be 1 at run time: the copy has the result's size there.
    SmallVector<Value> isOne(own);
    for (int64_t axis = 0; axis < own; ++axis) {
      isOne[axis] = arith::CmpIOp::create(l.b, l.loc, arith::CmpIPredicate::eq, l.value(dims[axis]), l.index(1));
      if (!isa<AffineConstantExpr>(exprs[axis]))
        dims[axis] = l.dim(result, offset + axis);
    }
    tensor = l.map(dims, l.elementOf(original), [&](ArrayRef<Scalar> indices) {
      SmallVector<Scalar> own(indices);
      for (auto [axis, flag] : llvm::enumerate(isOne))
        own[axis] = select(l.scalar(flag), indices[axis].constant(0), indices[axis]);
      return l.read(l.b, original, own);
    });
  }
  llvm::append_range(exprs, matrix);
  return {tensor, AffineMap::get(loops, 0, exprs, l.b.getContext())};
}

static void lowerMatMul(infer::MatMulOp op, Lowering &l) {
  Value a = op.getA(), b = op.getB(), y = op.getY();
  Type element = l.elementOf(a);
  bool hasRows = l.rank(a) > 1, hasColumns = l.rank(b) > 1;
  int64_t batchDims = l.rank(y) - hasRows - hasColumns;
  SmallVector<AffineExpr> batch;
  SmallVector<utils::IteratorType> iterators(batchDims, kParallel);
  for (int64_t i = 0; i < batchDims; ++i)
    batch.push_back(l.b.getAffineDimExpr(i));
  // Loops: batch, m, k, n.
  auto addLoop = [&](utils::IteratorType kind) {
    iterators.push_back(kind);
    return l.b.getAffineDimExpr(iterators.size() - 1);
  };
  SmallVector<AffineExpr> left, right, result(batch);
  if (hasRows)
    left.push_back(addLoop(kParallel));
  AffineExpr k = addLoop(kReduction);
  left.push_back(k);
  right.push_back(k);
  if (hasRows)
    result.push_back(left.front());
  if (hasColumns) {
    right.push_back(addLoop(kParallel));
    result.push_back(right.back());
  }
  int64_t loops = iterators.size();
  Operand lhs = broadcastBatch(l, a, y, left.size(), batch, left, loops);
  Operand rhs = broadcastBatch(l, b, y, right.size(), batch, right, loops);
  Operand init{l.zeros(l.dims(y), element), AffineMap::get(loops, 0, result, l.b.getContext())};
  Value product = l.reduce(init, {lhs, rhs}, iterators, [&](ArrayRef<Scalar> in) { return multiplyAdd(in, element); });
  l.replace(y, l.convertElements(product, element));
}

static void lowerGemm(infer::GemmOp op, Lowering &l) {
  Value y = op.getY(), c = op.getC();
  Type element = l.elementOf(y), accumulator = accumulatorType(element);
  AffineExpr m, k, n;
  bindDims(l.b.getContext(), m, k, n);
  auto map = [&](AffineExpr first, AffineExpr second, bool swapped) {
    return AffineMap::get(3, 0, swapped ? ArrayRef<AffineExpr>{second, first} : ArrayRef<AffineExpr>{first, second}, l.b.getContext());
  };
  Dims dims = l.dims(y);
  Operand lhs{l.get(op.getA()), map(m, k, op.getTransA())}, rhs{l.get(op.getB()), map(k, n, op.getTransB())};
  Operand init{l.zeros(dims, element), map(m, n, false)};
  // Integers of 8 bits are widened by their signs, which memory does not know.
  auto widen = [&](const Scalar &stored, Value operand) {
    if (stored.isFloat())
      return convert(stored, element);
    return convert(Scalar(stored.getBuilder(), stored.getLoc(), stored.get(), l.elementOf(operand).isUnsignedInteger()), element);
  };
  bool areBytes = l.elementOf(op.getA()) != element;
  Value product = l.reduce(init, {lhs, rhs}, {kParallel, kReduction, kParallel}, [&](ArrayRef<Scalar> in) {
    if (!areBytes)
      return multiplyAdd(in, element);
    const Scalar wide[] = {widen(in[0], op.getA()), widen(in[1], op.getB()), in[2]};
    return multiplyAdd(wide, element);
  });
  double alpha = op.getAlpha().convertToDouble(), beta = op.getBeta().convertToDouble();
  bool addsC = op.addsC();
  if (!addsC && alpha == 1)
    return l.replace(y, l.convertElements(product, element));
  SmallVector<Operand> inputs{{product, l.identity(2)}};
  std::optional<AffineMap> mapC = addsC ? l.broadcastMap(c, y) : std::nullopt;
  Lowering::BroadcastReader reader;
  if (mapC)
    inputs.push_back({l.get(c), *mapC});
  else if (addsC)
    reader = l.broadcastReader(c, y);
  l.replace(y, l.elementwise(dims, element, inputs, [&](ArrayRef<Scalar> in) {
    // Integer products are scaled in f64, where alpha and beta are exact.
    Type type = isa<FloatType>(accumulator) || (alpha == 1 && beta == 1) ? accumulator : l.b.getF64Type();
    Scalar sum = convert(in[0], type);
    if (alpha != 1)
      sum = alpha * sum;
    if (addsC) {
      Scalar term = convert(mapC ? in[1] : l.read(l.b, reader, loopIndices(l.b, l.loc, 2)), type);
      sum = sum + (beta == 1 ? term : beta * term);
    }
    return convert(sum, storageType(element));
  }));
}

/// Splits dim `axis` into `groups` and the rest.
static Value splitGroups(Lowering &l, Value tensor, int64_t axis, int64_t groups) {
  auto type = cast<RankedTensorType>(tensor.getType());
  Dims sizes = tensor::getMixedSizes(l.b, l.loc, tensor);
  OpFoldResult rest = l.apply(l.b.getAffineDimExpr(0).floorDiv(groups), {sizes[axis]});
  sizes[axis] = rest;
  sizes.insert(sizes.begin() + axis, l.b.getIndexAttr(groups));
  SmallVector<ReassociationIndices> reassociation;
  for (int64_t i = 0, next = 0; i < type.getRank(); ++i) {
    reassociation.push_back({next++});
    if (i == axis)
      reassociation.back().push_back(next++);
  }
  auto resultType = RankedTensorType::get(decomposeMixedValues(sizes).first, type.getElementType());
  return tensor::ExpandShapeOp::create(l.b, l.loc, resultType, tensor, reassociation, sizes);
}

static Value joinGroups(Lowering &l, Value tensor, int64_t axis) {
  SmallVector<ReassociationIndices> reassociation;
  for (int64_t i = 0, rank = cast<RankedTensorType>(tensor.getType()).getRank(); i < rank; ++i) {
    if (i == axis + 1)
      reassociation.back().push_back(i);
    else
      reassociation.push_back({i});
  }
  return tensor::CollapseShapeOp::create(l.b, l.loc, tensor, reassociation);
}

namespace {
/// How the channels of a convolution are divided: a depthwise one has a filter for each channel.
enum class Groups { one, several, depthwise };

/// Loops of a convolution and how its tensors are indexed by them: n, g, f, o..., c, k..., o_last. A depthwise one has no g and f.
struct ConvLoops {
  SmallVector<utils::IteratorType> iterators;
  SmallVector<AffineExpr> input, weight, output;
  SmallVector<AffineExpr> outputs, kernels; // spatial
  AffineExpr channel;

  ConvLoops(MLIRContext *context, size_t spatial, Groups groups) {
    auto add = [&](utils::IteratorType kind) {
      iterators.push_back(kind);
      return getAffineDimExpr(iterators.size() - 1, context);
    };
    input.push_back(add(kParallel));
    output.push_back(input.front());
    if (groups == Groups::several) {
      AffineExpr group = add(kParallel);
      input.push_back(group);
      weight.push_back(group);
      output.push_back(group);
    }
    bool depthwise = groups == Groups::depthwise;
    AffineExpr filter = add(kParallel);
    for (size_t i = 0; i + 1 < spatial; ++i)
      outputs.push_back(add(kParallel));
    channel = depthwise ? filter : add(kReduction);
    for (size_t i = 0; i < spatial; ++i)
      kernels.push_back(add(kReduction));
    outputs.push_back(add(kParallel));
    weight.append({filter, depthwise ? getAffineConstantExpr(0, context) : channel});
    llvm::append_range(weight, kernels);
    output.push_back(filter);
    llvm::append_range(output, outputs);
    input.push_back(channel);
  }

  AffineMap map(ArrayRef<AffineExpr> exprs) const { return AffineMap::get(iterators.size(), 0, exprs, exprs.front().getContext()); }
};
} // namespace

/// Adds the bias and rounds to the result's element type.
static Value addBias(Lowering &l, Value sums, Value bias, Value y) {
  Type element = l.elementOf(y);
  if (!bias)
    return l.convertElements(sums, element);
  int64_t rank = l.rank(y);
  AffineMap channels = AffineMap::get(rank, 0, l.b.getAffineDimExpr(1));
  return l.elementwise(l.dims(y), element, {{sums, l.identity(rank)}, {l.get(bias), channels}}, [&](ArrayRef<Scalar> in) {
    Scalar sum = in[0].isFloat() ? in[0] + convert(in[1], in[0].getType()) : in[0] + in[1];
    return sum.isFloat() ? convert(sum, storageType(element)) : sum;
  });
}

static void lowerConv(infer::ConvOp op, Lowering &l) {
  Value x = op.getX(), w = op.getW(), y = op.getY();
  Type element = l.elementOf(x);
  size_t spatial = l.rank(x) - 2;
  int64_t groups = op.getGroup();
  Dims kernel = l.dims(w);
  kernel.erase(kernel.begin(), kernel.begin() + 2);
  Window window = makeWindow(l, x, y, kernel, op.getStrides(), op.getDilations(), op.getPads(), op.getAutoPad());
  Value input = padSpatial(l, x, window, l.number(storageType(element), 0)), weight = l.get(w);
  Dims dims = l.dims(y);
  bool depthwise = groups > 1 && l.isOne(w, 1) && isConstantIntValue(l.dims(w)[0], groups);
  bool split = groups > 1 && !depthwise;
  ConvLoops loops(l.b.getContext(), spatial, depthwise ? Groups::depthwise : split ? Groups::several : Groups::one);
  for (size_t i = 0; i < spatial; ++i)
    loops.input.push_back(loops.outputs[i] * window.strides[i] + loops.kernels[i] * window.dilations[i]);
  if (split) {
    input = splitGroups(l, input, 1, groups);
    weight = splitGroups(l, weight, 0, groups);
    dims[1] = l.apply(l.b.getAffineDimExpr(0).floorDiv(groups), {dims[1]});
    dims.insert(dims.begin() + 1, l.b.getIndexAttr(groups));
  }
  Operand init{l.zeros(dims, element), loops.map(loops.output)};
  Value sums = l.reduce(init, {{input, loops.map(loops.input)}, {weight, loops.map(loops.weight)}}, loops.iterators,
                        [&](ArrayRef<Scalar> in) { return multiplyAdd(in, element); });
  if (split)
    sums = joinGroups(l, sums, 1);
  l.replace(y, addBias(l, sums, op.getB(), y));
}

/// Gathers: y[o] sums over k the element i = (o + pad - k * dilation) / stride where that division leaves no rest.
static void lowerConvTranspose(infer::ConvTransposeOp op, Lowering &l) {
  Value x = op.getX(), w = op.getW(), y = op.getY();
  Type element = l.elementOf(x);
  size_t spatial = l.rank(x) - 2;
  int64_t groups = op.getGroup();
  Dims dims = l.dims(y), in = l.dims(x);
  SmallVector<Value> padLow;
  AffineExpr out, size, kernel;
  bindDims(l.b.getContext(), out, size, kernel);
  for (size_t i = 0; i < spatial; ++i) {
    OpFoldResult low = l.b.getIndexAttr(op.getPads()[i]);
    if (!op.getOutputShape().empty() || op.getAutoPad().starts_with("SAME")) {
      int64_t extra = op.getOutputPadding().empty() ? 0 : op.getOutputPadding()[i];
      AffineExpr total = (size - 1) * op.getStrides()[i] + extra + (kernel - 1) * op.getDilations()[i] + 1 - out;
      OpFoldResult sum = l.atLeastZero(l.apply(total, {dims[i + 2], in[i + 2], l.dim(w, i + 2)}));
      AffineExpr all = l.b.getAffineDimExpr(0), half = all.floorDiv(2);
      low = l.apply(op.getAutoPad() == "SAME_UPPER" ? half : all - half, {sum});
    } else if (op.getAutoPad() == "VALID") {
      low = l.b.getIndexAttr(0);
    }
    padLow.push_back(l.value(low));
  }
  SmallVector<Value> inputDims;
  for (size_t i = 0; i < spatial; ++i)
    inputDims.push_back(l.value(in[i + 2]));
  Value channelsPerGroup = l.value(l.apply(l.b.getAffineDimExpr(0).floorDiv(groups), {in[1]}));
  // The filter dim of `w` is its second; as an operand it gives the loops f, c and k their sizes.
  ConvLoops loops(l.b.getContext(), spatial, groups > 1 ? Groups::several : Groups::one);
  Value weight = groups > 1 ? splitGroups(l, l.get(w), 0, groups) : l.get(w);
  std::swap(loops.weight[groups > 1 ? 1 : 0], loops.weight[groups > 1 ? 2 : 1]);
  if (groups > 1) {
    dims[1] = l.apply(l.b.getAffineDimExpr(0).floorDiv(groups), {dims[1]});
    dims.insert(dims.begin() + 1, l.b.getIndexAttr(groups));
  }
  Operand init{l.zeros(dims, element), loops.map(loops.output)};
  auto position = [](AffineExpr loop) { return cast<AffineDimExpr>(loop).getPosition(); };
  Value sums = l.reduce(init, {{weight, loops.map(loops.weight)}}, loops.iterators, [&](ArrayRef<Scalar> args) {
    SmallVector<Scalar> index = loopIndices(l.b, l.loc, loops.iterators.size());
    Scalar channel = index[position(loops.channel)];
    if (groups > 1)
      channel = channel + index[1] * channel.with(channelsPerGroup);
    SmallVector<Scalar> at{index[0], channel};
    Scalar inside = l.scalar(arith::ConstantIntOp::create(l.b, l.loc, 1, 1));
    for (size_t i = 0; i < spatial; ++i) {
      Scalar offset =
          index[position(loops.outputs[i])] + channel.with(padLow[i]) - double(op.getDilations()[i]) * index[position(loops.kernels[i])];
      Scalar positive = select(offset < 0, offset.constant(0), offset), stride = offset.constant(op.getStrides()[i]);
      Scalar source = divide(positive, stride), size = channel.with(inputDims[i]);
      inside = inside & (offset >= 0) & (modulus(positive, stride) == 0) & (source < size);
      at.push_back(clampIndex(source, size));
    }
    Scalar value = l.read(l.b, x, at);
    return multiplyAdd({select(inside, value, value.constant(0)), args[0], args[1]}, element);
  });
  if (groups > 1)
    sums = joinGroups(l, sums, 1);
  l.replace(y, addBias(l, sums, op.getB(), y));
}

void tenon::addContractionLowerings(LoweringTable &table) {
  table.add<infer::MatMulOp, lowerMatMul>();
  table.add<infer::GemmOp, lowerGemm>();
  table.add<infer::ConvOp, lowerConv>();
  table.add<infer::ConvTransposeOp, lowerConvTranspose>();
}
