// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Vectors of sums are stored as vectors where memory and number of columns allow it, else element by element.
#include "lib/Schedule/Gpu/ProductResult.h"
#include "lib/Schedule/Gpu/VectorAccess.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace tenon::schedule {

ProductResult::ProductResult(OpBuilder &b, const ProductDomain &domain, ArrayRef<EpilogueOp> epilogue, int64_t columns, int64_t part)
    : IndexEmitter(b, domain.op->getLoc()), domain(domain), product(domain.product), epilogue(epilogue), columns(columns), part(part) {
  findStores();
}

Value ProductResult::isBelow(Value x, Value y) { return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, x, y); }

Value ProductResult::isRow(Value row, int64_t rows) {
  Value size = domain.sizes[product.m];
  return getConstantIntValue(size) == rows ? Value() : isBelow(row, size);
}

/// The values of all loops at a row and column of the tile.
SmallVector<Value> ProductResult::loopsAt(Value row, Value column) {
  SmallVector<Value> loops(domain.sizes.size(), constant(0));
  loops[product.m] = row;
  loops[product.n.back()] = column;
  if (product.n.size() > 1) {
    Value inner = constant(domain.innerColumns);
    loops[product.n.back()] = arith::RemUIOp::create(b, loc, column, inner);
    loops[product.n.front()] = arith::DivUIOp::create(b, loc, column, inner);
  }
  return loops;
}

/// Whether the result has the column; null: certainly.
Value ProductResult::isColumn(Value column) {
  SmallVector<Value> loops = loopsAt(constant(0), column);
  Value size = domain.sizes[product.n.back()];
  if (product.n.size() == 1)
    return getConstantIntValue(size) == columns ? Value() : isBelow(column, size);
  Value inside = isBelow(loops[product.n.front()], domain.sizes[product.n.front()]);
  return getConstantIntValue(size) == domain.innerColumns
             ? inside
             : arith::AndIOp::create(b, loc, inside, isBelow(loops[product.n.back()], size)).getResult();
}

/// Operands of the epilogue that all elements of a vector share or that are vectors themselves.
SmallVector<SmallVector<Value>> ProductResult::loadShared(ValueRange loops) {
  SmallVector<SmallVector<Value>> loaded;
  unsigned inner = product.n.back();
  for (const EpilogueOp &entry : epilogue) {
    loaded.emplace_back(entry.maps.size());
    for (auto [i, operand] : llvm::enumerate(entry.op->getOpOperands())) {
      auto type = dyn_cast<MemRefType>(operand.get().getType());
      if (!type || !linalg::GenericOp(entry.op).payloadUsesValueFromOperand(&operand) || !entry.maps[i])
        continue;
      AccessKind kind = VectorAccess(inner, part).classify(entry.maps[i], operand.get());
      if (kind == AccessKind::other)
        continue;
      SmallVector<Value> at = applyMap(b, loc, entry.maps[i], loops);
      auto vector = VectorType::get({part}, type.getElementType());
      llvm::MaybeAlign alignment(part * llvm::divideCeil(type.getElementTypeBitWidth(), 8));
      loaded.back()[i] = kind == AccessKind::broadcast
                             ? memref::LoadOp::create(b, loc, operand.get(), at).getResult()
                             : vector::LoadOp::create(b, loc, vector, operand.get(), at, false, alignment).getResult();
    }
  }
  return loaded;
}

/// `sum` through the epilogue. `shared`: from loadShared, or empty.
Value ProductResult::finish(Value sum, ValueRange loops, int64_t lane, ArrayRef<SmallVector<Value>> shared) {
  for (auto [e, entry] : llvm::enumerate(epilogue)) {
    linalg::GenericOp consumer = entry.op;
    SmallVector<Value> arguments;
    for (auto [i, operand] : llvm::enumerate(consumer->getOpOperands())) {
      Value known = shared.empty() ? Value() : shared[e][i];
      if (!isa<MemRefType>(operand.get().getType()))
        arguments.push_back(operand.get());
      else if (!entry.maps[i])
        arguments.push_back(sum);
      else if (!consumer.payloadUsesValueFromOperand(&operand))
        arguments.push_back({});
      else if (known && isa<VectorType>(known.getType()))
        arguments.push_back(vector::ExtractOp::create(b, loc, known, lane));
      else
        arguments.push_back(known ? known : memref::LoadOp::create(b, loc, operand.get(), applyMap(b, loc, entry.maps[i], loops)));
    }
    AffineMap indices = AffineMap::get(loops.size(), 0, entry.loops, b.getContext());
    sum = inlineBody(b, consumer, applyMap(b, loc, indices, loops), arguments).front();
  }
  return sum;
}

/// A vector of sums, which begins at `column`.
void ProductResult::store(Value row, Value column, Value sums) {
  if (storesVectors) {
    guardWith(b, loc, isColumn(column), [&] {
      SmallVector<Value> loops = loopsAt(row, column), results;
      SmallVector<Value> first = loops;
      SmallVector<SmallVector<Value>> shared = loadShared(loops);
      for (int64_t lane = 0; lane < part; ++lane) {
        loops[product.n.back()] = add(first[product.n.back()], lane);
        results.push_back(finish(vector::ExtractOp::create(b, loc, sums, lane), loops, lane, shared));
      }
      auto type = VectorType::get({part}, results.front().getType());
      Value whole = vector::FromElementsOp::create(b, loc, type, results);
      llvm::MaybeAlign alignment(part * llvm::divideCeil(type.getElementTypeBitWidth(), 8));
      vector::StoreOp::create(b, loc, whole, target, applyMap(b, loc, targetMap, first), false, alignment);
    });
    return;
  }
  for (int64_t lane = 0; lane < part; ++lane) {
    Value place = add(column, lane);
    guardWith(b, loc, isColumn(place), [&] {
      SmallVector<Value> loops = loopsAt(row, place);
      Value result = finish(vector::ExtractOp::create(b, loc, sums, lane), loops, lane, {});
      memref::StoreOp::create(b, loc, result, target, applyMap(b, loc, targetMap, loops));
    });
  }
}

void ProductResult::findStores() {
  linalg::GenericOp op = domain.op;
  target = op.getDpsInitOperand(0)->get();
  targetMap = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  if (!epilogue.empty()) {
    target = linalg::GenericOp(epilogue.back().op).getDpsInitOperand(0)->get();
    targetMap = epilogue.back().maps.back();
  }
  unsigned inner = product.n.back();
  storesVectors = part > 1 && findDivisor(domain.sizes[inner]) % part == 0 && domain.innerColumns % part == 0 &&
                  VectorAccess(inner, part).classify(targetMap, target) == AccessKind::contiguous;
}

} // namespace tenon::schedule
