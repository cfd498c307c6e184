// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Tile/IR/Layout.h"

using namespace mlir;

namespace tenon::tile {

SmallVector<Position> getSteps(ArrayRef<int64_t> flat) {
  SmallVector<Position> steps;
  for (size_t i = 0; i + 1 < flat.size(); i += 2)
    steps.push_back({flat[i], flat[i + 1]});
  return steps;
}

LayoutAttr LayoutAttr::getAccumulator(MLIRContext *context) {
  return get(context, {0, 1, 8, 0}, {0, 2, 0, 4, 1, 0, 2, 0, 4, 0}, {16, 0, 32, 0});
}

LayoutAttr LayoutAttr::getAlongRows(MLIRContext *context) {
  return get(context, {0, 1, 0, 32, 1, 0, 2, 0, 8, 0}, {0, 2, 0, 4, 0, 8, 0, 16, 4, 0}, {16, 0, 32, 0});
}

/// Sum of one coordinate over all steps: the steps are the powers of two below the extent, so it is the extent less 1.
static int64_t sumOfSteps(LayoutAttr layout, int64_t Position::*coordinate) {
  int64_t sum = 0;
  for (ArrayRef<int64_t> flat : {layout.getRegisters(), layout.getLanes(), layout.getWarps()})
    for (Position step : getSteps(flat))
      sum += step.*coordinate;
  return sum;
}

int64_t LayoutAttr::getAtomRows() { return sumOfSteps(*this, &Position::row) + 1; }
int64_t LayoutAttr::getAtomColumns() { return sumOfSteps(*this, &Position::column) + 1; }

LogicalResult LayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> registers, ArrayRef<int64_t> lanes,
                                 ArrayRef<int64_t> warps) {
  if (lanes.size() != 10 || warps.size() != 4)
    return emitError() << "expected 5 lane steps and 2 warp steps, got " << lanes.size() / 2 << " and " << warps.size() / 2;
  uint64_t rows = 0, columns = 0; // the steps seen, as bits
  for (ArrayRef<int64_t> flat : {registers, lanes, warps}) {
    for (Position step : getSteps(flat)) {
      uint64_t &seen = step.row ? rows : columns;
      int64_t size = step.row ? step.row : step.column;
      bool alongOne = step.row >= 0 && step.column >= 0 && (step.row == 0) != (step.column == 0);
      if (!alongOne || !llvm::isPowerOf2_64(size) || size > 1024 || (seen & size))
        return emitError() << "expected each step to be another power of two along one dimension, got [" << step.row << ", " << step.column
                           << "]";
      seen |= size;
    }
  }
  if (!llvm::isPowerOf2_64(rows + 1) || !llvm::isPowerOf2_64(columns + 1))
    return emitError() << "expected every power of two below the number of rows and of columns among the steps";
  return success();
}

SmallVector<Position> getElements(FragmentType type) {
  LayoutAttr layout = type.getLayout();
  SmallVector<Position> steps = getSteps(layout.getRegisters());
  int64_t atom = layout.getAtomColumns(), atoms = type.getColumns() == 1 ? 1 : type.getColumns() / atom;
  SmallVector<Position> elements;
  for (int64_t first = 0; first < atoms; ++first) {
    for (uint64_t index = 0; index < (uint64_t(1) << steps.size()); ++index) {
      Position position{0, first * atom};
      bool isCopy = false; // of an element already listed, along a dimension of extent 1
      for (auto [bit, step] : llvm::enumerate(steps)) {
        if (!(index >> bit & 1))
          continue;
        isCopy |= (step.row && type.getRows() == 1) || (step.column && type.getColumns() == 1);
        position.row += step.row;
        position.column += step.column;
      }
      if (!isCopy)
        elements.push_back(position);
    }
  }
  return elements;
}

int64_t findElement(FragmentType type, Position position) {
  Position wanted{type.getRows() == 1 ? 0 : position.row, type.getColumns() == 1 ? 0 : position.column};
  SmallVector<Position> elements = getElements(type);
  auto *found = llvm::find(elements, wanted);
  assert(found != elements.end() && "expected an element that thread 0 holds");
  return found - elements.begin();
}

} // namespace tenon::tile
