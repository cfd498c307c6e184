// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lookup in the op table, and the importing of ops that a row describes whole.
#include "lib/Importer/Onnx/OpTable.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace tenon::onnx_importer;
using llvm::split;
using llvm::StringMap;

using Rows = StringMap<SmallVector<const OpRow *, 2>>;

static const Rows &allRows() {
  static const Rows rows = [] {
    Rows result;
    for (ArrayRef<OpRow> family : {elementwiseRows(), contractionRows(), reductionRows(), normalizationRows(), poolingRows(), shapeRows(),
                                   resizeRows(), indexingRows(), recurrentRows(), controlRows(), quantizeRows()})
      for (const OpRow &row : family)
        result[row.type].push_back(&row);
    return result;
  }();
  return rows;
}

const OpRow *tenon::onnx_importer::findRow(StringRef type, int64_t opset, std::string &reason) {
  auto entry = allRows().find(type);
  if (entry == allRows().end()) {
    reason = "this op is not supported";
    return nullptr;
  }
  for (const OpRow *row : entry->second)
    if (row->since <= opset && opset <= row->until)
      return row;
  reason = "this op is not supported in opset " + std::to_string(opset);
  return nullptr;
}

/// Calls `visit` with name, kind and default text of each attribute until it returns true.
static bool forEachAttribute(const OpRow &row, function_ref<bool(StringRef name, char kind, StringRef missing)> visit) {
  for (StringRef entry : split(row.attributes, ' ')) {
    auto [spelling, missing] = entry.split('=');
    auto [name, kind] = spelling.split(':');
    if (!name.empty() && visit(name, kind.empty() ? 0 : kind.front(), missing))
      return true;
  }
  return false;
}

bool tenon::onnx_importer::hasAttribute(const OpRow &row, StringRef name) {
  return forEachAttribute(row, [&](StringRef listed, char, StringRef) { return listed == name; });
}

/// Defaults are our own text; numbers in it are well formed.
static int64_t toInt(StringRef text) {
  int64_t value = 0;
  text.getAsInteger(10, value);
  return value;
}

static NamedAttribute convertAttribute(NodeContext &node, StringRef name, char kind, StringRef missing) {
  switch (kind) {
  case 'b':
    return node.boolean(name, node.getInt(name, toInt(missing)) != 0);
  case 'f':
    return node.real(name, node.getFloat(name, std::strtof(missing.str().c_str(), nullptr)));
  case 's':
    return node.string(name, node.getString(name, missing));
  case 'I':
    return node.ints(name, node.getInts(name));
  case 'a':
    return node.integer(name, node.normalizeAxis(node.getInt(name, toInt(missing)), node.rank(0)));
  default:
    return node.integer(name, node.getInt(name, toInt(missing)));
  }
}

LogicalResult tenon::onnx_importer::importSame(NodeContext &node, const OpRow &row) {
  SmallVector<NamedAttribute> attributes;
  forEachAttribute(row, [&](StringRef name, char kind, StringRef missing) {
    if (kind && (node.has(name) || !missing.empty()))
      attributes.push_back(convertAttribute(node, name, kind, missing));
    return false;
  });
  if (node.failed())
    return failure();
  SmallVector<Value> operands(node.allInputs());
  if (row.maxInputs != anyNumber)
    operands.resize(row.maxInputs);
  node.setResults(node.createOp(row.op, operands, attributes));
  return success();
}
