// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How A and B come to shared memory in the persistent schedule: one thread asks the copy engine for them, or all threads of the warpgroup
// read an operand whose strides are no multiples of 16 bytes and write it where the copy engine would have put it.
#include "lib/Schedule/Tile/GemmGenerator.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::schedule;
using namespace tenon::tile;

/// Fragments of a tile, 64 rows of it each, in 16 bits. Elements are read one by one, so that every address does.
SmallVector<Value> GemmGenerator::readPart(const Part &part, Value k0) {
  const Source &source = part.source;
  Type element = problem.element;
  Value memory = problem.isBatched ? movedBy(source.memory, element, {part.batch, source.extent, k}) : source.memory;
  Value rows = source.isTransposed ? k : source.extent, columns = source.isTransposed ? source.extent : k;
  Value row = source.isTransposed ? k0 : part.start, column = source.isTransposed ? part.start : k0;
  LayoutAttr layout = LayoutAttr::getAlongRows(builder.getContext());
  auto typeOf = [&](Type type) { return FragmentType::get(builder.getContext(), 64, source.tiles.getColumns(), type, layout); };
  SmallVector<Value> fragments;
  for (int64_t first = 0; first < source.tiles.getRows(); first += 64) {
    Value read = create<ReadOp>(typeOf(builder.getF32Type()), memory, emit.add(row, first), column, columns, rows, columns, element,
                                /*transposed=*/false);
    fragments.push_back(create<ConvertOp>(typeOf(element), read));
  }
  return fragments;
}

/// Brings a step along K to the tiles that use number `count` of the rings finds. One arrival says that all is there: what was read is in
/// place before copies are asked for.
void GemmGenerator::bring(ArrayRef<Part> parts, Value count, Value k0) {
  SmallVector<SmallVector<Value>> read;
  for (const Part &part : parts)
    read.push_back(part.source.isRead ? readPart(part, k0) : SmallVector<Value>());
  create<WaitOp>(empty, count, /*previous=*/true);
  for (auto [part, fragments] : llvm::zip_equal(parts, read))
    for (auto [i, fragment] : llvm::enumerate(fragments))
      create<WriteSharedOp>(fragment, part.source.ring, count, emit.constant(static_cast<int64_t>(i)));
  auto ask = [&] {
    int64_t bytes = 0;
    for (const Part &part : parts)
      bytes += part.source.isRead ? 0 : SmemType(part.source.tiles).getTileBytes();
    if (bytes == 0)
      create<ArriveOp>(full, count, /*cluster=*/false);
    else
      create<ExpectOp>(full, count, bytes);
    for (auto [source, start, batch] : parts) {
      if (source.isRead)
        continue;
      SmallVector<Value> coordinates = source.isTransposed ? withBatch(start, k0, batch) : withBatch(k0, start, batch);
      Value part = source.isMulticast && schedule.sharesInParts() ? rank : Value();
      create<LoadOp>(source.memory, coordinates, ValueRange(), source.ring, count, part, full, source.isMulticast, Keep::normal);
    }
  };
  if (!schedule.reads())
    return ask();
  create<FenceOp>();
  create<SyncOp>(Scope::warpgroup);
  elect(ask);
}
