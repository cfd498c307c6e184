// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What schedules share when they write tile kernels.
#ifndef TENON_LIB_SCHEDULE_TILE_BUILDER_H
#define TENON_LIB_SCHEDULE_TILE_BUILDER_H

#include "conversion/TileToNvvm/Emitter.h"
#include "lib/Schedule/Tile/Gemm.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace tenon::schedule {

class KernelBuilder {
public:
  KernelBuilder(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc), emit(builder, loc) {}

  template <typename Op, typename... Arguments> auto create(Arguments &&...arguments) {
    return Op::create(builder, loc, std::forward<Arguments>(arguments)...);
  }

  mlir::Value alloc(tile::SmemType type) { return create<tile::AllocOp>(type, mlir::IntegerAttr()); }
  mlir::Value alloc(tile::BarriersType type, bool turns = false) {
    return create<tile::AllocBarriersOp>(type, turns ? builder.getUnitAttr() : mlir::UnitAttr(), mlir::IntegerAttr());
  }

  /// A kernel whose body `body` writes from its arguments.
  tile::KernelOp kernel(llvm::StringRef name, mlir::TypeRange inputs, int64_t threads, int64_t cluster,
                        llvm::function_ref<void(mlir::ValueRange)> body);
  void roles(llvm::function_ref<void()> body);
  /// `registers` 0: as many as at launch.
  void role(llvm::StringRef name, int64_t warpgroups, int64_t registers, llvm::function_ref<void(mlir::Value index)> body);
  void elect(llvm::function_ref<void()> body);
  /// for index from `first` to `end` by `step`, carrying values that `body` gets and gives.
  mlir::ValueRange loop(mlir::Value first, mlir::Value end, mlir::Value step, mlir::ValueRange carried,
                        llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value index, mlir::ValueRange carried)> body);
  void onlyIf(mlir::Value condition, llvm::function_ref<void()> body);
  /// The workgroups of the launch's ABI, which may be more than blocks: each block takes every so many.
  void forEachWorkgroup(mlir::Value workgroups, llvm::function_ref<void(mlir::Value workgroup)> body);

  // Between the 64 bits of places in memory and the 32 bits of indices.
  mlir::Value wide(int64_t value);
  mlir::Value narrow(mlir::Value value);
  mlir::Value widen(mlir::Value value);
  /// Without signs.
  mlir::Value isBelow(mlir::Value a, mlir::Value b);

  /// Sum of two fragments of one type, element by element.
  mlir::Value addFragments(mlir::Value a, mlir::Value b);

  /// Result `index` of a problem's epilogue over fragments, of which the sum comes first. What results share is written for each: the
  /// registers of one are free before the next is computed.
  mlir::Value mapEpilogue(const GemmProblem &problem, llvm::ArrayRef<mlir::Value> inputs, size_t index);
  /// `pointer` moved by the product of `counts` elements, in 64 bits.
  mlir::Value movedBy(mlir::Value pointer, mlir::Type element, llvm::ArrayRef<mlir::Value> counts);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  tile::Emitter emit;
};

} // namespace tenon::schedule

#endif // TENON_LIB_SCHEDULE_TILE_BUILDER_H
