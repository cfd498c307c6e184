// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// infer-refine-shapes: result types become as static as the symbolic shape analysis proves. What it assumed for that becomes guards.
//
//   %s = infer.constant dense<[2, -1]>
//   infer.reshape %x, %s : (tensor<4x4xf32>, ...) -> tensor<?x?xf32>   ->   ... -> tensor<2x8xf32>
#include "dialects/Infer/Analysis/SymbolicShapes.h"
#include "dialects/Infer/IR/Infer.h"
#include "dialects/Infer/Transforms/Passes.h"
#include "dialects/Infer/Transforms/ShapeGuards.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace tenon::infer;

namespace tenon::infer {
#define GEN_PASS_DEF_INFERREFINESHAPESPASS
#include "dialects/Infer/Transforms/Passes.h.inc"
} // namespace tenon::infer

namespace {

/// The type with each dim static that the analysis knows; the type itself if nothing is new or a known dim is no dim.
RankedTensorType refinedType(SymbolicShapes &shapes, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.hasStaticShape())
    return type;
  SmallVector<int64_t> dims(type.getShape());
  for (auto [i, expr] : llvm::enumerate(shapes.dims(value)))
    if (auto known = constantValue(expr); known && type.isDynamicDim(i) && !shapes.isMeasured(value, i))
      dims[i] = *known;
  if (llvm::any_of(dims, [](int64_t dim) { return dim < 0 && !ShapedType::isDynamic(dim); }))
    return type; // a program that is wrong whenever it runs
  return RankedTensorType::get(dims, type.getElementType());
}

struct RefineShapes : tenon::infer::impl::InferRefineShapesPassBase<RefineShapes> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isDeclaration())
      return;
    SymbolicShapes shapes(function);
    SmallVector<std::pair<Value, Type>> changes;
    function.walk([&](Operation *op) {
      // Ops of other dialects may tie their types together.
      if (!isa<ShapeOpInterface, ElementwiseOpInterface>(op))
        return;
      for (Value result : op->getResults())
        if (RankedTensorType type = refinedType(shapes, result); type != result.getType())
          changes.emplace_back(result, type);
    });
    if (changes.empty())
      return;
    createShapeGuards(shapes);
    for (auto [value, type] : changes)
      value.setType(type);
    auto terminator = function.getBody().back().getTerminator();
    if (function.getBody().hasOneBlock() && isa<func::ReturnOp>(terminator))
      function.setType(FunctionType::get(&getContext(), function.getArgumentTypes(), terminator->getOperandTypes()));
  }
};

} // namespace
