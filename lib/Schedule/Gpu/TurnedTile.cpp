// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Schedule/Gpu/TurnedTile.h"
#include "lib/Schedule/Gpu/VectorAccess.h"
#include "lib/Schedule/Schedule.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tenon::schedule {

/// Of shared memory.
static constexpr int64_t kBanks = 32, kBankBytes = 4, kBankWords = kWidestVector / kBankBytes, kGroups = kBanks / kBankWords;

static Value constant(OpBuilder &b, Location loc, int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }

static Value add(OpBuilder &b, Location loc, Value index, int64_t offset) {
  return offset == 0 ? index : b.createOrFold<arith::AddIOp>(loc, index, constant(b, loc, offset));
}

std::optional<TurnedTile> TurnedTile::allocate(RewriterBase &b, linalg::GenericOp op, ThreadBlock &block) {
  std::optional<TurnedLoops> turned = findTurnedLoops(op);
  if (!turned)
    return std::nullopt;
  b.setInsertionPoint(op);
  TurnedTile tile(op.getLoc());
  tile.source = turned->input->get();
  tile.map = op.getMatchingIndexingMap(turned->input);
  tile.columnLoop = turned->operand;
  tile.rowDim = *tile.map.getResultPosition(getAffineDimExpr(turned->result, op.getContext()));
  auto type = cast<MemRefType>(tile.source.getType());
  tile.bytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  tile.group = kWidestVector / tile.bytes;
  int64_t side = getTurnedTile(type.getElementType()), elements = 1;
  for (unsigned dim = 0; dim < type.getRank(); ++dim) {
    tile.sourceSizes.push_back(b.createOrFold<memref::DimOp>(tile.loc, tile.source, dim));
    std::optional<int64_t> bound = findBound(tile.sourceSizes.back());
    if (!bound || *bound < 1 || *bound > side)
      return std::nullopt;
    bool isTurned = dim == tile.rowDim || dim + 1 == type.getRank();
    int64_t size = isTurned ? static_cast<int64_t>(llvm::PowerOf2Ceil(*bound)) : *bound;
    tile.sizes.push_back(dim == tile.rowDim ? std::max(size, tile.group) : size);
    elements *= tile.sizes.back();
    if (elements > side * side)
      return std::nullopt;
  }
  tile.memory = block.allocate(MemRefType::get({elements}, type.getElementType()));
  return tile;
}

Value TurnedTile::place(OpBuilder &b, ValueRange indices) const {
  Value column = indices[getColumnDim()], flat;
  for (auto [dim, index] : llvm::enumerate(indices)) {
    if (dim == rowDim)
      continue;
    flat = flat ? b.createOrFold<arith::MulIOp>(loc, flat, constant(b, loc, sizes[dim])) : constant(b, loc, 0);
    flat = b.createOrFold<arith::AddIOp>(loc, flat, index);
  }
  flat = b.createOrFold<arith::MulIOp>(loc, flat, constant(b, loc, sizes[rowDim]));
  int64_t places = std::min(kGroups, sizes[rowDim] / group);
  Value mixed = arith::XOrIOp::create(b, loc, column, arith::DivUIOp::create(b, loc, column, constant(b, loc, group)));
  Value swizzle = arith::RemUIOp::create(b, loc, mixed, constant(b, loc, places));
  swizzle = arith::MulIOp::create(b, loc, swizzle, constant(b, loc, group));
  return arith::AddIOp::create(b, loc, flat, arith::XOrIOp::create(b, loc, indices[rowDim], swizzle));
}

TurnedTile::PatchShape TurnedTile::choosePatches() const {
  int64_t rows = sizes[rowDim], columns = sizes.back();
  int64_t divisor = findDivisor(sourceSizes.back());
  PatchShape shape{group, group, {}};
  while (shape.width > 1 &&
         (divisor % shape.width != 0 || VectorAccess(columnLoop, shape.width).classify(map, source) != AccessKind::contiguous))
    shape.width /= 2;
  bool isWide = shape.width == group;
  if (isWide)
    shape.height = std::max<int64_t>(1, kBankBytes / bytes);
  int64_t down = rows / shape.height, across = columns / shape.width;
  int64_t words = isWide ? std::min(kBankWords, down) : 1, near = isWide ? std::min(kGroups, across) : across;
  for (unsigned dim = 0; dim < getColumnDim(); ++dim)
    if (dim != rowDim)
      shape.counts.push_back(sizes[dim]);
  llvm::append_values(shape.counts, down / words, across / near, words, near);
  return shape;
}

/// At an edge of the source the last elements are loaded again: no tile is empty, since no workgroup is.
Value TurnedTile::clamp(OpBuilder &b, Value index, unsigned dim, int64_t width) const {
  if (getConstantIntValue(sourceSizes[dim]) == sizes[dim])
    return index;
  Value last = b.createOrFold<arith::SubIOp>(loc, sourceSizes[dim], constant(b, loc, width));
  return arith::MinUIOp::create(b, loc, index, last);
}

TurnedTile::Patch TurnedTile::loadPatch(OpBuilder &b, const PatchShape &shape, Value number, int64_t end, int64_t total) const {
  Patch patch;
  if (end > total) {
    patch.inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, number, constant(b, loc, total));
    number = arith::MinUIOp::create(b, loc, number, constant(b, loc, total - 1));
  }
  SmallVector<Value> counts = llvm::map_to_vector(shape.counts, [&](int64_t count) { return constant(b, loc, count); });
  SmallVector<Value> numbers = delinearize(b, loc, number, counts);
  Value near = numbers.pop_back_val(), word = numbers.pop_back_val(), far = numbers.pop_back_val(), high = numbers.pop_back_val();
  auto join = [&](Value slow, Value fast, Value count, int64_t step) {
    Value index = b.createOrFold<arith::AddIOp>(loc, b.createOrFold<arith::MulIOp>(loc, slow, count), fast);
    return b.createOrFold<arith::MulIOp>(loc, index, constant(b, loc, step));
  };
  patch.at.assign(sizes.size(), Value());
  patch.at[rowDim] = join(high, word, counts[counts.size() - 2], shape.height);
  patch.at.back() = join(far, near, counts.back(), shape.width);
  for (unsigned dim = 0, i = 0; dim < sizes.size(); ++dim)
    if (!patch.at[dim])
      patch.at[dim] = numbers[i++];
  SmallVector<Value> at;
  for (auto [dim, index] : llvm::enumerate(patch.at))
    at.push_back(dim == rowDim ? index : clamp(b, index, dim, dim == getColumnDim() ? shape.width : 1));
  auto type = VectorType::get({shape.width}, cast<MemRefType>(source.getType()).getElementType());
  for (int64_t row = 0; row < shape.height; ++row) {
    at[rowDim] = clamp(b, add(b, loc, patch.at[rowDim], row), rowDim, 1);
    if (shape.width == 1)
      patch.rows.push_back(memref::LoadOp::create(b, loc, source, at));
    else
      patch.rows.push_back(vector::LoadOp::create(b, loc, type, source, at, false, llvm::MaybeAlign(shape.width * bytes)));
  }
  return patch;
}

void TurnedTile::storePatch(OpBuilder &b, const PatchShape &shape, const Patch &patch) const {
  OpBuilder::InsertionGuard guard(b);
  if (patch.inside)
    b.setInsertionPointToStart(scf::IfOp::create(b, loc, patch.inside, /*withElseRegion=*/false).thenBlock());
  auto type = VectorType::get({shape.height}, cast<MemRefType>(source.getType()).getElementType());
  SmallVector<Value> at = patch.at;
  for (int64_t column = 0; column < shape.width; ++column) {
    at.back() = add(b, loc, patch.at.back(), column);
    SmallVector<Value> elements = llvm::map_to_vector(
        patch.rows, [&](Value row) { return shape.width == 1 ? row : vector::ExtractOp::create(b, loc, row, column).getResult(); });
    Value to = place(b, at);
    if (shape.height == 1)
      memref::StoreOp::create(b, loc, elements.front(), memory, to);
    else
      vector::StoreOp::create(b, loc, vector::FromElementsOp::create(b, loc, type, elements), memory, to, false,
                              llvm::MaybeAlign(shape.height * bytes));
  }
}

void TurnedTile::fill(RewriterBase &b, const ThreadBlock &block) {
  constexpr int64_t kLoads = 32; // of a thread under way at once; each takes a register at least
  PatchShape shape = choosePatches();
  int64_t total = 1, threads = block.getNumThreads(), atOnce = std::max<int64_t>(1, kLoads / shape.height);
  for (int64_t count : shape.counts)
    total *= count;
  SmallVector<Patch> patches;
  for (int64_t first = 0; first < total; first += threads) {
    Value number = add(b, loc, block.getThread(), first);
    patches.push_back(loadPatch(b, shape, number, first + threads, total));
    if (static_cast<int64_t>(patches.size()) < atOnce && first + threads < total)
      continue;
    for (const Patch &patch : patches)
      storePatch(b, shape, patch);
    patches.clear();
  }
}

bool TurnedTile::holds(OpOperand &operand) const {
  auto op = cast<linalg::GenericOp>(operand.getOwner());
  return operand.get() == source && op.getMatchingIndexingMap(&operand) == map;
}

SmallVector<Value> TurnedTile::load(OpBuilder &b, ValueRange indices, int64_t width) const {
  SmallVector<Value> at(indices), lanes;
  int64_t part = std::min(width, group);
  auto type = VectorType::get({part}, cast<MemRefType>(source.getType()).getElementType());
  for (int64_t lane = 0; lane < width; lane += part) {
    at[rowDim] = add(b, loc, indices[rowDim], lane);
    Value from = place(b, at);
    if (part == 1) {
      lanes.push_back(memref::LoadOp::create(b, loc, memory, from));
      continue;
    }
    Value whole = vector::LoadOp::create(b, loc, type, memory, from, false, llvm::MaybeAlign(part * bytes));
    for (int64_t i = 0; i < part; ++i)
      lanes.push_back(vector::ExtractOp::create(b, loc, whole, i));
  }
  return lanes;
}

} // namespace tenon::schedule
