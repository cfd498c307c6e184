// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "conversion/InferToLinalg/ElementLoops.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace tenon;

SmallVector<Scalar> tenon::fold(Lowering &l, const Scalar &begin, const Scalar &end, ArrayRef<Scalar> initial, FoldFn step) {
  auto withValues = [&](ValueRange values) {
    return llvm::map_to_vector(llvm::zip_equal(initial, values), [](auto pair) { return std::get<0>(pair).with(std::get<1>(pair)); });
  };
  auto loop = scf::ForOp::create(l.b, l.loc, begin.get(), end.get(), l.index(1), toValues(initial),
                                 [&](OpBuilder &b, Location loc, Value index, ValueRange carried) {
                                   scf::YieldOp::create(b, loc, toValues(step(l.scalar(index), withValues(carried))));
                                 });
  return withValues(loop.getResults());
}

Scalar tenon::findFirst(Lowering &l, const Scalar &begin, const Scalar &end, llvm::function_ref<Scalar(const Scalar &)> precedes) {
  Type type = l.b.getIndexType();
  auto search = scf::WhileOp::create(
      l.b, l.loc, TypeRange{type, type}, ValueRange{begin.get(), end.get()},
      [&](OpBuilder &b, Location loc, ValueRange bounds) {
        scf::ConditionOp::create(b, loc, (l.scalar(bounds[0]) < l.scalar(bounds[1])).get(), bounds);
      },
      [&](OpBuilder &b, Location loc, ValueRange bounds) {
        Scalar low = l.scalar(bounds[0]), high = l.scalar(bounds[1]);
        Scalar middle = low + divide(high - low, low.with(l.index(2)));
        Scalar isBelow = precedes(middle);
        scf::YieldOp::create(b, loc, ValueRange{select(isBelow, middle + 1, low).get(), select(isBelow, high, middle).get()});
      });
  return l.scalar(search.getResult(0));
}
