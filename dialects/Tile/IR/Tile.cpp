// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registration of the tile dialect, and the parts of its assembly format that ODS does not know.
#include "dialects/Tile/IR/Tile.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tenon::tile;

/// `128x64xf16`.
static ParseResult parseExtents(AsmParser &parser, int64_t &rows, int64_t &columns, Type &element) {
  SmallVector<int64_t> extents;
  llvm::SMLoc loc = parser.getCurrentLocation();
  if (parser.parseDimensionList(extents, /*allowDynamic=*/false) || parser.parseType(element))
    return failure();
  if (extents.size() != 2)
    return parser.emitError(loc, "expected rows and columns");
  rows = extents[0];
  columns = extents[1];
  return success();
}

static void printExtents(AsmPrinter &printer, int64_t rows, int64_t columns, Type element) {
  printer << rows << 'x' << columns << 'x' << element;
}

/// `[[0, 1], [8, 0]]`, kept flat.
static ParseResult parseSteps(AsmParser &parser, SmallVector<int64_t> &steps) {
  return parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&]() -> ParseResult {
    int64_t row, column;
    if (parser.parseLSquare() || parser.parseInteger(row) || parser.parseComma() || parser.parseInteger(column) || parser.parseRSquare())
      return failure();
    steps.append({row, column});
    return success();
  });
}

static void printSteps(AsmPrinter &printer, ArrayRef<int64_t> steps) {
  printer << '[';
  for (size_t i = 0; i < steps.size(); i += 2)
    printer << (i ? ", [" : "[") << steps[i] << ", " << steps[i + 1] << ']';
  printer << ']';
}

/// `64x256xf32`, with the layout if it is not the accumulator's.
static ParseResult parseFragment(AsmParser &parser, int64_t &rows, int64_t &columns, Type &element, LayoutAttr &layout) {
  if (parseExtents(parser, rows, columns, element))
    return failure();
  layout = LayoutAttr::getAccumulator(parser.getContext());
  return parser.parseOptionalComma() ? success() : parser.parseAttribute(layout);
}

static void printFragment(AsmPrinter &printer, int64_t rows, int64_t columns, Type element, LayoutAttr layout) {
  printExtents(printer, rows, columns, element);
  if (layout != LayoutAttr::getAccumulator(layout.getContext()))
    printer << ", " << layout;
}

/// `, %part` of a tile's place, if there.
static ParseResult parsePart(OpAsmParser &parser, std::optional<OpAsmParser::UnresolvedOperand> &part) {
  if (parser.parseOptionalComma())
    return success();
  part.emplace();
  return parser.parseOperand(*part);
}

static void printPart(OpAsmPrinter &printer, Operation *, Value part) {
  if (part)
    printer << ", " << part;
}

#include "dialects/Tile/IR/TileDialect.cpp.inc"
#include "dialects/Tile/IR/TileEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Tile/IR/TileAttributes.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Tile/IR/TileTypes.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/Tile/IR/TileOps.cpp.inc"

void TileDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Tile/IR/TileAttributes.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/Tile/IR/TileTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Tile/IR/TileOps.cpp.inc"
      >();
}
