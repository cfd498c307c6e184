// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the types of the tile dialect accept, and the sizes that follow from them.
#include "dialects/Tile/IR/Layout.h"

using namespace mlir;
using namespace tenon::tile;

int64_t tenon::tile::elementBytes(Type type) {
  if (!type.isIntOrFloat() || type.isInteger(1))
    return 0;
  int64_t bits = type.getIntOrFloatBitWidth();
  return bits == 8 || bits == 16 || bits == 32 ? bits / 8 : 0;
}

static bool isSwizzle(int64_t bytes) { return bytes == 0 || bytes == 32 || bytes == 64 || bytes == 128; }

int64_t SmemType::getElementBytes() { return elementBytes(getElementType()); }
int64_t SmemType::getPitch() { return getSwizzle() ? getSwizzle() : getColumns() * getElementBytes(); }
int64_t SmemType::getPanelColumns() { return getPitch() / getElementBytes(); }
int64_t SmemType::getPanels() { return getColumns() / getPanelColumns(); }
int64_t SmemType::getPanelBytes() { return getRows() * getPitch(); }
int64_t SmemType::getTileBytes() { return getPanels() * getPanelBytes(); }
int64_t SmemType::getBytes() { return getStages() * getTileBytes(); }
int64_t SmemType::getAlignment() { return getSwizzle() ? 8 * getSwizzle() : 128; }

LogicalResult SmemType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rows, int64_t columns, Type element, int64_t swizzle,
                               int64_t stages) {
  int64_t bytes = elementBytes(element);
  if (!bytes)
    return emitError() << "expected elements of 1, 2 or 4 bytes, got " << element;
  if (!isSwizzle(swizzle))
    return emitError() << "expected a swizzle of 0, 32, 64 or 128 bytes, got " << swizzle;
  if (rows < 8 || rows % 8 || rows > kSharedBytes)
    return emitError() << "expected a multiple of 8 rows, got " << rows;
  int64_t unit = swizzle ? swizzle : 16;
  if (columns < 1 || columns > kSharedBytes || columns * bytes % unit)
    return emitError() << "expected rows of a multiple of " << unit << " bytes, got " << columns << " columns of " << bytes;
  if (stages < 1 || stages > kSharedBytes || rows * columns * bytes > kSharedBytes / stages)
    return emitError() << "expected stages that fit " << kSharedBytes << " bytes, got " << stages << " of " << rows * columns * bytes;
  return success();
}

LogicalResult BarriersType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t stages, int64_t arrivals) {
  if (stages < 1 || stages > kSharedBytes / 8)
    return emitError() << "expected between 1 and " << kSharedBytes / 8 << " stages, got " << stages;
  if (arrivals < 1 || arrivals >= 1 << 20)
    return emitError() << "expected between 1 and 1048575 arrivals, got " << arrivals;
  return success();
}

LogicalResult DescriptorType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rows, int64_t columns, Type element,
                                     int64_t swizzle, int64_t rank, bool im2col) {
  int64_t bytes = elementBytes(element);
  if (!bytes)
    return emitError() << "expected elements of 1, 2 or 4 bytes, got " << element;
  if (!isSwizzle(swizzle))
    return emitError() << "expected a swizzle of 0, 32, 64 or 128 bytes, got " << swizzle;
  int64_t most = im2col ? 1024 : 256;
  if (rows < 1 || rows > most || columns < 1 || columns > 256)
    return emitError() << "expected a box of at most " << most << " x 256, got " << rows << " x " << columns;
  if (columns * bytes % 16 || (swizzle && columns * bytes > swizzle))
    return emitError() << "expected box rows of a multiple of 16 bytes within the swizzle, got " << columns * bytes << " bytes";
  if (rank < (im2col ? 3 : 2) || rank > 5)
    return emitError() << "expected rank " << (im2col ? 3 : 2) << " to 5, got " << rank;
  return success();
}

int64_t FragmentType::getPacking() { return 4 / elementBytes(getElementType()); }

LogicalResult FragmentType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rows, int64_t columns, Type element,
                                   LayoutAttr layout) {
  if (!element.isF32() && !element.isSignlessInteger(32) && !element.isF16() && !element.isBF16() && !element.isSignlessInteger(8) &&
      !isa<Float8E4M3FNType, Float8E5M2Type>(element))
    return emitError() << "expected elements of f32, i32, f16, bf16, i8, f8E4M3FN or f8E5M2, got " << element;
  int64_t atomRows = layout.getAtomRows(), atomColumns = layout.getAtomColumns();
  if ((rows != 1 && rows != atomRows) || columns < 1 || columns > 256 || (columns != 1 && columns % atomColumns))
    return emitError() << "expected 1 or " << atomRows << " rows and 1 or a multiple of " << atomColumns << " columns up to 256, got "
                       << rows << " x " << columns;
  int64_t packing = 4 / elementBytes(element);
  SmallVector<Position> steps = getSteps(layout.getRegisters());
  for (int64_t bit = 0; int64_t(1) << bit < packing; ++bit)
    if (columns == 1 || bit >= static_cast<int64_t>(steps.size()) || !(steps[bit] == Position{0, int64_t(1) << bit}))
      return emitError() << "expected neighbouring columns in the " << packing << " elements of a register";
  return success();
}
