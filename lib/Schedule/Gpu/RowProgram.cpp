// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which ops form a row program. An op joins if it has the program's loops, and meets memory that another one writes only in the element
// that the same thread has at hand.
#include "lib/Schedule/Gpu/RowProgram.h"
#include "lib/Schedule/Gpu/Accesses.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;

namespace tenon::schedule {
namespace {

/// Dim `dim` of `memory`.
LoopSize sizeOf(Value memory, unsigned dim) {
  auto type = cast<MemRefType>(memory.getType());
  if (!type.isDynamicDim(dim))
    return {type.getDimSize(dim), {}, -1};
  if (auto view = memory.getDefiningOp<memref::ViewOp>())
    return {ShapedType::kDynamic, view.getDynamicSizes()[type.getDynamicDimIndex(dim)], -1};
  if (auto view = memory.getDefiningOp<memref::SubViewOp>()) {
    llvm::SmallBitVector dropped = view.getDroppedDims();
    for (auto [i, size] : llvm::enumerate(view.getMixedSizes()))
      if (!dropped.test(i) && dim-- == 0)
        return {ShapedType::kDynamic, cast<Value>(size), -1};
  }
  return {ShapedType::kDynamic, memory, dim};
}

SmallVector<LoopSize> loopSizes(linalg::GenericOp op) {
  SmallVector<LoopSize> sizes(op.getNumLoops());
  for (OpOperand &operand : op->getOpOperands())
    for (auto [dim, expr] : llvm::enumerate(op.getMatchingIndexingMap(&operand).getResults()))
      if (auto loop = dyn_cast<AffineDimExpr>(expr)) {
        LoopSize &size = sizes[loop.getPosition()];
        if (size == LoopSize() || (ShapedType::isDynamic(size.constant) && !cast<MemRefType>(operand.get().getType()).isDynamicDim(dim)))
          size = sizeOf(operand.get(), dim);
      }
  return sizes;
}

class Matcher {
public:
  explicit Matcher(RowProgram &program) : program(program) {}

  bool start(linalg::GenericOp reduction);
  bool add(linalg::GenericOp op);
  void findStores();

private:
  struct Written {
    Value memory;
    AffineMap map;
    RowOp *op;
  };

  bool mapLoops(RowOp &row, AffineMap &substitution);
  bool readOperands(RowOp &row, AffineMap substitution);
  bool isAlongRows(AffineMap map, Value memory) const;
  bool usesRow(AffineMap map) const;
  bool isOnlyUsedHere(Value memory) const;

  RowProgram &program;
  llvm::DenseMap<Value, Written> written; // by memory
  llvm::SmallDenseSet<Value> read;        // memories that are loaded
};

bool Matcher::start(linalg::GenericOp reduction) {
  auto iterators = reduction.getIteratorTypesArray();
  program.numLoops = iterators.size();
  program.numRowLoops = reduction.getNumParallelLoops();
  for (unsigned loop = 0; loop < program.numLoops; ++loop)
    if (linalg::isParallelIterator(iterators[loop]) != (loop < program.numRowLoops))
      return false;
  program.sizes = loopSizes(reduction);
  auto isOne = [](const LoopSize &size) { return size.constant == 1; };
  return !llvm::all_of(ArrayRef(program.sizes).drop_front(program.numRowLoops), isOne) &&
         llvm::none_of(program.sizes, [](const LoopSize &size) { return size == LoopSize(); });
}

/// The loops of an op in those of the program.
bool Matcher::mapLoops(RowOp &row, AffineMap &substitution) {
  SmallVector<LoopSize> sizes = loopSizes(row.op);
  auto iterators = row.op.getIteratorTypesArray();
  if (sizes.size() > program.numLoops)
    return false;
  MLIRContext *context = row.op.getContext();
  SmallVector<AffineExpr> exprs;
  SmallVector<bool> covered(program.numLoops, false);
  for (auto [loop, size] : llvm::enumerate(sizes)) {
    bool same = size.constant != 1;
    if (same && !(size == program.sizes[loop]))
      return false;
    if (linalg::isReductionIterator(iterators[loop]) && loop < program.numRowLoops)
      return false;
    covered[loop] = same;
    row.loops.push_back(same ? static_cast<int64_t>(loop) : -1);
    exprs.push_back(same ? getAffineDimExpr(loop, context) : getAffineConstantExpr(0, context));
  }
  for (unsigned loop = program.numRowLoops; loop < program.numLoops; ++loop)
    row.perElement |= covered[loop] && program.sizes[loop].constant != 1;
  row.perElement |= row.isReduction();
  for (unsigned loop = 0; loop < program.numLoops; ++loop) {
    bool needed = program.sizes[loop].constant != 1 && (loop < program.numRowLoops || row.perElement);
    if (needed && !covered[loop])
      return false;
  }
  substitution = AffineMap::get(program.numLoops, 0, exprs, context);
  return true;
}

bool Matcher::usesRow(AffineMap map) const {
  for (unsigned loop = program.numRowLoops; loop < program.numLoops; ++loop)
    if (map.isFunctionOfDim(loop))
      return true;
  return false;
}

/// False if neighbours in memory belong to different rows: then threads should not share rows.
bool Matcher::isAlongRows(AffineMap map, Value memory) const {
  auto type = cast<MemRefType>(memory.getType());
  if (map.getNumResults() == 0 || !usesRow(map))
    return true;
  for (unsigned loop = 0; loop < program.numRowLoops; ++loop)
    if (map.getResults().back().isFunctionOfDim(loop) && type.getShape().back() != 1)
      return false;
  return true;
}

bool Matcher::readOperands(RowOp &row, AffineMap substitution) {
  for (OpOperand &operand : row.op->getOpOperands()) {
    bool isInit = row.op.isDpsInit(&operand), used = row.op.payloadUsesValueFromOperand(&operand);
    row.maps.push_back(row.op.getMatchingIndexingMap(&operand).compose(substitution));
    row.sources.push_back(nullptr);
    if (!isa<MemRefType>(operand.get().getType()) || !used)
      continue;
    Value memory = findMemory(operand.get());
    if (!memory)
      return false;
    auto known = written.find(memory);
    if (known != written.end()) {
      if (known->second.memory != operand.get() || known->second.map != row.maps.back())
        return false;
      row.sources.back() = known->second.op;
      continue;
    }
    // What a sum starts from is a value of the program: loaded, it could be overwritten by a faster thread of the row.
    if (isInit || !isAlongRows(row.maps.back(), operand.get()))
      return false;
    read.insert(memory);
  }
  return !row.op.getBlock()
              ->walk([&](Operation *inner) {
                auto load = dyn_cast<memref::LoadOp>(inner);
                if (!load)
                  return isMemoryEffectFree(inner) || inner->getNumRegions() > 0 ? WalkResult::advance() : WalkResult::interrupt();
                Value memory = findMemory(load.getMemRef());
                read.insert(memory);
                return memory && !written.contains(memory) ? WalkResult::advance() : WalkResult::interrupt();
              })
              .wasInterrupted();
}

bool Matcher::add(linalg::GenericOp op) {
  auto row = std::make_unique<RowOp>();
  row->op = op;
  if (!op.hasPureBufferSemantics() || op.getNumDpsInits() != 1)
    return false;
  if (op.getNumReductionLoops() > 0 && !(row->combiner = Combiner::match(op)))
    return false;
  AffineMap substitution;
  if (!mapLoops(*row, substitution))
    return false;
  OpOperand &init = *op.getDpsInitOperand(0);
  AffineMap map = op.getMatchingIndexingMap(&init).compose(substitution);
  Value memory = findMemory(init.get());
  bool plain = llvm::all_of(map.getResults(), [](AffineExpr expr) { return isa<AffineDimExpr, AffineConstantExpr>(expr); });
  if (!memory || !plain || !readOperands(*row, substitution) || read.contains(memory))
    return false;
  auto known = written.find(memory);
  if (known != written.end() && (known->second.memory != init.get() || known->second.map != map))
    return false;
  // A reduction's own result is one per row.
  if (row->isReduction())
    row->perElement = false;
  written[memory] = {init.get(), map, row.get()};
  program.ops.push_back(std::move(row));
  return true;
}

bool Matcher::isOnlyUsedHere(Value memory) const {
  return llvm::all_of(memory.getUsers(), [&](Operation *user) {
    if (isa<ViewLikeOpInterface>(user))
      return llvm::all_of(user->getResults(), [&](Value view) { return isOnlyUsedHere(view); });
    return llvm::any_of(program.ops, [&](const auto &row) { return row->op.getOperation() == user; });
  });
}

void Matcher::findStores() {
  for (const auto &[memory, last] : written)
    last.op->stores = isa<BlockArgument>(memory) || !isOnlyUsedHere(memory);
}

} // namespace

std::optional<RowProgram> matchRowProgram(linalg::GenericOp first) {
  SmallVector<linalg::GenericOp> candidates;
  linalg::GenericOp reduction;
  for (Operation *op = first; op; op = op->getNextNode()) {
    if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
      candidates.push_back(generic);
      if (!reduction && generic.getNumReductionLoops() > 0)
        reduction = generic;
    } else if (!isMemoryEffectFree(op)) {
      break;
    }
  }
  RowProgram program;
  Matcher matcher(program);
  if (!reduction || !matcher.start(reduction))
    return std::nullopt;
  for (linalg::GenericOp op : candidates)
    if (!matcher.add(op))
      break;
  if (llvm::none_of(program.ops, [](const auto &row) { return row->isReduction(); }))
    return std::nullopt;
  matcher.findStores();
  return program;
}

} // namespace tenon::schedule
