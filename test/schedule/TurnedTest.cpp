// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Transposes on thread blocks: every element in its place, and no two threads of a step in one bank of shared memory.
#include "test/schedule/ScheduleTesting.h"

#include "lib/Compiler/Registration.h"
#include "lib/Schedule/Pipeline.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"

#include <map>
#include <set>

using namespace mlir;
using namespace tenon;
using namespace tenon::bench;

namespace {

/// A batch of matrices of integers.
struct Shape {
  unsigned bits;
  int64_t batch, rows, columns;
  friend void PrintTo(const Shape &shape, std::ostream *out) {
    *out << 'i' << shape.bits << ' ' << shape.batch << 'x' << shape.rows << 'x' << shape.columns;
  }
};

std::string nameOf(const testing::TestParamInfo<Shape> &info) {
  const Shape &shape = info.param;
  return llvm::formatv("i{0}_{1}x{2}x{3}", shape.bits, shape.batch, shape.rows, shape.columns).str();
}

std::string transposeText(const Shape &shape, bool isDynamic) {
  std::string rows = isDynamic ? "?" : std::to_string(shape.rows), columns = isDynamic ? "?" : std::to_string(shape.columns);
  std::string read = llvm::formatv("tensor<{0}x{1}x{2}xi{3}>", shape.batch, rows, columns, shape.bits);
  std::string written = llvm::formatv("tensor<{0}x{1}x{2}xi{3}>", shape.batch, columns, rows, shape.bits);
  return llvm::formatv(R"(
func.func private @transpose(%x: {0}) -> {1} {{
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %m = tensor.dim %x, %c1 : {0}
  %n = tensor.dim %x, %c2 : {0}
  %e = tensor.empty({2}) : {1}
  %r = linalg.generic {{indexing_maps = [affine_map<(b, i, j) -> (b, j, i)>, affine_map<(b, i, j) -> (b, i, j)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x : {0}) outs(%e : {1}) {{
  ^bb0(%a: i{3}, %o: i{3}):
    linalg.yield %a : i{3}
  } -> {1}
  return %r : {1}
})",
                       read, written, isDynamic ? "%n, %m" : "", shape.bits);
}

class TurnedTest : public testing::TestWithParam<Shape> {};

TEST_P(TurnedTest, EveryElement) {
  const Shape &shape = GetParam();
  int64_t bytes = shape.bits / 8, size = shape.rows * shape.columns, total = shape.batch * size;
  std::vector<int64_t> read{shape.batch, shape.rows, shape.columns}, written{shape.batch, shape.columns, shape.rows};
  std::unique_ptr<char, decltype(&std::free)> x(static_cast<char *>(allocate(total * bytes)), &std::free);
  std::unique_ptr<char, decltype(&std::free)> y(static_cast<char *>(allocate(total * bytes)), &std::free);
  std::mt19937 generator(shape.bits);
  std::generate(x.get(), x.get() + total * bytes, [&] { return static_cast<char>(generator()); });
  for (bool isDynamic : {false, true}) {
    auto program = KernelProgram::compileBlocks(transposeText(shape, isDynamic), 64);
    ASSERT_TRUE(program);
    for (bool descending : {false, true}) {
      program->setDescending(descending);
      std::fill(y.get(), y.get() + total * bytes, '\0');
      ASSERT_TRUE(program->run("transpose", {{x.get(), read}, {y.get(), written}}, {}));
      for (int64_t at = 0; at < total; ++at) {
        int64_t matrix = at / size, row = at % size / shape.columns, column = at % shape.columns;
        const char *turned = y.get() + (matrix * size + column * shape.rows + row) * bytes;
        ASSERT_EQ(std::memcmp(turned, x.get() + at * bytes, bytes), 0) << "at " << matrix << ", " << row << ", " << column;
      }
    }
  }
}

/// What a kernel's index values are in one thread, in the first rounds of all loops.
class Thread {
public:
  explicit Thread(int64_t number) : number(number) {}

  /// None if it depends on more than the thread's number.
  std::optional<int64_t> evaluate(Value value) const {
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
      return loop && argument == loop.getInductionVar() ? evaluate(loop.getLowerBound()) : std::nullopt;
    }
    Operation *op = value.getDefiningOp();
    if (isa<gpu::ThreadIdOp>(op))
      return number;
    SmallVector<Attribute> operands;
    for (Value operand : op->getOperands()) {
      std::optional<int64_t> known = evaluate(operand);
      operands.push_back(known ? IntegerAttr::get(operand.getType(), *known) : IntegerAttr());
    }
    SmallVector<OpFoldResult> results;
    if (failed(op->fold(operands, results)) || results.size() != 1)
      return std::nullopt;
    if (auto folded = dyn_cast<Value>(results.front()))
      return evaluate(folded);
    return getConstantIntValue(results.front());
  }

private:
  int64_t number;
};

/// Steps that shared memory takes for what some threads of a warp access at once: 32, or as many as have 128 bytes. `places` are the
/// threads' first bytes.
int64_t countSteps(ArrayRef<int64_t> places, int64_t bytes) {
  int64_t atOnce = bytes > 4 ? 128 / bytes : 32, most = 0;
  for (size_t first = 0; first < places.size(); first += atOnce) {
    std::map<int64_t, std::set<int64_t>> words; // by bank
    for (int64_t place : places.slice(first, atOnce))
      for (int64_t word = place / 4; word < (place + bytes + 3) / 4; ++word)
        words[word % 32].insert(word);
    for (const auto &bank : words)
      most = std::max<int64_t>(most, bank.second.size());
  }
  return most;
}

/// The index into flat shared memory, and the bytes, of an access of it.
std::optional<std::pair<Value, int64_t>> findSharedAccess(Operation *op) {
  auto access = [](auto op, Type type) -> std::optional<std::pair<Value, int64_t>> {
    MemRefType memory = op.getMemRefType();
    auto space = dyn_cast_or_null<gpu::AddressSpaceAttr>(memory.getMemorySpace());
    if (!space || space.getValue() != gpu::AddressSpace::Workgroup)
      return std::nullopt;
    auto vector = dyn_cast<VectorType>(type);
    return std::pair(op.getIndices().front(), memory.getElementTypeBitWidth() / 8 * (vector ? vector.getNumElements() : 1));
  };
  using Found = std::optional<std::pair<Value, int64_t>>;
  return llvm::TypeSwitch<Operation *, Found>(op)
      .Case<memref::LoadOp, vector::LoadOp>([&](auto load) { return access(load, load.getType()); })
      .Case([&](memref::StoreOp store) { return access(store, store.getValueToStore().getType()); })
      .Case([&](vector::StoreOp store) { return access(store, store.getVectorType()); })
      .Default([](Operation *) { return std::nullopt; });
}

/// The code's own arithmetic, evaluated for each thread of the block.
TEST_P(TurnedTest, NoBankConflicts) {
  constexpr int64_t kThreads = 256, kWarp = 32;
  DialectRegistry registry;
  registerDialects(registry);
  MLIRContext context(registry);
  context.loadAllAvailableDialects();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(transposeText(GetParam(), false), ParserConfig(&context));
  PassManager pm(&context);
  schedule::buildGpuKernelsPipeline(pm, {kThreads, /*sharedBytes=*/49152});
  ASSERT_TRUE(module && succeeded(pm.run(*module)));
  int64_t reads = 0, writes = 0;
  module->walk([&](Operation *op) {
    auto found = findSharedAccess(op);
    if (!found)
      return;
    auto [index, bytes] = *found;
    ++(op->getNumResults() > 0 ? reads : writes);
    int64_t elementBytes = GetParam().bits / 8;
    for (int64_t warp = 0; warp < kThreads / kWarp; ++warp) {
      SmallVector<int64_t> places;
      for (int64_t lane = 0; lane < kWarp; ++lane) {
        std::optional<int64_t> element = Thread(warp * kWarp + lane).evaluate(index);
        ASSERT_TRUE(element);
        places.push_back(*element * elementBytes);
      }
      // In columns of less than 128 bytes places are too few for all.
      EXPECT_LE(countSteps(places, bytes), GetParam().rows * elementBytes < 128 ? 2 : 1) << "warp " << warp;
    }
  });
  EXPECT_GT(reads, 0);
  EXPECT_GT(writes, 0);
}

/// For each width of elements: vectors on both sides, on either, and on none; edges; less than a tile.
std::vector<Shape> shapes() {
  std::vector<Shape> result;
  for (unsigned bits : {8, 16, 32, 64})
    for (auto [rows, columns] : {std::pair(256, 128), {136, 144}, {129, 144}, {144, 129}, {131, 257}})
      result.push_back({bits, 1, rows, columns});
  result.push_back({16, 3, 100, 34});
  result.push_back({16, 2, 32, 68});
  return result;
}

INSTANTIATE_TEST_SUITE_P(Shapes, TurnedTest, testing::ValuesIn(shapes()), nameOf);

} // namespace
