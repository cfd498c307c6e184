// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// infer-version-broadcasts: a second @main for inputs of which dims broadcast that the first takes to be equal.
//
//   @main(%x, %y) { infer.add %x, %y }     // tensor<?xf32> both: [n] + [n], but also [n] + [1]
//     ->
//   @main(%x, %y) { infer.add %x, %y } attributes {infer.general = @main_general}     // [n] + [n]
//   @main_general(%x, %y) { infer.add %x, %y }                                        // takes nothing for granted
#include "dialects/Infer/Analysis/SymbolicShapes.h"
#include "dialects/Infer/IR/Infer.h"
#include "dialects/Infer/IR/Versions.h"
#include "dialects/Infer/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tenon::infer {
#define GEN_PASS_DEF_INFERVERSIONBROADCASTSPASS
#include "dialects/Infer/Transforms/Passes.h.inc"
} // namespace tenon::infer

using namespace mlir;
using namespace tenon::infer;

namespace {
struct VersionBroadcasts : tenon::infer::impl::InferVersionBroadcastsPassBase<VersionBroadcasts> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || main.isExternal() || getOperation().lookupSymbol(kGeneralName))
      return;
    main->setAttr(kGeneralAttr, FlatSymbolRefAttr::get(&getContext(), kGeneralName));
    bool isNeeded = llvm::any_of(SymbolicShapes(main).assumptions(),
                                 [](const ShapeAssumption &assumption) { return assumption.kind == ShapeAssumption::version; });
    if (!isNeeded) {
      main->removeAttr(kGeneralAttr);
      return;
    }
    func::FuncOp general = main.clone();
    general->removeAttr(kGeneralAttr);
    general.setName(kGeneralName);
    OpBuilder builder(main->getContext());
    builder.setInsertionPointAfter(main);
    builder.insert(general);
  }
};
} // namespace
