// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Plan/Transforms/Distance.h"

#include "dialects/Plan/IR/Plan.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace tenon::plan;

void Distance::add(Term term) {
  fitsSoFar &= term.fits && !(term.values.empty() && llvm::AddOverflow(known, term.known, known));
  if (!term.values.empty())
    terms.push_back(std::move(term));
}

bool Distance::isAligned(int64_t elementBytes) const {
  // A product that wraps leaves the remainder by a power of two as it is.
  auto isMultiple = [&](int64_t count) { return static_cast<uint64_t>(count) * elementBytes % kBufferAlignment == 0; };
  return isMultiple(known) && llvm::all_of(terms, [&](const Term &term) { return isMultiple(term.known); });
}

Value Term::build(OpBuilder &builder, Location loc) const {
  Value product;
  if (known != 1 || values.empty())
    product = arith::ConstantIndexOp::create(builder, loc, known);
  for (Value factor : values)
    product = product ? arith::MulIOp::create(builder, loc, product, factor).getResult() : factor;
  return product;
}

Value Distance::build(OpBuilder &builder, Location loc) const {
  Value sum;
  if (known != 0 || terms.empty())
    sum = arith::ConstantIndexOp::create(builder, loc, known);
  for (const Term &term : terms) {
    Value product = term.build(builder, loc);
    sum = sum ? arith::AddIOp::create(builder, loc, sum, product).getResult() : product;
  }
  return sum;
}

bool Distance::isAvailable(DominanceInfo &dominance, Operation *at) const {
  return llvm::all_of(terms, [&](const Term &term) {
    return llvm::all_of(term.values, [&](Value value) { return dominance.properlyDominates(value, at); });
  });
}
