// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lib/Schedule/Gpu/VectorVersion.h"
#include "lib/Schedule/Gpu/VectorAccess.h"
#include "lib/Schedule/Gpu/WarpProduct.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tenon::schedule {

/// Of a kernel: workgroup ids and scratch.
static constexpr unsigned kTrailingArguments = 4;

/// Rows of dynamic length.
static bool hasAnyLength(Type type) {
  auto buffer = dyn_cast<MemRefType>(type);
  return buffer && buffer.getRank() > 0 && buffer.isDynamicDim(buffer.getRank() - 1);
}

/// Whether there is a product that tensor cores do not compute.
static bool holdsThreadProduct(func::FuncOp kernel) {
  auto isThreadProduct = [](linalg::LinalgOp op) {
    FailureOr<Product> product = getMarkedTile(op) ? matchBlockProduct(op) : FailureOr<Product>();
    return succeeded(product) && !isWarpProduct(*product);
  };
  return kernel.walk([&](linalg::LinalgOp op) { return isThreadProduct(op) ? WalkResult::interrupt() : WalkResult::advance(); })
      .wasInterrupted();
}

/// The lengths of rows among the scalars, and what these must be multiples of: vectors of the narrowest elements, but no more than eight.
bool VectorVersion::findRows() {
  constexpr int64_t kMost = 8;
  for (Type type : general.getArgumentTypes().drop_back()) {
    auto buffer = dyn_cast<MemRefType>(type);
    if (!buffer)
      continue;
    if (!buffer.getElementType().isIntOrFloat())
      return false;
    buffers.push_back(buffer);
    numDims += buffer.getNumDynamicDims();
    if (!hasAnyLength(buffer))
      continue;
    rows.insert(numDims - 1);
    divisor = std::max(divisor, std::min(kMost, kWidestVector / plan::elementBytes(buffer.getElementType())));
  }
  general.walk([&](memref::SubViewOp tile) {
    if (auto buffer = dyn_cast<BlockArgument>(tile.getSource()); buffer && hasAnyLength(buffer.getType()))
      if (auto length = dyn_cast<Value>(tile.getMixedSizes().back()))
        addScalarsOf(length);
  });
  return !rows.empty();
}

/// The host hands a length to the kernel once more than as a dim of the buffer; a tile's length may be what is left of it.
void VectorVersion::addScalarsOf(Value length) {
  if (auto argument = dyn_cast<BlockArgument>(length)) {
    bool isScalar = argument.getOwner() == &general.getBody().front() && argument.getType().isIndex() &&
                    argument.getArgNumber() + kTrailingArguments < general.getNumArguments();
    if (isScalar)
      rows.insert(argument.getArgNumber() - buffers.size());
    return;
  }
  if (Operation *op = length.getDefiningOp(); isa<affine::AffineMinOp, affine::AffineApplyOp>(op))
    for (Value operand : op->getOperands())
      addScalarsOf(operand);
}

std::optional<VectorVersion> VectorVersion::create(func::FuncOp kernel, ArrayRef<plan::LaunchOp> launches) {
  VectorVersion version(kernel);
  if (launches.empty() || holdsThreadProduct(kernel) || !version.findRows())
    return std::nullopt;
  OpBuilder b(kernel.getContext());
  b.setInsertionPointAfter(kernel);
  version.vectors = cast<func::FuncOp>(b.clone(*kernel));
  version.vectors.setName((kernel.getName() + "_vectors").str());
  version.launches.assign(launches.begin(), launches.end());
  for (plan::LaunchOp launch : launches) {
    b.setInsertionPointAfter(launch);
    auto copy = cast<plan::LaunchOp>(b.clone(*launch));
    copy.setKernel(version.vectors.getName());
    version.vectorLaunches.push_back(copy);
  }
  version.markDivisors();
  return version;
}

void VectorVersion::markDivisors() {
  IntegerAttr mark = Builder(vectors.getContext()).getI64IntegerAttr(divisor);
  for (auto [i, buffer] : llvm::enumerate(buffers))
    if (hasAnyLength(buffer))
      vectors.setArgAttr(i, kDivisor, mark);
  for (unsigned row : rows)
    vectors.setArgAttr(buffers.size() + row, kDivisor, mark);
}

/// Vectors to and from buffers.
static unsigned countVectors(func::FuncOp kernel) {
  unsigned count = 0;
  kernel.walk([&](Operation *op) {
    count += llvm::TypeSwitch<Operation *, bool>(op)
                 .Case<vector::LoadOp, vector::StoreOp>([](auto access) { return !access.getMemRefType().getMemorySpace(); })
                 .Default([](Operation *op) { return isa<nvgpu::DeviceAsyncCopyOp>(op); });
  });
  return count;
}

void VectorVersion::settle() {
  if (countVectors(vectors) <= countVectors(general)) {
    for (plan::LaunchOp launch : vectorLaunches)
      launch.erase();
    vectors.erase();
    return;
  }
  for (unsigned i = 0; i < vectors.getNumArguments(); ++i)
    vectors.removeArgAttr(i, kDivisor);
  if (canBeSmall())
    vectors->setAttr(plan::kSmallBuffers, UnitAttr::get(vectors.getContext()));
  for (auto [launch, vectorLaunch] : llvm::zip_equal(launches, vectorLaunches))
    chooseOnHost(launch, vectorLaunch);
}

bool VectorVersion::canBeSmall() const {
  return llvm::all_of(buffers, [](MemRefType buffer) {
    return !buffer.hasStaticShape() || buffer.getNumElements() <= plan::kMostSmallBytes / plan::elementBytes(buffer.getElementType());
  });
}

/// `grid` if all buffers are small enough and what else the kernel takes is, else 0. Sizes of buffers that exist fit 64 bits.
Value VectorVersion::selectSmall(OpBuilder &b, plan::LaunchOp launch, Value grid) const {
  Location loc = launch.getLoc();
  auto constant = [&](int64_t value) { return arith::ConstantIndexOp::create(b, loc, value).getResult(); };
  Value zero = constant(0), largest = zero, least = zero;
  unsigned next = 0;
  for (MemRefType buffer : buffers) {
    if (buffer.hasStaticShape())
      continue;
    Value bytes = constant(plan::elementBytes(buffer.getElementType()));
    for (int64_t dim : buffer.getShape())
      bytes = b.createOrFold<arith::MulIOp>(loc, bytes, ShapedType::isDynamic(dim) ? launch.getScalars()[next++] : constant(dim));
    largest = arith::MaxSIOp::create(b, loc, largest, bytes);
  }
  for (Value scalar : launch.getScalars().drop_front(numDims)) {
    largest = arith::MaxSIOp::create(b, loc, largest, scalar);
    least = arith::MinSIOp::create(b, loc, least, scalar);
  }
  Value fits = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle, largest, constant(plan::kMostSmallBytes));
  Value none = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, least, zero);
  grid = arith::SelectOp::create(b, loc, fits, grid, zero);
  return arith::SelectOp::create(b, loc, none, grid, zero);
}

void VectorVersion::chooseOnHost(plan::LaunchOp launch, plan::LaunchOp vectorLaunch) const {
  OpBuilder b(launch);
  Location loc = launch.getLoc();
  Value zero = arith::ConstantIndexOp::create(b, loc, 0), whole = arith::ConstantIndexOp::create(b, loc, divisor), rest = zero;
  llvm::SmallDenseSet<Value> seen;
  for (unsigned row : rows)
    if (Value length = launch.getScalars()[row]; seen.insert(length).second)
      rest = b.createOrFold<arith::AddIOp>(loc, rest, arith::RemSIOp::create(b, loc, length, whole));
  Value isWhole = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, rest, zero);
  Value grid = launch.getGridX(), chosen = arith::SelectOp::create(b, loc, isWhole, grid, zero);
  if (canBeSmall())
    chosen = selectSmall(b, launch, chosen);
  vectorLaunch.getGridXMutable().assign(chosen);
  launch.getGridXMutable().assign(arith::SubIOp::create(b, loc, grid, chosen));
}

} // namespace tenon::schedule
