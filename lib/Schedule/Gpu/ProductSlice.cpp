// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Vectors run along the dim that is contiguous in memory: along the products of an operand that ends with the summed dims, else along
// the lines, if their number divides. What lies beyond the last line is a copy of it, never used; beyond the last product there is zero.
#include "lib/Schedule/Gpu/ProductSlice.h"
#include "lib/Schedule/Gpu/VectorAccess.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tenon::schedule {

/// So many floats lie between lines of equal number, so that threads that store along the products meet different banks.
static constexpr int64_t kPadding = 4;
static constexpr int64_t kWidth = 4;

static Value constant(OpBuilder &b, Location loc, int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }

ProductSlice::ProductSlice(const ProductDomain &domain, OpOperand &operand, bool isRows, int64_t lines, int64_t depth, ThreadBlock &block)
    : domain(domain), operand(operand), isRows(isRows), lines(lines), depth(depth), block(block), loc(domain.op->getLoc()) {
  chooseVectors();
  Builder b(operand.getOwner()->getContext());
  shared = block.allocate(MemRefType::get({2, depth, lines + kPadding}, b.getF32Type()));
}

void ProductSlice::chooseVectors() {
  AffineMap map = linalg::GenericOp(domain.op).getMatchingIndexingMap(&operand);
  ArrayRef<unsigned> k = domain.product.k;
  int64_t perThread = lines * depth / block.getNumThreads();
  auto fits = [&](ArrayRef<unsigned> loops) { return VectorAccess(loops, kWidth).classify(map, operand.get()) == AccessKind::contiguous; };
  int64_t products = 1;
  for (Value size : domain.kSizes)
    products = multiplyDivisors(products, findDivisor(size));
  AffineExpr last = map.getResults().back();
  alongDepth = last.isFunctionOfDim(k.back()) && llvm::none_of(isRows ? ArrayRef(domain.product.m) : ArrayRef(domain.product.n),
                                                               [&](unsigned loop) { return last.isFunctionOfDim(loop); });
  if (perThread % kWidth != 0)
    return;
  if (products % kWidth == 0 && fits(k)) {
    width = kWidth;
    alongDepth = true;
    return;
  }
  unsigned line = isRows ? domain.product.m : domain.product.n.back();
  bool wholeVectors = findDivisor(domain.sizes[line]) % kWidth == 0 && (isRows || domain.innerColumns % kWidth == 0);
  if (wholeVectors && fits(line)) {
    width = kWidth;
    alongDepth = false;
  }
}

int64_t ProductSlice::numRounds() const { return llvm::divideCeil(lines * depth, block.getNumThreads() * width); }

ProductSlice::Place ProductSlice::place(OpBuilder &b, int64_t round) const {
  Place at;
  int64_t threads = block.getNumThreads(), all = lines * depth / width;
  Value number = arith::AddIOp::create(b, loc, block.getThread(), constant(b, loc, round * threads));
  if ((round + 1) * threads > all) {
    at.inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, number, constant(b, loc, all));
    number = arith::MinSIOp::create(b, loc, number, constant(b, loc, all - 1));
  }
  Value fast = constant(b, loc, (alongDepth ? depth : lines) / width);
  Value minor = arith::MulIOp::create(b, loc, arith::RemUIOp::create(b, loc, number, fast), constant(b, loc, width));
  Value major = arith::DivUIOp::create(b, loc, number, fast);
  at.k = alongDepth ? minor : major;
  at.line = alongDepth ? major : minor;
  return at;
}

Value ProductSlice::loadAt(OpBuilder &b, const Place &at, Value first) const {
  const Product &product = domain.product;
  // The last element of a size that a vector may begin at.
  auto clamp = [&](Value index, Value size, bool vectors) -> Value {
    Value last = b.createOrFold<arith::SubIOp>(loc, size, constant(b, loc, vectors ? width : 1));
    return arith::MinSIOp::create(b, loc, index, last);
  };
  Value zero = constant(b, loc, 0);
  SmallVector<Value> loops(domain.sizes.size(), zero);
  if (isRows) {
    loops[product.m] = clamp(at.line, domain.sizes[product.m], !alongDepth);
  } else if (product.n.size() == 1) {
    loops[product.n.back()] = clamp(at.line, domain.sizes[product.n.back()], !alongDepth);
  } else {
    Value inner = constant(b, loc, domain.innerColumns);
    loops[product.n.back()] = clamp(arith::RemUIOp::create(b, loc, at.line, inner), domain.sizes[product.n.back()], !alongDepth);
    loops[product.n.front()] = clamp(arith::DivUIOp::create(b, loc, at.line, inner), domain.sizes[product.n.front()], false);
  }
  Value k = arith::AddIOp::create(b, loc, first, at.k), inside;
  std::optional<int64_t> known = getConstantIntValue(domain.depth);
  if (!known || *known % depth != 0) {
    inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, k, domain.depth);
    k = clamp(k, domain.depth, alongDepth);
  }
  for (auto [loop, index] : llvm::zip(product.k, delinearize(b, loc, k, domain.kSizes)))
    loops[loop] = index;
  SmallVector<Value> indices = applyMap(b, loc, linalg::GenericOp(domain.op).getMatchingIndexingMap(&operand), loops);
  Value loaded;
  if (width > 1)
    loaded = vector::LoadOp::create(b, loc, VectorType::get({width}, b.getF32Type()), operand.get(), indices, false,
                                    llvm::MaybeAlign(kWidestVector));
  else
    loaded = memref::LoadOp::create(b, loc, operand.get(), indices);
  if (inside)
    loaded = arith::SelectOp::create(b, loc, inside, loaded, arith::ConstantOp::create(b, loc, b.getZeroAttr(loaded.getType())));
  return loaded;
}

SmallVector<Value> ProductSlice::load(OpBuilder &b, Value first) const {
  SmallVector<Value> loaded;
  for (int64_t round = 0; round < numRounds(); ++round)
    loaded.push_back(loadAt(b, place(b, round), first));
  return loaded;
}

void ProductSlice::store(OpBuilder &b, Value buffer, ArrayRef<Value> loaded) const {
  for (auto [round, value] : llvm::enumerate(loaded)) {
    Place at = place(b, round);
    OpBuilder::InsertionGuard guard(b);
    if (at.inside)
      b.setInsertionPointToStart(scf::IfOp::create(b, loc, at.inside, /*withElseRegion=*/false).thenBlock());
    if (width > 1 && !alongDepth) {
      vector::StoreOp::create(b, loc, value, shared, ValueRange{buffer, at.k, at.line}, false, llvm::MaybeAlign(kWidestVector));
      continue;
    }
    for (int64_t i = 0; i < width; ++i) {
      Value element = width > 1 ? vector::ExtractOp::create(b, loc, value, i).getResult() : value;
      Value k = arith::AddIOp::create(b, loc, at.k, constant(b, loc, i));
      memref::StoreOp::create(b, loc, element, shared, ValueRange{buffer, k, at.line});
    }
  }
}

Value ProductSlice::read(OpBuilder &b, Value buffer, Value k, Value line, int64_t count) const {
  auto type = VectorType::get({count}, b.getF32Type());
  return vector::LoadOp::create(b, loc, type, shared, ValueRange{buffer, k, line}, false, llvm::MaybeAlign(count * 4));
}

} // namespace tenon::schedule
