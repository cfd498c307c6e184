// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A recursive descent parser of dim expressions: + - * // % with integers, names and parentheses, as exporters print them.
#include "lib/Importer/Onnx/Dims.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace tenon::onnx_importer;
using llvm::all_of;
using llvm::isAlnum;
using llvm::isDigit;

namespace {
/// Parses one expression. A null result means: not arithmetic.
class Parser {
public:
  Parser(StringRef text, MLIRContext *context, function_ref<AffineExpr(StringRef)> symbol) : rest(text), context(context), symbol(symbol) {}

  AffineExpr whole() {
    AffineExpr expr = sum(0);
    rest = rest.ltrim();
    return rest.empty() ? expr : AffineExpr();
  }

private:
  /// Deeper nesting, larger numbers and longer texts than any exporter writes are names.
  static constexpr unsigned maxDepth = 16;
  static constexpr int64_t maxConstant = int64_t(1) << 31;

  bool take(StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }
  AffineExpr constant(int64_t value) { return getAffineConstantExpr(value, context); }

  AffineExpr sum(unsigned depth) {
    AffineExpr left = product(depth);
    while (left) {
      bool minus = false;
      if (!take("+") && !(minus = take("-")))
        return left;
      AffineExpr right = product(depth);
      left = !right ? right : minus ? left - right : left + right;
    }
    return left;
  }

  AffineExpr product(unsigned depth) {
    AffineExpr left = factor(depth);
    while (left) {
      char op = take("//") ? '/' : take("*") ? '*' : take("%") ? '%' : 0;
      if (!op)
        return left;
      AffineExpr right = factor(depth);
      if (!right)
        return {};
      auto divisor = dyn_cast<AffineConstantExpr>(right);
      if (op != '*' && (!divisor || divisor.getValue() <= 0))
        return {};
      auto factorValue = dyn_cast<AffineConstantExpr>(left);
      bool bothConstant = factorValue && divisor;
      if (op == '*' && bothConstant && (std::abs(factorValue.getValue()) > maxConstant || std::abs(divisor.getValue()) > maxConstant))
        return {};
      left = op == '*' ? left * right : op == '/' ? left.floorDiv(right) : left % right;
    }
    return left;
  }

  AffineExpr factor(unsigned depth) {
    rest = rest.ltrim();
    if (depth >= maxDepth || rest.empty())
      return {};
    if (take("("))
      return closed(sum(depth + 1));
    if (isDigit(rest.front())) {
      int64_t value;
      return rest.consumeInteger(10, value) || value > maxConstant ? AffineExpr() : constant(value);
    }
    StringRef name = rest.take_while([](char c) { return isAlnum(c) || c == '_' || c == '.'; });
    rest = rest.drop_front(name.size());
    return name.empty() ? AffineExpr() : symbol(name);
  }

  AffineExpr closed(AffineExpr inner) { return inner && take(")") ? inner : AffineExpr(); }

  StringRef rest;
  MLIRContext *context;
  function_ref<AffineExpr(StringRef)> symbol;
};
} // namespace

bool tenon::onnx_importer::isDimName(StringRef text) {
  return !text.empty() && !isDigit(text.front()) && all_of(text, [](char c) { return isAlnum(c) || c == '_' || c == '.'; });
}

AffineExpr DimTable::symbol(StringRef name) {
  auto value = fixed.find(name);
  if (value != fixed.end())
    return getAffineConstantExpr(value->second, context);
  auto [entry, isNew] = numbers.try_emplace(name, names.size());
  if (isNew)
    names.push_back(name.str());
  return getAffineSymbolExpr(entry->second, context);
}

bool DimTable::fix(StringRef name, int64_t value) { return fixed.try_emplace(name, value).first->second == value; }

AffineExpr DimTable::parse(StringRef text) {
  constexpr size_t maxLength = 256;
  if (isDimName(text) || text.size() > maxLength)
    return symbol(text);
  // A text that turns out to be no expression must not leave the names it seemed to hold: check first, then number.
  auto probe = [&](StringRef) { return getAffineSymbolExpr(0, context); };
  if (!Parser(text, context, probe).whole())
    return symbol(text);
  return Parser(text, context, [&](StringRef name) { return symbol(name); }).whole();
}
