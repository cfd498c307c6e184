// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// LSTM, GRU and RNN -> one product of the whole sequence with the input weights, then scf.for over time with the state's product and
// elementwise ops per step. States and sums are kept in f32 for shorter floats. The gate formulas are those of the ONNX specification.
//
//   %xw[(t, b), g] = sum_i %x[(t, b), i] * %w[d, g, i]       // steps and batch are the rows of one product
//   scf.for %t { %hr[b, g] = sum_j %h[b, j] * %r[d, g, j];  %c, %h = cell(%xw[t] + %hr + bias, %c);  %y[t, d] = %h }
#include "conversion/InferToLinalg/RecurrentCell.h"
#include "conversion/InferToLinalg/SerialLoops.h"
#include "conversion/InferToLinalg/Table.h"

#include "dialects/Infer/IR/Infer.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace tenon;

namespace {
/// What the three layers share, and one direction of it at a time.
struct Layer {
  Lowering &l;
  Value x, w, r, b, lengths, h0, c0, p; // as in ONNX, null where absent
  int64_t hidden, gates, functions;     // functions: activations per direction
  bool batchFirst, bidirectional, reverse;
  std::optional<double> limit;
  SmallVector<Activation> activations;

  Type type;          // of states and sums
  Value steps, batch; // index
  OpFoldResult stepDim, batchDim;
  int64_t d = 0; // direction
  Value sums;    // (steps x batch, or batch x steps where x is so) x gates * hidden

  bool isReverse() const { return bidirectional ? d == 1 : reverse; }
  Dims stateDims(int64_t columns) { return {batchDim, OpFoldResult(l.b.getIndexAttr(columns * hidden))}; }
  Scalar constant(int64_t number) { return l.scalar(l.index(number)); }
  Scalar widen(const Scalar &value) { return convert(value, type); }
  Scalar apply(int64_t function, const Scalar &value) { return activations[d * functions + function](clipped(value)); }
  Scalar clipped(const Scalar &value) { return limit ? clip(value, -*limit, *limit) : value; }

  template <typename OpTy> Layer(OpTy op, Lowering &l, int64_t gates, ArrayRef<StringRef> defaults);
  Value product(Value left, AffineMap leftMap, Value right, int64_t firstGate, const Dims &dims, ArrayRef<AffineExpr> result);
  Value inputProduct();
  Scalar inputSum(const Scalar &time, const Scalar &row, const Scalar &column);
  Value stateProduct(Value state, int64_t firstGate, int64_t count);
  Value initial(Value tensor);
  Value cellMap(llvm::function_ref<Scalar(ArrayRef<Scalar> index, const Scalar &time)> body, Value old, Value step);
  Scalar timeOf(const Scalar &step, const Scalar &row, std::optional<Scalar> &runs);
  Scalar gate(Value stateSums, int64_t number, ArrayRef<Scalar> index, const Scalar &time);
  Scalar bias(int64_t number, const Scalar &column);
  Scalar peephole(int64_t number, const Scalar &column);
  Value store(Value y, Value state, Value step);
  Value storeLast(Value y, Value state);
};
} // namespace

template <typename OpTy>
Layer::Layer(OpTy op, Lowering &l, int64_t gates, ArrayRef<StringRef> defaults)
    : l(l), x(op.getX()), w(op.getW()), r(op.getR()), b(op.getB()), lengths(op.getSequenceLens()), h0(op.getInitialH()),
      hidden(op.getHiddenSize()), gates(gates), functions(defaults.size()), batchFirst(op.getLayout() == 1),
      bidirectional(op.getDirection() == "bidirectional"), reverse(op.getDirection() == "reverse"), type(accumulatorType(l.elementOf(x))) {
  if (op.getClip())
    limit = op.getClip()->convertToDouble();
  ArrayRef<float> alphas = op.getActivationAlpha().value_or(ArrayRef<float>()), betas = op.getActivationBeta().value_or(ArrayRef<float>());
  auto take = [](ArrayRef<float> &list, bool takes) -> std::optional<double> {
    if (!takes || list.empty())
      return std::nullopt;
    double value = list.front();
    list = list.drop_front();
    return value;
  };
  for (int64_t i = 0; i < functions * (bidirectional ? 2 : 1); ++i) {
    StringRef name = defaults[i % functions];
    if (op.getActivations() && i < static_cast<int64_t>(op.getActivations()->size()))
      name = cast<StringAttr>((*op.getActivations())[i]).getValue();
    activations.push_back({name, take(alphas, Activation::takesAlpha(name)), take(betas, Activation::takesBeta(name))});
  }
  stepDim = l.dim(x, batchFirst ? 1 : 0);
  batchDim = l.dim(x, batchFirst ? 0 : 1);
  steps = l.value(stepDim);
  batch = l.value(batchDim);
}

/// Sums products of `left` and the rows of `right[d]` from gate `firstGate` on over the last loop.
Value Layer::product(Value left, AffineMap leftMap, Value right, int64_t firstGate, const Dims &dims, ArrayRef<AffineExpr> result) {
  int64_t loops = leftMap.getNumDims();
  AffineExpr row = l.b.getAffineDimExpr(loops - 2) + firstGate * hidden, inner = l.b.getAffineDimExpr(loops - 1);
  AffineMap rightMap = AffineMap::get(loops, 0, {l.b.getAffineConstantExpr(d), row, inner}, l.b.getContext());
  SmallVector<utils::IteratorType> iterators(loops, kParallel);
  iterators.back() = kReduction;
  Operand init{l.fill(dims, type, 0), AffineMap::get(loops, 0, result, l.b.getContext())};
  return l.reduce(init, {{left, leftMap}, {l.get(right), rightMap}}, iterators,
                  [&](ArrayRef<Scalar> in) { return in[2] + widen(in[0]) * widen(in[1]); });
}

/// What the whole sequence gives to the gates. Packed weights serve all steps this way, not the rows of one.
Value Layer::inputProduct() {
  SmallVector<ReassociationIndices> rows{{0, 1}, {2}};
  Value flat = tensor::CollapseShapeOp::create(l.b, l.loc, l.get(x), rows);
  AffineExpr row = l.b.getAffineDimExpr(0), column = l.b.getAffineDimExpr(1), inner = l.b.getAffineDimExpr(2);
  OpFoldResult count = l.apply(row * column, {stepDim, batchDim});
  Dims dims{count, OpFoldResult(l.b.getIndexAttr(gates * hidden))};
  return product(flat, AffineMap::get(3, 0, {row, inner}, l.b.getContext()), w, 0, dims, {row, column});
}

Scalar Layer::inputSum(const Scalar &time, const Scalar &row, const Scalar &column) {
  Scalar place = batchFirst ? row * row.with(steps) + time : time * time.with(batch) + row;
  return extract(l, sums, {place, column}, type);
}

Value Layer::stateProduct(Value state, int64_t firstGate, int64_t count) {
  AffineExpr row = l.b.getAffineDimExpr(0), column = l.b.getAffineDimExpr(1), inner = l.b.getAffineDimExpr(2);
  return product(state, AffineMap::get(3, 0, {row, inner}, l.b.getContext()), r, firstGate, stateDims(count), {row, column});
}

/// batch x hidden of an initial state; zeros if there is none.
Value Layer::initial(Value tensor) {
  if (!tensor)
    return l.fill(stateDims(1), type, 0);
  AffineExpr row = l.b.getAffineDimExpr(0), column = l.b.getAffineDimExpr(1), direction = l.b.getAffineConstantExpr(d);
  SmallVector<AffineExpr> source{direction, row, column};
  if (batchFirst)
    source = {row, direction, column};
  return l.elementwise(stateDims(1), type, {{l.get(tensor), AffineMap::get(2, 0, source, l.b.getContext())}},
                       [&](ArrayRef<Scalar> in) { return widen(in[0]); });
}

/// The place in time of a step; `runs` is set where sequences end on their own. Backward, a sequence begins at its own end.
Scalar Layer::timeOf(const Scalar &step, const Scalar &row, std::optional<Scalar> &runs) {
  Scalar length = step.with(steps);
  if (lengths) {
    length = toIndex(l.read(l.b, lengths, {row}));
    length = min(max(length, length.constant(0)), length.with(steps));
    runs = step < length;
  }
  if (!isReverse())
    return step;
  Scalar time = length - 1 - step;
  return max(time, time.constant(0));
}

/// batch x hidden by `body`; where a sequence has ended, `old` stays.
Value Layer::cellMap(llvm::function_ref<Scalar(ArrayRef<Scalar>, const Scalar &)> body, Value old, Value step) {
  return l.map(stateDims(1), type, [&](ArrayRef<Scalar> index) {
    std::optional<Scalar> runs;
    Scalar time = timeOf(index[0].with(step), index[0], runs);
    Scalar next = body(index, time);
    return runs ? select(*runs, next, extract(l, old, index, type)) : next;
  });
}

Scalar Layer::bias(int64_t number, const Scalar &column) {
  return b ? widen(l.read(l.b, b, {constant(d), column + double(number * hidden)})) : l.number(type, 0);
}

Scalar Layer::peephole(int64_t number, const Scalar &column) {
  return widen(l.read(l.b, p, {constant(d), column + double(number * hidden)}));
}

/// The sum of a gate before its activation.
Scalar Layer::gate(Value stateSums, int64_t number, ArrayRef<Scalar> index, const Scalar &time) {
  Scalar column = index[1] + double(number * hidden);
  Scalar sum = inputSum(time, index[0], column) + extract(l, stateSums, {index[0], column}, type);
  return b ? sum + bias(number, index[1]) + bias(gates + number, index[1]) : sum;
}

/// Puts a state at its place in time.
Value Layer::store(Value y, Value state, Value step) {
  Type element = cast<RankedTensorType>(y.getType()).getElementType();
  if (lengths) {
    return serialLoops(l, {batch, l.index(hidden)}, y,
                       [&](ArrayRef<Scalar> index, ValueRange carried) -> SmallVector<Value> {
                         std::optional<Scalar> runs;
                         Scalar time = timeOf(index[0].with(step), index[0], runs);
                         SmallVector<Scalar> place{time, constant(d), index[0], index[1]};
                         if (batchFirst)
                           place = {index[0], time, constant(d), index[1]};
                         return updateIf(l, *runs, carried, [&]() -> SmallVector<Value> {
                           return {insert(l, convert(extract(l, state, index, type), element), carried[0], place)};
                         });
                       })
        .front();
  }
  std::optional<Scalar> runs;
  OpFoldResult time = timeOf(l.scalar(step), l.scalar(step), runs).get(), one = l.b.getIndexAttr(1), zero = l.b.getIndexAttr(0);
  OpFoldResult direction = l.b.getIndexAttr(d), width = l.b.getIndexAttr(hidden);
  Dims offsets{time, direction, zero, zero}, sizes{one, one, batchDim, width}, strides(4, one);
  if (batchFirst) {
    offsets = {zero, time, direction, zero};
    sizes = {batchDim, one, one, width};
  }
  return tensor::InsertSliceOp::create(l.b, l.loc, l.convertElements(state, element), y, offsets, sizes, strides);
}

Value Layer::storeLast(Value y, Value state) {
  OpFoldResult one = l.b.getIndexAttr(1), zero = l.b.getIndexAttr(0), direction = l.b.getIndexAttr(d);
  OpFoldResult width = l.b.getIndexAttr(hidden);
  Dims offsets{direction, zero, zero}, sizes{one, batchDim, width}, strides(3, one);
  if (batchFirst) {
    offsets = {zero, direction, zero};
    sizes = {batchDim, one, width};
  }
  Type element = cast<RankedTensorType>(y.getType()).getElementType();
  return tensor::InsertSliceOp::create(l.b, l.loc, l.convertElements(state, element), y, offsets, sizes, strides);
}

/// Runs all directions. `step` gets the carried states and the step and gives the next states.
template <typename OpTy>
static LogicalResult runLayer(OpTy op, Lowering &l, Layer &layer, ArrayRef<Value> initials, ArrayRef<Value> lastResults,
                              llvm::function_ref<SmallVector<Value>(ValueRange states, Value step)> step) {
  for (const Activation &activation : layer.activations)
    if (!Activation::isKnown(activation.name))
      return op.emitOpError("expected an activation that ONNX knows, got '") << activation.name << "'";
  Type element = l.elementOf(op.getY());
  Value y = layer.lengths ? l.fill(l.dims(op.getY()), storageType(element), 0) : l.empty(l.dims(op.getY()), element);
  SmallVector<Value> last;
  for (Value result : lastResults)
    last.push_back(l.empty(l.dims(result), element));
  for (layer.d = 0; layer.d < (layer.bidirectional ? 2 : 1); ++layer.d) {
    layer.sums = layer.inputProduct();
    SmallVector<Value> states{y};
    for (Value initial : initials)
      states.push_back(layer.initial(initial));
    states = serialLoops(l, {layer.steps}, states, [&](ArrayRef<Scalar> at, ValueRange carried) {
      SmallVector<Value> next = step(carried.drop_front(), at[0].get());
      next.insert(next.begin(), layer.store(carried[0], next[0], at[0].get()));
      return next;
    });
    y = states[0];
    for (auto [tensor, state] : llvm::zip(last, ArrayRef<Value>(states).drop_front()))
      tensor = layer.storeLast(tensor, state);
  }
  l.replace(op.getY(), y);
  for (auto [result, tensor] : llvm::zip(lastResults, last))
    l.replace(result, tensor);
  return success();
}

static LogicalResult lowerLstm(infer::LSTMOp op, Lowering &l) {
  Layer layer(op, l, 4, {"Sigmoid", "Tanh", "Tanh"});
  layer.c0 = op.getInitialC();
  layer.p = op.getP();
  bool coupled = op.getInputForget();
  // Gates in the order i, o, f, c; peepholes in the order i, o, f.
  auto step = [&](ValueRange states, Value step) -> SmallVector<Value> {
    Value state = states[0], cell = states[1], sums = layer.stateProduct(state, 0, 4);
    auto nextCell = [&](ArrayRef<Scalar> index, const Scalar &time) {
      Scalar old = extract(l, cell, index, layer.type);
      auto gate = [&](int64_t number) {
        Scalar sum = layer.gate(sums, number, index, time);
        return layer.apply(0, layer.p ? sum + layer.peephole(number, index[1]) * old : sum);
      };
      Scalar forget = gate(2), input = coupled ? 1 - forget : gate(0);
      return forget * old + input * layer.apply(1, layer.gate(sums, 3, index, time));
    };
    Value next = layer.cellMap(nextCell, cell, step);
    auto nextState = [&](ArrayRef<Scalar> index, const Scalar &time) {
      Scalar content = extract(l, next, index, layer.type), sum = layer.gate(sums, 1, index, time);
      Scalar output = layer.apply(0, layer.p ? sum + layer.peephole(1, index[1]) * content : sum);
      return output * layer.activations[layer.d * layer.functions + 2](content);
    };
    return {layer.cellMap(nextState, state, step), next};
  };
  return runLayer(op, l, layer, {layer.h0, layer.c0}, {op.getYH(), op.getYC()}, step);
}

static LogicalResult lowerRnn(infer::RNNOp op, Lowering &l) {
  Layer layer(op, l, 1, {"Tanh"});
  auto step = [&](ValueRange states, Value step) -> SmallVector<Value> {
    Value sums = layer.stateProduct(states[0], 0, 1);
    auto next = [&](ArrayRef<Scalar> index, const Scalar &time) { return layer.apply(0, layer.gate(sums, 0, index, time)); };
    return {layer.cellMap(next, states[0], step)};
  };
  return runLayer(op, l, layer, {layer.h0}, {op.getYH()}, step);
}

static LogicalResult lowerGru(infer::GRUOp op, Lowering &l) {
  Layer layer(op, l, 3, {"Sigmoid", "Tanh"});
  bool linearFirst = op.getLinearBeforeReset();
  // Gates in the order z, r, h.
  auto step = [&](ValueRange states, Value step) -> SmallVector<Value> {
    Value state = states[0], sums = layer.stateProduct(state, 0, 3), content = sums;
    int64_t offset = 2;
    if (!linearFirst) {
      auto reset = [&](ArrayRef<Scalar> index, const Scalar &time) {
        return layer.apply(0, layer.gate(sums, 1, index, time)) * extract(l, state, index, layer.type);
      };
      content = layer.stateProduct(layer.cellMap(reset, state, step), 2, 1);
      offset = 0;
    }
    auto next = [&](ArrayRef<Scalar> index, const Scalar &time) {
      Scalar update = layer.apply(0, layer.gate(sums, 0, index, time));
      Scalar column = index[1] + double(2 * layer.hidden);
      Scalar input = layer.inputSum(time, index[0], column) + layer.bias(2, index[1]);
      Scalar own = extract(l, content, {index[0], index[1] + double(offset * layer.hidden)}, layer.type) + layer.bias(5, index[1]);
      if (linearFirst)
        own = layer.apply(0, layer.gate(sums, 1, index, time)) * own;
      Scalar candidate = layer.apply(1, input + own);
      return (1 - update) * candidate + update * extract(l, state, index, layer.type);
    };
    return {layer.cellMap(next, state, step)};
  };
  return runLayer(op, l, layer, {layer.h0}, {op.getYH()}, step);
}

void tenon::addRecurrentLowerings(LoweringTable &table) {
  table.add<infer::LSTMOp, lowerLstm>();
  table.add<infer::GRUOp, lowerGru>();
  table.add<infer::RNNOp, lowerRnn>();
}
