// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Any elementwise op -> one linalg.generic around its scalar body.
//
//   %z = infer.add %x, %y : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
//   ->
//   %z = linalg.generic {(i, j) -> (i, j), (i, j) -> (j), (i, j) -> (i, j)} ins(%x, %y) outs(%e) { arith.addf }
//
// An operand whose dim may be 1 at run time is read by tensor.extract with stride 0 or 1. A splat constant becomes a scalar.
#include "conversion/InferToLinalg/Table.h"

#include "dialects/Infer/IR/Infer.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace tenon;

/// The value that all elements of a constant have.
static TypedAttr splatOf(Value original) {
  DenseElementsAttr dense;
  if (!matchPattern(original, m_Constant(&dense)) || !dense.isSplat())
    return {};
  Attribute element = dense.getSplatValue<Attribute>();
  if (auto integer = dyn_cast<IntegerAttr>(element))
    return IntegerAttr::get(infer::getSignlessType(integer.getType()), integer.getValue());
  return dyn_cast<TypedAttr>(element);
}

namespace {
/// Where the scalar of one operand comes from: a constant, an input of the generic, or a read in its body.
struct Source {
  Value original;
  TypedAttr constant;
  int input = -1;
  Lowering::BroadcastReader reader;
};
} // namespace

LogicalResult tenon::lowerElementwise(Lowering &l) {
  auto op = cast<infer::ElementwiseOpInterface>(l.op);
  Value result = l.op->getResult(0);
  Dims dims = l.dims(result);
  SmallVector<Source> sources;
  SmallVector<Operand> inputs;
  for (Value operand : l.op->getOperands()) {
    Source source{operand, splatOf(operand), -1, {}};
    if (!source.constant) {
      if (std::optional<AffineMap> map = l.broadcastMap(operand, result)) {
        source.input = inputs.size();
        inputs.push_back({l.get(operand), *map});
      } else {
        source.reader = l.broadcastReader(operand, result);
      }
    }
    sources.push_back(source);
  }
  Value tensor = l.elementwise(dims, l.elementOf(result), inputs, [&](ArrayRef<Scalar> in) {
    SmallVector<Value> scalars;
    SmallVector<Scalar> indices;
    for (const Source &source : sources) {
      if (source.constant) {
        scalars.push_back(arith::ConstantOp::create(l.b, l.loc, source.constant));
      } else if (source.input >= 0) {
        scalars.push_back(Lowering::fromStorage(l.b, l.loc, in[source.input].get(), l.elementOf(source.original)).get());
      } else {
        if (indices.empty())
          indices = loopIndices(l.b, l.loc, dims.size());
        scalars.push_back(l.read(l.b, source.reader, indices).get());
      }
    }
    return Scalar(l.b, l.loc, op.buildScalar(l.b, l.loc, scalars));
  });
  l.replace(result, tensor);
  return success();
}
