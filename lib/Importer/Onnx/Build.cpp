// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Building an op from what a file says: its type inference and verifier run on the spot, so that what they find names the node;
// then its folder, so that shape arithmetic on constants is a constant before the next node asks for it.
#include "dialects/Infer/IR/Infer.h"
#include "lib/Importer/Onnx/Graph.h"
#include "lib/Importer/Onnx/Node.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"

using namespace mlir;
using namespace tenon::onnx_importer;

namespace {
/// Storage of an op's properties before the op exists: inference reads attributes from there.
class Properties {
public:
  Properties(OperationName name) : name(name), storage((std::max(1, name.getOpPropertyByteSize()) + 15) / 16) {
    if (name.getOpPropertyByteSize())
      name.initOpProperties(get(), nullptr);
  }
  ~Properties() {
    if (name.getOpPropertyByteSize())
      name.destroyOpProperties(get());
  }
  Properties(const Properties &) = delete;
  OpaqueProperties get() { return OpaqueProperties(storage.data()); }

private:
  struct alignas(16) Unit {
    char bytes[16];
  };
  OperationName name;
  std::vector<Unit> storage;
};
} // namespace

/// Result types by the op's own inference.
static LogicalResult inferTypes(OperationState &state) {
  MLIRContext *context = state.getContext();
  auto *interface = state.name.getInterface<InferTypeOpInterface>();
  if (!interface)
    return emitError(state.location, "cannot infer its result types");
  DictionaryAttr attributes = state.attributes.getDictionary(context);
  Properties properties(state.name);
  if (state.name.getOpPropertyByteSize() &&
      failed(state.name.setOpPropertiesFromAttribute(state.name, properties.get(), attributes, [&] { return emitError(state.location); })))
    return failure();
  return interface->inferReturnTypes(context, state.location, state.operands, attributes, properties.get(), state.regions, state.types);
}

Operation *NodeContext::createOp(StringRef op, ArrayRef<Value> operands, ArrayRef<NamedAttribute> opAttributes, ArrayRef<int32_t> segments,
                                 MutableArrayRef<std::unique_ptr<Region>> regions) {
  if (failed())
    return nullptr;
  OperationState state(loc, ("infer." + op).str());
  if (!state.name.isRegistered()) {
    reject("the compiler has no infer." + op + " yet");
    return nullptr;
  }
  if (!graph.charge(1 + static_cast<int64_t>(operands.size()) / 8)) {
    reject("expected fewer nodes with functions inlined");
    return nullptr;
  }
  SmallVector<int32_t> sizes(segments);
  for (Value operand : operands) {
    if (segments.empty())
      sizes.push_back(operand ? 1 : 0);
    if (operand)
      state.operands.push_back(operand);
  }
  state.addAttributes(opAttributes);
  for (std::unique_ptr<Region> &region : regions)
    state.addRegion(std::move(region));
  if (state.name.hasTrait<OpTrait::AttrSizedOperandSegments>())
    state.addAttribute("operandSegmentSizes", builder().getDenseI32ArrayAttr(sizes));
  if (mlir::failed(inferTypes(state))) {
    reject("invalid operands or attributes");
    return nullptr;
  }
  for (Type type : state.types)
    if (cast<RankedTensorType>(type).getRank() > kMaxRank) {
      reject("expected results of at most rank " + Twine(kMaxRank) + ", got rank " + Twine(cast<RankedTensorType>(type).getRank()));
      return nullptr;
    }
  Operation *created = builder().create(state);
  if (mlir::failed(verify(created, /*verifyRecursively=*/false))) {
    reject("invalid operands or attributes");
    return nullptr;
  }
  return created;
}

/// Replaces an op of one result by what it folds to, if that has the same type.
static Value foldResult(Operation *op, GraphImporter &graph) {
  SmallVector<OpFoldResult> folded;
  Value result = op->getResult(0);
  if (mlir::failed(op->fold(folded)) || folded.size() != 1)
    return result;
  Value replacement = dyn_cast<Value>(folded[0]);
  if (auto constant = dyn_cast_if_present<ElementsAttr>(dyn_cast<Attribute>(folded[0]));
      constant && constant.getShapedType() == result.getType())
    replacement = graph.constant(constant, op->getLoc());
  if (!replacement || replacement == result || replacement.getType() != result.getType())
    return result;
  op->erase();
  return replacement;
}

Value NodeContext::create(StringRef op, ArrayRef<Value> operands, ArrayRef<NamedAttribute> opAttributes, ArrayRef<int32_t> segments) {
  Operation *created = createOp(op, operands, opAttributes, segments);
  if (!created)
    return {};
  if (created->getNumResults() != 1) {
    reject("expected one result of infer." + op);
    return {};
  }
  return foldResult(created, graph);
}

void NodeContext::setResults(Operation *op) {
  if (op && op->getNumResults() == 1)
    setResult(0, foldResult(op, graph));
  else if (op)
    results.assign(op->result_begin(), op->result_end());
}

Value GraphImporter::constant(ElementsAttr value, Location loc) {
  charge(1);
  OpBuilder::InsertionGuard guard(builder);
  if (lastConstant)
    builder.setInsertionPointAfter(lastConstant);
  else
    builder.setInsertionPointToStart(entry);
  lastConstant = tenon::infer::ConstantOp::create(builder, loc, value.getShapedType(), value);
  return lastConstant->getResult(0);
}
