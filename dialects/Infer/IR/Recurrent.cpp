// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The shape function of the recurrent family.
#include "dialects/Infer/IR/ShapeFunctions.h"

using namespace mlir;
using namespace tenon::infer;

static LogicalResult expectDims(ShapeScope &scope, Value tensor, ArrayRef<AffineExpr> expected, StringRef what) {
  if (!tensor)
    return success();
  if (failed(expectRank(scope, tensor, expected.size(), what)))
    return failure();
  for (auto [dim, other] : llvm::zip(scope.dims(tensor), expected))
    if (failed(expectEqual(scope, dim, other, ("the dimensions of " + what).str())))
      return failure();
  return success();
}

/// C9: a known name for each kind of gate and direction.
static LogicalResult expectActivations(ShapeScope &scope, ArrayAttr names, int64_t count) {
  if (!names)
    return success();
  if (static_cast<int64_t>(names.size()) != count)
    return scope.error("expected ", count, " activations, got ", names.size());
  for (Attribute name : names) {
    auto text = dyn_cast<StringAttr>(name);
    if (!text || !llvm::is_contained({"Relu", "Tanh", "Sigmoid", "Affine", "LeakyRelu", "ThresholdedRelu", "ScaledTanh", "HardSigmoid",
                                      "Elu", "Softsign", "Softplus"},
                                     text.getValue()))
      return scope.error("expected an activation that ONNX knows, got ", name);
  }
  return success();
}

LogicalResult tenon::infer::recurrentShape(ShapeScope &scope, const Recurrent &layer, ResultShapes &results) {
  if (failed(expectRank(scope, layer.x, 3, "x"))) // C1
    return failure();
  for (Value operand : {layer.w, layer.r, layer.b, layer.initialH, layer.initialC, layer.p})
    if (operand && elementType(operand) != elementType(layer.x))
      return scope.error("expected operands of one element type, got ", elementType(layer.x), " and ", elementType(operand)); // C1
  if (!llvm::is_contained({"forward", "reverse", "bidirectional"}, layer.direction) || layer.layout < 0 || layer.layout > 1)
    return scope.error("expected direction forward, reverse or bidirectional and layout 0 or 1, got ", layer.direction, " and ",
                       layer.layout); // C2
  if (layer.hiddenSize < 1 || layer.hiddenSize > (1 << 24))
    return scope.error("expected hidden_size in [1, 2^24], got ", layer.hiddenSize); // C3
  int64_t count = layer.direction == "bidirectional" ? 2 : 1;
  SymbolicDims x = scope.dims(layer.x);
  AffineExpr sequence = x[layer.layout], batch = x[1 - layer.layout], input = x[2];
  AffineExpr directions = scope.constant(count), hidden = scope.constant(layer.hiddenSize);
  AffineExpr gates = scope.mul(hidden, layer.gates);
  SymbolicDims state = {directions, batch, hidden};
  if (layer.layout == 1)
    std::swap(state[0], state[1]);
  if (failed(expectDims(scope, layer.w, {directions, gates, input}, "w")) ||         // C4
      failed(expectDims(scope, layer.r, {directions, gates, hidden}, "r")) ||        // C5
      failed(expectDims(scope, layer.b, {directions, scope.mul(gates, 2)}, "b")) ||  // C6
      failed(expectDims(scope, layer.sequenceLens, {batch}, "sequence_lens")) ||     // C7
      failed(expectDims(scope, layer.initialH, state, "initial_h")) ||               // C8
      failed(expectDims(scope, layer.initialC, state, "initial_c")) ||               // C8
      failed(expectDims(scope, layer.p, {directions, scope.mul(hidden, 3)}, "p")) || // C6
      failed(expectActivations(scope, layer.activations,
                               count * (layer.gates == 4   ? 3
                                        : layer.gates == 3 ? 2
                                                           : 1)))) // C9
    return failure();
  SymbolicDims y = {sequence, directions, batch, hidden};
  if (layer.layout == 1)
    y = {batch, sequence, directions, hidden};
  Type element = elementType(layer.x);
  results.push_back({element, y});
  results.push_back({element, state});
  if (layer.gates == 4)
    results.push_back({element, state});
  return success();
}
