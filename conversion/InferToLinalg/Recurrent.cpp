// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// LSTM, GRU and RNN -> one product of the whole sequence with the input weights, then scf.for over time with the state's product and
// one elementwise op per step. Both directions of a layer are computed together. States and sums are kept in f32 for shorter floats. The
// gate formulas are those of the ONNX specification.
//
//   %xw[(t, b), (d, g)] = sum_i %x[(t, b), i] * %w[(d, g), i]       // steps and batch are the rows of one product
//   scf.for %s { %hr[d, b, g] = sum_j %h[d, b, j] * %r[d, g, j];  %h, %c, %states[s] = cell(%xw[time of s] + %hr + bias, %h, %c) }
//   %y[t, d, b] = %states[step of t, d, b]                          // backward, and of sequences that end early, steps are not places
#include "conversion/InferToLinalg/RecurrentCell.h"
#include "conversion/InferToLinalg/SerialLoops.h"
#include "conversion/InferToLinalg/Table.h"

#include "dialects/Infer/IR/Infer.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace tenon;

namespace {
/// What the three layers share. The directions are the first dim of states and sums.
struct Layer {
  Lowering &l;
  Value x, w, r, b, lengths, h0, c0, p; // as in ONNX, null where absent
  int64_t hidden, gates, functions;     // functions: activations per direction
  int64_t directions;
  bool batchFirst, reverse; // reverse: the only direction is
  std::optional<double> limit;
  SmallVector<Activation> activations;

  Type type;          // of states and sums
  Value steps, batch; // index
  OpFoldResult stepDim, batchDim;
  Value sums; // (steps x batch, or batch x steps where x is so) x directions * gates * hidden

  /// Next states from the indices (direction, row, column), the old states and the place in time.
  using CellFn = llvm::function_ref<SmallVector<Scalar>(ArrayRef<Scalar> at, ArrayRef<Scalar> old, const Scalar &time)>;

  Dims stateDims(int64_t columns) {
    return {OpFoldResult(l.b.getIndexAttr(directions)), batchDim, OpFoldResult(l.b.getIndexAttr(columns * hidden))};
  }
  Scalar widen(const Scalar &value) { return convert(value, type); }
  Scalar clipped(const Scalar &value) { return limit ? clip(value, -*limit, *limit) : value; }
  Scalar apply(int64_t function, const Scalar &direction, const Scalar &value) { return activate(function, direction, clipped(value)); }

  template <typename OpTy> Layer(OpTy op, Lowering &l, int64_t gates, ArrayRef<StringRef> defaults);
  Scalar activate(int64_t function, const Scalar &direction, const Scalar &value);
  Value product(Operand left, Operand right, const Dims &dims, ArrayRef<AffineExpr> result);
  Value inputProduct();
  Scalar inputSum(const Scalar &time, ArrayRef<Scalar> at, int64_t number);
  Value stateProduct(Value state, int64_t firstGate, int64_t count);
  Value initial(Value tensor);
  SmallVector<Value> updateStates(ValueRange states, Value history, Value step, CellFn cell);
  Scalar timeOf(const Scalar &step, ArrayRef<Scalar> at, std::optional<Scalar> &runs);
  Scalar gate(Value stateSums, int64_t number, ArrayRef<Scalar> at, const Scalar &time);
  Scalar bias(int64_t number, ArrayRef<Scalar> at);
  Scalar peephole(int64_t number, ArrayRef<Scalar> at);
  void storeAll(Value y, Value history);
  void storeLast(Value y, Value state);
};
} // namespace

template <typename OpTy>
Layer::Layer(OpTy op, Lowering &l, int64_t gates, ArrayRef<StringRef> defaults)
    : l(l), x(op.getX()), w(op.getW()), r(op.getR()), b(op.getB()), lengths(op.getSequenceLens()), h0(op.getInitialH()),
      hidden(op.getHiddenSize()), gates(gates), functions(defaults.size()), directions(op.getDirection() == "bidirectional" ? 2 : 1),
      batchFirst(op.getLayout() == 1), reverse(op.getDirection() == "reverse"), type(accumulatorType(l.elementOf(x))) {
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
  for (int64_t i = 0; i < functions * directions; ++i) {
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

/// The activation that the direction has.
Scalar Layer::activate(int64_t function, const Scalar &direction, const Scalar &value) {
  Scalar first = activations[function](value);
  if (directions == 1 || activations[function] == activations[functions + function])
    return first;
  return select(direction == 0, first, activations[functions + function](value));
}

/// Sums products of `left` and `right` over the last loop.
Value Layer::product(Operand left, Operand right, const Dims &dims, ArrayRef<AffineExpr> result) {
  int64_t loops = left.map.getNumDims();
  SmallVector<utils::IteratorType> iterators(loops, kParallel);
  iterators.back() = kReduction;
  Operand init{l.fill(dims, type, 0), AffineMap::get(loops, 0, result, l.b.getContext())};
  return l.reduce(init, {left, right}, iterators, [&](ArrayRef<Scalar> in) { return in[2] + widen(in[0]) * widen(in[1]); });
}

/// What the whole sequence gives to the gates. Packed weights serve all steps this way, not the rows of one.
Value Layer::inputProduct() {
  SmallVector<ReassociationIndices> rows{{0, 1}, {2}};
  Value flat = tensor::CollapseShapeOp::create(l.b, l.loc, l.get(x), rows),
        weights = tensor::CollapseShapeOp::create(l.b, l.loc, l.get(w), rows);
  AffineExpr row = l.b.getAffineDimExpr(0), column = l.b.getAffineDimExpr(1), inner = l.b.getAffineDimExpr(2);
  OpFoldResult count = l.apply(row * column, {stepDim, batchDim});
  Dims dims{count, OpFoldResult(l.b.getIndexAttr(directions * gates * hidden))};
  MLIRContext *context = l.b.getContext();
  return product({flat, AffineMap::get(3, 0, {row, inner}, context)}, {weights, AffineMap::get(3, 0, {column, inner}, context)}, dims,
                 {row, column});
}

Scalar Layer::inputSum(const Scalar &time, ArrayRef<Scalar> at, int64_t number) {
  Scalar place = batchFirst ? at[1] * at[1].with(steps) + time : time * time.with(batch) + at[1];
  return extract(l, sums, {place, double(gates * hidden) * at[0] + (at[2] + double(number * hidden))}, type);
}

Value Layer::stateProduct(Value state, int64_t firstGate, int64_t count) {
  AffineExpr direction = l.b.getAffineDimExpr(0), row = l.b.getAffineDimExpr(1), column = l.b.getAffineDimExpr(2);
  AffineExpr inner = l.b.getAffineDimExpr(3);
  MLIRContext *context = l.b.getContext();
  return product({state, AffineMap::get(4, 0, {direction, row, inner}, context)},
                 {l.get(r), AffineMap::get(4, 0, {direction, column + firstGate * hidden, inner}, context)}, stateDims(count),
                 {direction, row, column});
}

/// An initial state; zeros if there is none.
Value Layer::initial(Value tensor) {
  if (!tensor)
    return l.fill(stateDims(1), type, 0);
  AffineExpr direction = l.b.getAffineDimExpr(0), row = l.b.getAffineDimExpr(1), column = l.b.getAffineDimExpr(2);
  SmallVector<AffineExpr> source{direction, row, column};
  if (batchFirst)
    source = {row, direction, column};
  return l.elementwise(stateDims(1), type, {{l.get(tensor), AffineMap::get(3, 0, source, l.b.getContext())}},
                       [&](ArrayRef<Scalar> in) { return widen(in[0]); });
}

/// The place in time of a step, and the other way round; `runs` is set where sequences end on their own. Backward, a sequence begins at its
/// own end.
Scalar Layer::timeOf(const Scalar &step, ArrayRef<Scalar> at, std::optional<Scalar> &runs) {
  Scalar length = step.with(steps);
  if (lengths) {
    length = toIndex(l.read(l.b, lengths, {at[1]}));
    length = min(max(length, length.constant(0)), length.with(steps));
    runs = step < length;
  }
  if (directions == 1 && !reverse)
    return step;
  Scalar time = length - 1 - step, backward = max(time, time.constant(0));
  return directions == 1 ? backward : select(at[0] == 0, step, backward);
}

/// The states by `cell`, the first of them also as `history[step]`; where a sequence has ended, the old ones stay.
SmallVector<Value> Layer::updateStates(ValueRange states, Value history, Value step, CellFn cell) {
  OpFoldResult one = l.b.getIndexAttr(1), zero = l.b.getIndexAttr(0);
  Dims offsets{OpFoldResult(step), zero, zero, zero}, sizes{one}, strides(4, one);
  llvm::append_range(sizes, stateDims(1));
  auto type = cast<RankedTensorType>(states.front().getType());
  SmallVector<Value> inits(states);
  inits.push_back(tensor::ExtractSliceOp::create(l.b, l.loc, type, history, offsets, sizes, strides));
  SmallVector<Value> results = l.update(inits, [&](ArrayRef<Scalar> at, ArrayRef<Scalar> old) {
    std::optional<Scalar> runs;
    Scalar time = timeOf(at[0].with(step), at, runs);
    SmallVector<Scalar> next = cell(at, old.drop_back(), time);
    for (auto [now, before] : llvm::zip(next, old))
      now = runs ? select(*runs, now, before) : now;
    next.push_back(next.front());
    return next;
  });
  results.back() = tensor::InsertSliceOp::create(l.b, l.loc, results.back(), history, offsets, sizes, strides);
  return results;
}

Scalar Layer::bias(int64_t number, ArrayRef<Scalar> at) {
  return b ? widen(l.read(l.b, b, {at[0], at[2] + double(number * hidden)})) : l.number(type, 0);
}

Scalar Layer::peephole(int64_t number, ArrayRef<Scalar> at) { return widen(l.read(l.b, p, {at[0], at[2] + double(number * hidden)})); }

/// The sum of a gate before its activation.
Scalar Layer::gate(Value stateSums, int64_t number, ArrayRef<Scalar> at, const Scalar &time) {
  Scalar sum = inputSum(time, at, number) + extract(l, stateSums, {at[0], at[1], at[2] + double(number * hidden)}, type);
  return b ? sum + bias(number, at) + bias(gates + number, at) : sum;
}

/// Puts the states of all steps at their places in time; where a sequence has ended, zeros.
void Layer::storeAll(Value y, Value history) {
  Type element = l.elementOf(y);
  if (!lengths && !batchFirst && directions == 1 && !reverse)
    return l.replace(y, l.convertElements(history, element));
  l.replace(y, l.map(l.dims(y), element, [&](ArrayRef<Scalar> index) {
    Scalar time = batchFirst ? index[1] : index[0], direction = batchFirst ? index[2] : index[1], row = batchFirst ? index[0] : index[2];
    std::optional<Scalar> runs;
    Scalar step = timeOf(time, {direction, row, index[3]}, runs);
    Scalar state = convert(extract(l, history, {step, direction, row, index[3]}, type), element);
    return runs ? select(*runs, state, state.constant(0)) : state;
  }));
}

void Layer::storeLast(Value y, Value state) {
  Type element = l.elementOf(y);
  if (!batchFirst)
    return l.replace(y, l.convertElements(state, element));
  l.replace(y, l.map(l.dims(y), element,
                     [&](ArrayRef<Scalar> index) { return convert(extract(l, state, {index[1], index[0], index[2]}, type), element); }));
}

/// Runs the layer. `step` gets the carried states, those of earlier steps, and the step, and gives both for the next one.
template <typename OpTy>
static LogicalResult runLayer(OpTy op, Lowering &l, Layer &layer, ArrayRef<Value> initials, ArrayRef<Value> lastResults,
                              llvm::function_ref<SmallVector<Value>(ValueRange states, Value history, Value step)> step) {
  for (const Activation &activation : layer.activations)
    if (!Activation::isKnown(activation.name))
      return op.emitOpError("expected an activation that ONNX knows, got '") << activation.name << "'";
  layer.sums = layer.inputProduct();
  SmallVector<Value> carried;
  for (Value initial : initials)
    carried.push_back(layer.initial(initial));
  Dims dims{layer.stepDim};
  llvm::append_range(dims, layer.stateDims(1));
  carried.push_back(l.empty(dims, layer.type));
  carried = serialLoops(l, {layer.steps}, carried,
                        [&](ArrayRef<Scalar> at, ValueRange carried) { return step(carried.drop_back(), carried.back(), at[0].get()); });
  layer.storeAll(op.getY(), carried.pop_back_val());
  for (auto [result, state] : llvm::zip_equal(lastResults, carried))
    layer.storeLast(result, state);
  return success();
}

static LogicalResult lowerLstm(infer::LSTMOp op, Lowering &l) {
  Layer layer(op, l, 4, {"Sigmoid", "Tanh", "Tanh"});
  layer.c0 = op.getInitialC();
  layer.p = op.getP();
  bool coupled = op.getInputForget();
  // Gates in the order i, o, f, c; peepholes in the order i, o, f.
  auto step = [&](ValueRange states, Value history, Value step) {
    Value sums = layer.stateProduct(states[0], 0, 4);
    auto cell = [&](ArrayRef<Scalar> at, ArrayRef<Scalar> old, const Scalar &time) -> SmallVector<Scalar> {
      auto gate = [&](int64_t number, const Scalar &content) {
        Scalar sum = layer.gate(sums, number, at, time);
        return layer.apply(0, at[0], layer.p ? sum + layer.peephole(number, at) * content : sum);
      };
      Scalar forget = gate(2, old[1]), input = coupled ? 1 - forget : gate(0, old[1]);
      Scalar content = forget * old[1] + input * layer.apply(1, at[0], layer.gate(sums, 3, at, time));
      return {gate(1, content) * layer.activate(2, at[0], content), content};
    };
    return layer.updateStates(states, history, step, cell);
  };
  return runLayer(op, l, layer, {layer.h0, layer.c0}, {op.getYH(), op.getYC()}, step);
}

static LogicalResult lowerRnn(infer::RNNOp op, Lowering &l) {
  Layer layer(op, l, 1, {"Tanh"});
  auto step = [&](ValueRange states, Value history, Value step) {
    Value sums = layer.stateProduct(states[0], 0, 1);
    return layer.updateStates(states, history, step, [&](ArrayRef<Scalar> at, ArrayRef<Scalar>, const Scalar &time) -> SmallVector<Scalar> {
      return {layer.apply(0, at[0], layer.gate(sums, 0, at, time))};
    });
  };
  return runLayer(op, l, layer, {layer.h0}, {op.getYH()}, step);
}

/// What r . h gives to the gate h if it is the product's operand: a product of its own.
static Value resetProduct(Lowering &l, Layer &layer, Value state, Value sums, Value step) {
  Value reset = l.map(layer.stateDims(1), layer.type, [&](ArrayRef<Scalar> at) {
    std::optional<Scalar> runs;
    Scalar time = layer.timeOf(at[0].with(step), at, runs);
    return layer.apply(0, at[0], layer.gate(sums, 1, at, time)) * extract(l, state, at, layer.type);
  });
  return layer.stateProduct(reset, 2, 1);
}

static LogicalResult lowerGru(infer::GRUOp op, Lowering &l) {
  Layer layer(op, l, 3, {"Sigmoid", "Tanh"});
  bool linearFirst = op.getLinearBeforeReset();
  // Gates in the order z, r, h.
  auto step = [&](ValueRange states, Value history, Value step) {
    Value sums = layer.stateProduct(states[0], 0, 3), content = linearFirst ? sums : resetProduct(l, layer, states[0], sums, step);
    int64_t offset = linearFirst ? 2 * layer.hidden : 0;
    auto cell = [&](ArrayRef<Scalar> at, ArrayRef<Scalar> old, const Scalar &time) -> SmallVector<Scalar> {
      Scalar update = layer.apply(0, at[0], layer.gate(sums, 0, at, time));
      Scalar input = layer.inputSum(time, at, 2) + layer.bias(2, at);
      Scalar own = extract(l, content, {at[0], at[1], at[2] + double(offset)}, layer.type) + layer.bias(5, at);
      if (linearFirst)
        own = layer.apply(0, at[0], layer.gate(sums, 1, at, time)) * own;
      Scalar candidate = layer.apply(1, at[0], input + own);
      return {(1 - update) * candidate + update * old[0]};
    };
    return layer.updateStates(states, history, step, cell);
  };
  return runLayer(op, l, layer, {layer.h0}, {op.getYH()}, step);
}

void tenon::addRecurrentLowerings(LoweringTable &table) {
  table.add<infer::LSTMOp, lowerLstm>();
  table.add<infer::GRUOp, lowerGru>();
  table.add<infer::RNNOp, lowerRnn>();
}
