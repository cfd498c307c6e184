// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How many threads share a row, and in which vectors.
#include "lib/Schedule/Gpu/RowProgram.h"
#include "lib/Schedule/Gpu/VectorAccess.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace tenon::schedule {

/// True if everything that the program loads and stores per element may be vectors of `width` along `inner`.
static bool fitsWidth(const RowProgram &program, ArrayRef<unsigned> inner, int64_t width) {
  VectorAccess access(inner, width);
  for (const auto &row : program.ops) {
    // Loops that are taken as one have no index of their own.
    bool indexed = false;
    row->op.getBlock()->walk([&](linalg::IndexOp index) { indexed |= llvm::is_contained(inner, row->loops[index.getDim()]); });
    if (inner.size() > 1 && indexed)
      return false;
    for (auto [i, operand] : llvm::enumerate(row->op->getOpOperands())) {
      bool isInit = row->op.isDpsInit(&operand);
      bool inMemory = isInit ? row->stores && row->perElement : !row->sources[i] && row->op.payloadUsesValueFromOperand(&operand);
      if (!inMemory)
        continue;
      AccessKind kind = access.classify(row->maps[i], operand.get());
      if (kind == AccessKind::other || (isInit && kind != AccessKind::contiguous))
        return false;
    }
  }
  return true;
}

static void chooseWidth(RowShape &shape, const RowProgram &program, ArrayRef<Value> columnSizes) {
  int64_t size = 1;
  SmallVector<unsigned, 2> inner;
  shape.innerLoops.assign(1, program.numLoops - 1);
  for (size_t count = 1; count <= columnSizes.size(); ++count) {
    inner.insert(inner.begin(), program.numLoops - count);
    size = multiplyDivisors(size, findDivisor(columnSizes[columnSizes.size() - count]));
    for (int64_t width = kWidestVector; width > shape.width; width /= 2)
      if (size % width == 0 && fitsWidth(program, inner, width)) {
        shape.width = width;
        shape.innerLoops = inner;
      }
  }
}

/// A warp per row, fewer threads for the shortest rows and more for long ones, or where there are too few rows to keep the block busy.
RowShape chooseRowShape(const RowProgram &program, Value rows, ArrayRef<Value> columnSizes, int64_t numThreads) {
  constexpr int64_t kVectors = 8, kUnrolledElements = 64;
  RowShape shape;
  chooseWidth(shape, program, columnSizes);
  shape.columns = 1;
  for (Value size : columnSizes) {
    std::optional<int64_t> known = getConstantIntValue(size);
    if (!known || llvm::MulOverflow(shape.columns, *known, shape.columns))
      shape.columns = ShapedType::kDynamic;
    if (ShapedType::isDynamic(shape.columns))
      break;
  }
  std::optional<int64_t> numRows = getConstantIntValue(rows);
  bool known = !ShapedType::isDynamic(shape.columns);
  int64_t vectors = known ? llvm::divideCeil(std::max<int64_t>(shape.columns, 1), shape.width) : numThreads;
  int64_t most = std::min<int64_t>(numThreads, llvm::PowerOf2Ceil(vectors));
  shape.group = std::min(kWarpThreads, most);
  if (known)
    shape.group = std::max(shape.group, std::min<int64_t>(most, llvm::PowerOf2Ceil(llvm::divideCeil(vectors, kVectors))));
  while (numRows && shape.group < most && *numRows * shape.group < numThreads)
    shape.group *= 2;
  int64_t each = llvm::divideCeil(vectors, shape.group);
  if (known && shape.columns > 0 && each * shape.width <= kUnrolledElements)
    shape.vectors = each;
  return shape;
}

} // namespace tenon::schedule
