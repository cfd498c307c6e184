// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the lowerings of tile ops share: integer arithmetic, the place of a thread, addresses in rings, registers of fragments.
#ifndef TENON_CONVERSION_TILETONVVM_EMITTER_H
#define TENON_CONVERSION_TILETONVVM_EMITTER_H

#include "dialects/Tile/IR/Layout.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/Transforms/DialectConversion.h"

namespace tenon::tile {

/// Emits the small change of a lowering at one place. Integers are i32, and unsigned where it matters.
class Emitter {
public:
  Emitter(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc) {}

  mlir::Value constant(int64_t value);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value add(mlir::Value a, int64_t b) { return add(a, constant(b)); }
  mlir::Value subtract(mlir::Value a, mlir::Value b);
  mlir::Value subtract(mlir::Value a, int64_t b) { return subtract(a, constant(b)); }
  mlir::Value multiply(mlir::Value a, mlir::Value b);
  mlir::Value multiply(mlir::Value a, int64_t b) { return multiply(a, constant(b)); }
  mlir::Value divide(mlir::Value a, mlir::Value b);
  mlir::Value divide(mlir::Value a, int64_t b) { return divide(a, constant(b)); }
  mlir::Value remainder(mlir::Value a, mlir::Value b);
  mlir::Value remainder(mlir::Value a, int64_t b) { return remainder(a, constant(b)); }
  mlir::Value minimum(mlir::Value a, mlir::Value b);
  mlir::Value bitXor(mlir::Value a, mlir::Value b);
  mlir::Value isLess(mlir::Value a, mlir::Value b);

  /// Number of this thread in its CTA, in its warpgroup, and of its warp and lane there.
  mlir::Value thread();
  mlir::Value threadInWarpgroup() { return remainder(thread(), kWarpgroup); }
  mlir::Value warp() { return divide(threadInWarpgroup(), 32); }
  mlir::Value lane() { return remainder(thread(), 32); }
  /// Number of this warpgroup, known to be the same in all lanes of a warp.
  mlir::Value warpgroup();
  /// Row or column of element 0 of this thread in a fragment of `layout`.
  mlir::Value threadOffset(LayoutAttr layout, int64_t Position::*coordinate);

  /// `pointer` moved by bytes.
  mlir::Value move(mlir::Value pointer, mlir::Value bytes);
  mlir::Value move(mlir::Value pointer, int64_t bytes) { return move(pointer, constant(bytes)); }
  /// Address of the tile that use number `count` of a ring finds.
  mlir::Value tileAt(SmemType type, mlir::Value ring, mlir::Value count);
  /// Address of the barrier that use number `count` of a ring finds, and the parity of that use's phase.
  mlir::Value barrierAt(BarriersType type, mlir::Value ring, mlir::Value count);
  mlir::Value parityOf(BarriersType type, mlir::Value count);

  /// Inline PTX that is neither moved nor removed; operands by the constraints.
  mlir::Value ptx(mlir::Type result, const llvm::Twine &text, const llvm::Twine &constraints, mlir::ValueRange operands);

  /// A fragment's registers, and a fragment of registers.
  llvm::SmallVector<mlir::Value> unpack(mlir::Value fragment);
  mlir::Value pack(mlir::Type type, mlir::ValueRange registers);

  mlir::OpBuilder &builder;
  mlir::Location loc;
};

/// Struct of the registers in which a thread holds its elements of a fragment.
mlir::Type registersOf(FragmentType type);

/// May the hardware's approximation stand for `op`?
bool isApproximate(mlir::Operation *op);

void populateProgramPatterns(const mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateBarrierPatterns(const mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateCopyPatterns(const mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateProductPatterns(const mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateFragmentPatterns(const mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);
void populateMemoryPatterns(const mlir::TypeConverter &types, mlir::RewritePatternSet &patterns);

} // namespace tenon::tile

#endif // TENON_CONVERSION_TILETONVVM_EMITTER_H
