// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// schedule-place-constants: arith.constant of a tensor -> memref.get_global, before dispatch functions are bufferized in parallel.
#include "lib/Schedule/Passes.h"
#include "lib/Schedule/Schedule.h"

#include "dialects/Plan/IR/Plan.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace tenon::schedule {
#define GEN_PASS_DEF_PLACECONSTANTSPASS
#include "lib/Schedule/Passes.h.inc"

namespace {
struct PlaceConstants : impl::PlaceConstantsPassBase<PlaceConstants> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    llvm::DenseMap<Attribute, memref::GlobalOp> globals;
    for (auto function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (isDispatchFunction(function))
        function.walk([&](arith::ConstantOp constant) {
          if (auto value = dyn_cast<ElementsAttr>(constant.getValue()); value && isa<RankedTensorType>(constant.getType()))
            place(constant, value, globals[value], symbols);
        });
  }

  static void place(arith::ConstantOp constant, ElementsAttr value, memref::GlobalOp &global, SymbolTable &symbols) {
    OpBuilder builder(constant);
    auto type = cast<RankedTensorType>(constant.getType());
    if (!global) {
      OpBuilder detached(constant.getContext());
      global = memref::GlobalOp::create(detached, constant.getLoc(), "constant_0", builder.getStringAttr("private"), toMemref(type), value,
                                        /*constant=*/true, builder.getI64IntegerAttr(plan::kBufferAlignment));
      symbols.insert(global); // under a name that is free
    }
    Value memory = memref::GetGlobalOp::create(builder, constant.getLoc(), global.getType(), global.getName());
    Value tensor = bufferization::ToTensorOp::create(builder, constant.getLoc(), type, memory, /*restrict=*/true, /*writable=*/false);
    constant.replaceAllUsesWith(tensor);
    constant.erase();
  }
};
} // namespace
} // namespace tenon::schedule
