// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Dispatch functions that are products -> launches of tensor-core kernels.
//
//   func @d(%a: tensor<?x768xf16>, %w: tensor<768x64xf16>, %n: index) -> tensor<?x64xf16> { infer.mat_mul }
//   ->
//   func @d(%a: memref<?x768xf16>, %w: memref<768x64xf16>, %n: index, %c: memref<?x64xf16>) { plan.launch @product_0 ... maps [a, w, c] }
//   module @kernels { tile.kernel @product_0 }
//
// Kernels know no sizes, so equal problems of any size share one. How large M is decides between two of them when shapes are bound: the
// other's launch has no workgroups, which costs nothing and needs no branch in the host program.
#include "dialects/Plan/IR/Plan.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "lib/Schedule/Schedule.h"
#include "lib/Schedule/Tile/ChooseGemm.h"
#include "lib/Schedule/Tile/Passes.h"
#include "lib/Schedule/Tile/ProductDispatch.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Pass/PassManager.h"

namespace tenon::schedule {
#define GEN_PASS_DEF_SCHEDULETILEPRODUCTSPASS
#include "lib/Schedule/Tile/Passes.h.inc"
} // namespace tenon::schedule

using namespace mlir;
using namespace tenon;
using namespace tenon::schedule;
using tile::KernelOp;

namespace {

/// The widest tile that divides N best, and a small one for products of few tiles.
GemmSchedule chooseLarge(int64_t n) {
  GemmSchedule schedule;
  schedule.tileN = n % 256 == 0 ? 256 : n % 192 == 0 ? 192 : 128;
  schedule.stages = schedule.tileN == 128 ? 6 : 4;
  return schedule;
}

GemmSchedule chooseSmall() {
  GemmSchedule schedule;
  schedule.consumers = 1;
  schedule.tileN = 64;
  schedule.stages = 8;
  return schedule;
}

/// Writes the host's part of one dispatch function.
class HostWriter {
public:
  HostWriter(const ProductDispatch &product, OpBuilder &builder) : product(product), builder(builder), loc(product.root->getLoc()) {}

  void changeSignature();
  void computeSizes();
  /// Launches of both, of which one does nothing.
  void launchOne(KernelOp small, KernelOp large);

private:
  Value constant(int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); }
  Value countTiles(const GemmSchedule &schedule);
  void launch(KernelOp kernel, Value tiles);
  plan::TensorMapAttr describe(unsigned buffer, tile::DescriptorType box);

  const ProductDispatch &product;
  OpBuilder &builder;
  Location loc;
  SmallVector<Value> buffers; // A, B, operands, C
  Value m, n, k, batch;
};

} // namespace

/// Tensors become memory, the result's comes last; the body goes.
void HostWriter::changeSignature() {
  func::FuncOp function = product.function;
  Block &body = function.getBody().front();
  Type result = product.getResultType();
  SmallVector<BlockArgument> used{product.a, product.b};
  used.append(product.operands.begin(), product.operands.end());
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
    op.erase();
  for (BlockArgument argument : body.getArguments())
    if (isa<RankedTensorType>(argument.getType()))
      argument.setType(toMemref(argument.getType()));
  buffers.assign(used.begin(), used.end());
  buffers.push_back(body.addArgument(toMemref(result), loc));
  function.setFunctionType(builder.getFunctionType(body.getArgumentTypes(), {}));
  function.setResAttrsAttr(ArrayAttr());
  function.setArgAttrsAttr(ArrayAttr());
  builder.setInsertionPointToEnd(&body);
}

void HostWriter::computeSizes() {
  auto type = cast<MemRefType>(buffers.front().getType());
  auto dim = [&](int64_t axis) -> Value {
    return type.isDynamicDim(axis) ? memref::DimOp::create(builder, loc, buffers.front(), axis).getResult()
                                   : constant(type.getDimSize(axis));
  };
  int64_t rank = type.getRank();
  n = constant(product.n);
  k = constant(product.k);
  auto multiplyAll = [&](int64_t begin, int64_t end) {
    Value all = dim(begin);
    for (int64_t axis = begin + 1; axis < end; ++axis)
      all = arith::MulIOp::create(builder, loc, all, dim(axis));
    return all;
  };
  if (product.problem.isBatched) {
    batch = multiplyAll(0, rank - 2);
    m = dim(rank - 2);
  } else if (product.problem.transposeA) {
    m = dim(1);
  } else {
    m = multiplyAll(0, rank - 1);
  }
}

Value HostWriter::countTiles(const GemmSchedule &schedule) {
  Value tiles = arith::MulIOp::create(builder, loc, arith::CeilDivSIOp::create(builder, loc, m, constant(schedule.tileM())),
                                      constant(llvm::divideCeil(product.n, schedule.tileN)));
  return batch ? arith::MulIOp::create(builder, loc, tiles, batch).getResult() : tiles;
}

void HostWriter::launchOne(KernelOp small, KernelOp large) {
  Value smallTiles = countTiles(chooseSmall()), largeTiles = countTiles(chooseLarge(product.n)), none = constant(0);
  // Too few large tiles to give half of the multiprocessors one each.
  Value isSmall = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, largeTiles, constant(kProcessors / 2));
  launch(small, arith::SelectOp::create(builder, loc, isSmall, smallTiles, none));
  launch(large, arith::SelectOp::create(builder, loc, isSmall, none, largeTiles));
  func::ReturnOp::create(builder, loc);
}

plan::TensorMapAttr HostWriter::describe(unsigned buffer, tile::DescriptorType box) {
  SmallVector<int64_t> extents{box.getColumns(), box.getRows()};
  extents.resize(box.getRank(), 1);
  return plan::TensorMapAttr::get(builder.getContext(), buffer, box.getElementType(), extents, box.getSwizzle(), {}, {}, {});
}

void HostWriter::launch(KernelOp kernel, Value tiles) {
  const GemmProblem &problem = product.problem;
  SmallVector<Value> sizes, scalars{m, n, k};
  if (batch)
    scalars.push_back(batch);
  // Rows and columns as they lie in memory.
  auto addSizes = [&](Value rows, Value columns, Type element) {
    Value rowBytes = arith::MulIOp::create(builder, loc, columns, constant(tile::elementBytes(element)));
    sizes.append({columns, rows});
    if (batch)
      sizes.push_back(batch);
    sizes.push_back(rowBytes);
    if (batch)
      sizes.push_back(arith::MulIOp::create(builder, loc, rowBytes, rows));
  };
  addSizes(problem.transposeA ? k : m, problem.transposeA ? m : k, problem.element);
  addSizes(problem.transposeB ? k : n, problem.transposeB ? n : k, problem.element);
  addSizes(m, n, problem.output);
  unsigned mapped[] = {0, 1, static_cast<unsigned>(buffers.size()) - 1};
  SmallVector<Attribute> maps;
  for (auto [buffer, type] : llvm::zip_equal(mapped, kernel.getArgumentTypes().take_back(3)))
    maps.push_back(describe(buffer, cast<tile::DescriptorType>(type)));
  SmallVector<bool> writes(buffers.size(), false);
  writes.back() = true;
  auto shared = kernel->getAttrOfType<IntegerAttr>(tile::kSharedBytesName);
  Value one = constant(1);
  plan::LaunchOp::create(builder, loc, kernel.getName(), tiles, one, one, constant(shared.getInt()), buffers, scalars, sizes,
                         builder.getDenseBoolArrayAttr(writes), builder.getArrayAttr(maps));
}

/// Gives a kernel the parameters of runtime/engine/KernelAbi.h; sizes arrive in 64 bits.
static void adaptParameters(KernelOp kernel, const GemmProblem &problem) {
  Block &body = kernel.getBody().front();
  Location loc = kernel.getLoc();
  unsigned numSizes = problem.isBatched ? 4 : 3, numOld = body.getNumArguments();
  auto builder = OpBuilder::atBlockBegin(&body);
  Type i64 = builder.getI64Type(), pointer = LLVM::LLVMPointerType::get(kernel.getContext(), 1);
  // Old: descriptors of A, B, C; sizes; pointers of operands. New: A, B, operands, C; sizes; workgroups, scratch, stride; descriptors.
  body.addArguments({pointer, pointer}, {loc, loc});
  for (size_t i = 0; i < problem.operands.size(); ++i)
    body.getArgument(3 + numSizes + i).replaceAllUsesWith(body.addArgument(pointer, loc));
  body.addArgument(pointer, loc);
  for (unsigned i = 0; i < numSizes; ++i) {
    Value wide = body.addArgument(i64, loc);
    body.getArgument(3 + i).replaceAllUsesWith(arith::TruncIOp::create(builder, loc, builder.getI32Type(), wide));
  }
  for (int i = 0; i < 3; ++i)
    body.addArgument(i64, loc);
  for (int i = 0; i < 3; ++i) {
    BlockArgument old = body.getArgument(i);
    old.replaceAllUsesWith(body.addArgument(old.getType(), loc));
  }
  body.eraseArguments(0, numOld);
  kernel.setFunctionType(builder.getFunctionType(body.getArgumentTypes(), {}));
}

namespace {

struct TileProducts : tenon::schedule::impl::ScheduleTileProductsPassBase<TileProducts> {
  void runOnOperation() override;
  FailureOr<KernelOp> getKernel(const ProductDispatch &product, const GemmSchedule &schedule);
  LogicalResult rewrite(const ProductDispatch &product);

  ModuleOp kernels;
  SmallVector<KernelOp> known;
};

} // namespace

/// A kernel for the problem: one that is there already, or a new one.
FailureOr<KernelOp> TileProducts::getKernel(const ProductDispatch &product, const GemmSchedule &schedule) {
  auto builder = OpBuilder::atBlockEnd(kernels.getBody());
  std::string name = "product_" + std::to_string(known.size());
  FailureOr<KernelOp> kernel = buildGemm(builder, product.root->getLoc(), name, product.problem, schedule);
  if (failed(kernel))
    return failure();
  adaptParameters(*kernel, product.problem);
  // What lib/Target/Cuda asks about a kernel.
  (*kernel)->setDiscardableAttr("gpu.known_block_size", builder.getDenseI32ArrayAttr({static_cast<int32_t>(kernel->getThreads()), 1, 1}));
  (*kernel)->setDiscardableAttr("cuda.scratch", builder.getStringAttr("shared"));
  (*kernel)->setDiscardableAttr("cuda.persistent", builder.getUnitAttr());
  OpPassManager place(KernelOp::getOperationName());
  place.addPass(tile::createTilePlaceSharedPass());
  if (failed(runPipeline(place, *kernel)))
    return failure();
  for (KernelOp other : known)
    if (other.getFunctionType() == kernel->getFunctionType() && other.getThreads() == kernel->getThreads() &&
        OperationEquivalence::isRegionEquivalentTo(&other.getBody(), &kernel->getBody(), OperationEquivalence::IgnoreLocations)) {
      kernel->erase();
      return other;
    }
  known.push_back(*kernel);
  return kernel;
}

LogicalResult TileProducts::rewrite(const ProductDispatch &product) {
  FailureOr<KernelOp> small = getKernel(product, chooseSmall()), large = getKernel(product, chooseLarge(product.n));
  if (failed(small) || failed(large))
    return failure();
  OpBuilder builder(&getContext());
  HostWriter host(product, builder);
  host.changeSignature();
  host.computeSizes();
  host.launchOne(*small, *large);
  return success();
}

void TileProducts::runOnOperation() {
  for (auto function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
    std::string reason;
    FailureOr<ProductDispatch> product = matchProductDispatch(function, reason);
    if (failed(product)) {
      if (!reason.empty())
        remark::missed(function.getLoc(), remark::RemarkOpts::name("NoTensorCores").category("schedule"))
            << remark::metric("Reason", reason);
      continue;
    }
    if (!kernels) {
      auto builder = OpBuilder::atBlockEnd(getOperation().getBody());
      kernels = ModuleOp::create(builder, getOperation().getLoc(), "kernels");
    }
    if (failed(rewrite(*product)))
      return signalPassFailure();
  }
}
