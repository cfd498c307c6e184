// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Places for tiles and barriers: tile.alloc -> tile.alloc {offset = ...}.
//
// Nothing shares a place, so places are handed out one after the other; the largest alignment comes first and leaves no holes.
#include "dialects/Tile/Transforms/Passes.h"

#include "mlir/IR/Builders.h"
#include "llvm/Support/MathExtras.h"

namespace tenon::tile {
#define GEN_PASS_DEF_TILEPLACESHAREDPASS
#include "dialects/Tile/Transforms/Passes.h.inc"
} // namespace tenon::tile

using namespace mlir;
using namespace tenon::tile;

namespace {
struct PlaceShared : tenon::tile::impl::TilePlaceSharedPassBase<PlaceShared> {
  void runOnOperation() override {
    struct Request {
      Operation *op;
      int64_t bytes, alignment, order = 0;
    };
    SmallVector<Request> requests;
    getOperation().walk([&](Operation *op) {
      if (auto alloc = dyn_cast<AllocOp>(op))
        requests.push_back({op, alloc.getType().getBytes(), alloc.getType().getAlignment()});
      else if (auto barriers = dyn_cast<AllocBarriersOp>(op))
        requests.push_back({op, 8 * barriers.getType().getStages(), 8});
    });
    for (auto [order, request] : llvm::enumerate(requests))
      request.order = order;
    llvm::sort(requests,
               [](const Request &a, const Request &b) { return std::pair(-a.alignment, a.order) < std::pair(-b.alignment, b.order); });
    Builder builder(&getContext());
    int64_t end = 0;
    for (const Request &request : requests) {
      int64_t offset = llvm::alignTo(end, request.alignment);
      request.op->setAttr("offset", builder.getI64IntegerAttr(offset));
      end = offset + request.bytes;
    }
    if (end > kSharedBytes) {
      getOperation().emitOpError("expected at most ") << kSharedBytes << " bytes of shared memory, got " << end;
      return signalPassFailure();
    }
    getOperation()->setDiscardableAttr(kSharedBytesName, builder.getI64IntegerAttr(end));
  }
};
} // namespace
