// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sizes are read from the buffers' types, the kernel is chosen by its row in the cost model with integers, maps are described as memory
// lies.
#include "lib/Schedule/Tile/ProductHost.h"

#include "dialects/Infer/IR/Scalar.h"
#include "dialects/Plan/IR/Plan.h"
#include "dialects/Tile/Transforms/Passes.h"
#include "lib/Schedule/Schedule.h"
#include "lib/Schedule/Tile/CostModel.h"
#include "lib/Schedule/Tile/PadRows.h"
#include "lib/Schedule/Tile/TunedTable.h"
#include "lib/Schedule/Tile/TurnRows.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::schedule;

namespace {

class HostWriter {
public:
  HostWriter(const ProductDispatch &product, OpBuilder &builder) : product(product), builder(builder), loc(product.root->getLoc()) {}

  void changeSignature();
  void computeSizes();
  void launchOne(ArrayRef<ProductKernel> kernels);

private:
  /// Matrices that are like C lie as C does: copied operands of the epilogue and copied results.
  enum Matrix { matrixA, matrixB, matrixC }; // of A and B also their numbers among the buffers
  /// Rows and columns as they lie in memory.
  struct Extents {
    Value rows, columns;
    int64_t elementBytes;
  };
  Extents extentsOf(Matrix matrix);
  /// What the copy engine moves: a matrix, and its number among the buffers.
  struct Copied {
    Matrix matrix;
    unsigned buffer;
  };
  SmallVector<Copied> listCopied(const AnyGemmSchedule &schedule);
  // What is known folds: a condition on known strides is none.
  template <typename Op, typename... Operands> Value fold(Operands... operands) { return builder.createOrFold<Op>(loc, operands...); }
  Value constant(int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); }
  Value multiply(Value a, Value b) { return fold<arith::MulIOp>(a, b); }
  Value multiply(Value a, int64_t b) { return multiply(a, constant(b)); }
  Value ceilDivide(Value a, int64_t b) { return fold<arith::CeilDivSIOp>(a, constant(b)); }
  Value select(Value condition, Value yes, Value no) { return fold<arith::SelectOp>(condition, yes, no); }
  Value compare(arith::CmpIPredicate predicate, Value a, Value b) { return fold<arith::CmpIOp>(predicate, a, b); }
  Value both(Value a, Value b) { return fold<arith::AndIOp>(a, b); }
  Value countWorkgroups(const AnyGemmSchedule &schedule);
  Value countCycles(const GemmChoice &choice, Value workgroups);
  Value countPaddingCycles(const GemmChoice &choice);
  Value canCopy(const GemmChoice &choice);
  Value chooseNumber(ArrayRef<ProductKernel> kernels, ArrayRef<Value> workgroups);
  bool isStoredAcrossK(Matrix matrix) const {
    const GemmProblem &problem = product.problem;
    return matrix == matrixA ? problem.transposeA || problem.turnsA : matrix == matrixB && (problem.transposeB || problem.turnsB);
  }
  bool isTurned(Matrix matrix) const { return matrix == matrixA ? product.problem.turnsA : matrix == matrixB && product.problem.turnsB; }
  static bool isPadded(const GemmChoice &choice, Matrix matrix) {
    return matrix == matrixA ? choice.padded.a : matrix == matrixB && choice.padded.b;
  }
  Value countMatrices(Matrix matrix) { return matrix == matrixA && product.problem.isSharedA ? constant(1) : batch; }
  RaggedMatrix raggedOf(Matrix matrix);
  TurnedMatrix turnedOf(Matrix matrix);
  void pad(ArrayRef<ProductKernel> kernels, ArrayRef<Value> areChosen);
  void launch(const ProductKernel &kernel, Value workgroups);
  void addSizes(const GemmChoice &choice, Matrix matrix, SmallVector<Value> &sizes);

  const ProductDispatch &product;
  OpBuilder &builder;
  Location loc;
  SmallVector<Value> buffers;  // A, B, operands, C, further results
  std::array<Value, 2> copies; // of A and B, where they are padded
  Value m, n, k, batch;
};

} // namespace

/// Tensors become memory, those of results come last; the body goes.
void HostWriter::changeSignature() {
  func::FuncOp function = product.function;
  Block &body = function.getBody().front();
  SmallVector<Type> results(product.getResultTypes());
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
    op.erase();
  for (BlockArgument argument : body.getArguments())
    if (isa<RankedTensorType>(argument.getType()))
      argument.setType(toMemref(argument.getType()));
  buffers = {product.a, product.b};
  buffers.append(product.operands.begin(), product.operands.end());
  for (Type result : results)
    buffers.push_back(body.addArgument(toMemref(result), loc));
  function.setFunctionType(builder.getFunctionType(body.getArgumentTypes(), {}));
  function.setResAttrsAttr(ArrayAttr());
  function.setArgAttrsAttr(ArrayAttr());
  builder.setInsertionPointToEnd(&body);
}

void HostWriter::computeSizes() {
  auto multiplyDims = [&](Value buffer, int64_t begin, int64_t end) {
    auto type = cast<MemRefType>(buffer.getType());
    Value all;
    for (int64_t axis = begin; axis < end; ++axis) {
      Value dim = type.isDynamicDim(axis) ? memref::DimOp::create(builder, loc, buffer, axis).getResult() : constant(type.getDimSize(axis));
      all = all ? multiply(all, dim) : dim;
    }
    return all;
  };
  auto rankOf = [](Value buffer) { return cast<MemRefType>(buffer.getType()).getRank(); };
  Value a = buffers[0], b = buffers[1];
  int64_t rank = rankOf(a), lastOfB = rankOf(b) - 1;
  n = multiplyDims(b, lastOfB, lastOfB + 1);
  k = multiplyDims(b, lastOfB - 1, lastOfB);
  if (!isStoredAcrossK(matrixB))
    std::swap(n, k);
  if (product.problem.isBatched) {
    batch = multiplyDims(b, 0, lastOfB - 1);
    m = multiplyDims(a, rank - 2, rank - 1);
  } else {
    m = isStoredAcrossK(matrixA) ? multiplyDims(a, 1, 2) : multiplyDims(a, 0, rank - 1);
  }
}

Value HostWriter::countWorkgroups(const AnyGemmSchedule &schedule) {
  if (auto *small = std::get_if<SmallGemmSchedule>(&schedule))
    return multiply(ceilDivide(m, small->tileM), multiply(ceilDivide(n, small->tileN()), small->split));
  auto &large = std::get<GemmSchedule>(schedule);
  // Whole clusters: the last of them may have CTAs without a tile.
  Value tilesN = multiply(ceilDivide(n, large.clusterN() * large.tileN), large.cluster);
  Value tiles = multiply(ceilDivide(m, large.clusterM() * large.tileM()), tilesN);
  return batch ? multiply(tiles, batch) : tiles;
}

/// Whole cycles of all waves, of the last end, and of copies that these do not hide.
Value HostWriter::countCycles(const GemmChoice &choice, Value workgroups) {
  Value steps = ceilDivide(k, stepK(product.problem)), waves = ceilDivide(workgroups, kProcessors), most;
  auto &schedule = std::get<GemmSchedule>(choice.schedule);
  if (schedule.cluster == 4)
    waves = multiply(waves, select(compare(arith::CmpIPredicate::sgt, workgroups, constant(kInFours)), constant(2), constant(1)));
  for (Cycles line : choice.cost.wave) {
    Value cycles = fold<arith::AddIOp>(multiply(steps, std::llround(line.step)), constant(std::llround(line.rest)));
    most = most ? fold<arith::MaxSIOp>(most, cycles) : cycles;
  }
  Value all = fold<arith::AddIOp>(multiply(waves, most), constant(std::llround(choice.cost.last)));
  if (choice.cost.straddled > 0) {
    constexpr int64_t kUnit = 1024; // fractions of a cycle
    Value slow = ceilDivide(multiply(multiply(workgroups, steps), std::llround(kUnit * choice.cost.straddled)), kUnit);
    Value copying = multiply(waves, schedule.pingPong ? most : multiply(steps, std::llround(choice.cost.wave.front().step)));
    all = fold<arith::AddIOp>(all, fold<arith::MaxSIOp>(fold<arith::SubIOp>(slow, copying), constant(0)));
  }
  if (!choice.padded.any())
    return all;
  all = fold<arith::AddIOp>(all, countPaddingCycles(choice));
  constexpr int64_t kPercent = static_cast<int64_t>(100 * kPaddingPrice);
  return ceilDivide(multiply(all, kPercent), 100);
}

/// Of the launches that pad or turn operands: they read and write them.
Value HostWriter::countPaddingCycles(const GemmChoice &choice) {
  Value cycles = constant(std::llround(kLaunch * kClock) * countPaddingLaunches(product.problem, choice.padded));
  for (Matrix matrix : {matrixA, matrixB})
    if (isPadded(choice, matrix)) {
      RaggedMatrix ragged = raggedOf(matrix);
      Value moved = ceilDivide(multiply(ragged.rows, ragged.rowBytes), std::llround(kBytes / kClock / 2));
      cycles = fold<arith::AddIOp>(cycles, moved);
    }
  return cycles;
}

/// Can the copy engine move what the schedule leaves to it? Rows begin at multiples of 16 bytes, and there is something to sum.
Value HostWriter::canCopy(const GemmChoice &choice) {
  Value yes = fold<arith::ConstantOp>(builder.getBoolAttr(true));
  for (auto [matrix, buffer] : listCopied(choice.schedule)) {
    Extents extents = extentsOf(matrix);
    Value rest = fold<arith::RemSIOp>(multiply(extents.columns, extents.elementBytes), constant(kRowUnit));
    if (!isPadded(choice, matrix))
      yes = both(yes, compare(arith::CmpIPredicate::eq, rest, constant(0)));
    if (matrix != matrixC)
      yes = both(yes, compare(arith::CmpIPredicate::sgt, k, constant(0)));
  }
  return yes;
}

/// Number of the kernel to launch.
Value HostWriter::chooseNumber(ArrayRef<ProductKernel> kernels, ArrayRef<Value> workgroups) {
  Value number, least;
  auto isSmall = [](const ProductKernel &kernel) { return std::holds_alternative<SmallGemmSchedule>(kernel.choice.schedule); };
  for (auto [i, kernel] : llvm::enumerate(kernels)) {
    if (isSmall(kernel) || kernel.choice.measured)
      continue;
    Value cycles = select(canCopy(kernel.choice), countCycles(kernel.choice, workgroups[i]), constant(INT64_MAX));
    Value isLess = least ? compare(arith::CmpIPredicate::slt, cycles, least) : Value();
    number = isLess ? select(isLess, constant(i), number) : constant(i);
    least = isLess ? select(isLess, cycles, least) : cycles;
  }
  for (size_t i = kernels.size(); i-- > 0;)
    if (isSmall(kernels[i]) && !kernels[i].choice.measured) {
      Value isFew = compare(arith::CmpIPredicate::sle, m, constant(kernels[i].choice.mostRows));
      number = select(both(isFew, canCopy(kernels[i].choice)), constant(i), number);
    }
  for (auto [i, kernel] : llvm::enumerate(kernels))
    if (const TunedEntry *entry = kernel.choice.measured) {
      Value isIn = both(compare(arith::CmpIPredicate::sge, m, constant(entry->leastRows)),
                        compare(arith::CmpIPredicate::sle, m, constant(entry->mostRows)));
      number = select(isIn, constant(i), number);
    }
  return number;
}

void HostWriter::launchOne(ArrayRef<ProductKernel> kernels) {
  SmallVector<Value> workgroups, areChosen(kernels.size());
  for (const ProductKernel &kernel : kernels)
    workgroups.push_back(countWorkgroups(kernel.choice.schedule));
  if (kernels.size() > 1) {
    Value number = chooseNumber(kernels, workgroups), none = constant(0);
    for (auto [i, count] : llvm::enumerate(workgroups)) {
      areChosen[i] = compare(arith::CmpIPredicate::eq, number, constant(i));
      count = select(areChosen[i], count, none);
    }
  }
  pad(kernels, areChosen);
  for (auto [kernel, count] : llvm::zip_equal(kernels, workgroups))
    launch(kernel, count);
  func::ReturnOp::create(builder, loc);
}

HostWriter::Extents HostWriter::extentsOf(Matrix matrix) {
  const GemmProblem &problem = product.problem;
  bool isTransposed = matrix == matrixA ? problem.transposeA : matrix == matrixB && problem.transposeB;
  Value rows = matrix == matrixB ? n : m, columns = matrix == matrixC ? n : k;
  if (isTransposed)
    std::swap(rows, columns);
  return {rows, columns, tile::elementBytes(matrix == matrixC ? problem.output : problem.element)};
}

/// Dims, innermost first, then strides.
void HostWriter::addSizes(const GemmChoice &choice, Matrix matrix, SmallVector<Value> &sizes) {
  auto [rows, columns, bytes] = extentsOf(matrix);
  Value rowBytes = multiply(columns, bytes);
  if (isPadded(choice, matrix))
    rowBytes = paddedBytes(builder, loc, rowBytes);
  sizes.append({columns, rows});
  if (batch)
    sizes.push_back(countMatrices(matrix));
  sizes.push_back(rowBytes);
  if (batch)
    sizes.push_back(multiply(rowBytes, rows));
}

/// In the order of the kernel's descriptors.
SmallVector<HostWriter::Copied> HostWriter::listCopied(const AnyGemmSchedule &schedule) {
  if (std::holds_alternative<SmallGemmSchedule>(schedule))
    return {{matrixB, 1}, {matrixA, 0}};
  auto &large = std::get<GemmSchedule>(schedule);
  unsigned bufferOfC = 2 + product.operands.size();
  SmallVector<Copied> all;
  if (!large.readsA)
    all.push_back({matrixA, 0});
  if (!large.readsB)
    all.push_back({matrixB, 1});
  if (!large.storeDirectly)
    all.push_back({matrixC, bufferOfC});
  if (std::optional<size_t> operand = findCopiedOperand(product.problem, large))
    all.push_back({matrixC, static_cast<unsigned>(2 + *operand)});
  for (unsigned i = 0; i < product.problem.furtherOutputs.size(); ++i)
    if (isCopiedResult(product.problem, large, i))
      all.push_back({matrixC, bufferOfC + 1 + i});
  return all;
}

RaggedMatrix HostWriter::raggedOf(Matrix matrix) {
  auto [rows, columns, bytes] = extentsOf(matrix);
  return {buffers[matrix], batch ? multiply(rows, countMatrices(matrix)) : rows, multiply(columns, bytes)};
}

/// As it lies in memory.
TurnedMatrix HostWriter::turnedOf(Matrix matrix) {
  auto [rows, columns, bytes] = extentsOf(matrix);
  return {buffers[matrix], columns, rows, batch ? countMatrices(matrix) : constant(1), bytes};
}

/// The launches that all choices with padded operands share. What is null in `areChosen` is the only kernel.
void HostWriter::pad(ArrayRef<ProductKernel> kernels, ArrayRef<Value> areChosen) {
  Value isChosen;
  const ProductKernel *first = nullptr;
  for (auto [kernel, chosen] : llvm::zip_equal(kernels, areChosen))
    if (kernel.choice.padded.any()) {
      isChosen = first ? fold<arith::OrIOp>(isChosen, chosen) : chosen;
      first = first ? first : &kernel;
    }
  if (!first)
    return;
  SmallVector<Matrix> padded;
  for (Matrix matrix : {matrixA, matrixB}) {
    if (isPadded(first->choice, matrix) && isTurned(matrix))
      copies[matrix] = launchTurnRows(builder, loc, first->turning, turnedOf(matrix), isChosen);
    else if (isPadded(first->choice, matrix))
      padded.push_back(matrix);
  }
  if (padded.empty())
    return;
  auto matrices = llvm::map_to_vector(padded, [&](Matrix matrix) { return raggedOf(matrix); });
  for (auto [matrix, copy] : llvm::zip_equal(padded, launchPadRows(builder, loc, first->padding, matrices, isChosen)))
    copies[matrix] = copy;
}

void HostWriter::launch(const ProductKernel &kernel, Value workgroups) {
  SmallVector<Value> memory = buffers, sizes, scalars{m, n, k};
  for (Matrix matrix : {matrixA, matrixB})
    if (isPadded(kernel.choice, matrix))
      memory[matrix] = copies[matrix];
  if (batch)
    scalars.push_back(batch);
  tile::KernelOp function = kernel.kernel;
  SmallVector<Attribute> maps;
  SmallVector<tile::DescriptorType> boxes;
  for (Type type : function.getArgumentTypes())
    if (auto box = dyn_cast<tile::DescriptorType>(type))
      boxes.push_back(box);
  for (auto [copied, box] : llvm::zip_equal(listCopied(kernel.choice.schedule), boxes)) {
    SmallVector<int64_t> extents{box.getColumns(), box.getRows()};
    extents.resize(box.getRank(), 1);
    maps.push_back(plan::TensorMapAttr::get(builder.getContext(), copied.buffer, infer::getSignlessType(box.getElementType()), extents,
                                            box.getSwizzle(), {}, {}, {}));
    addSizes(kernel.choice, copied.matrix, sizes);
  }
  SmallVector<bool> writes(buffers.size(), false);
  std::fill(writes.begin() + 2 + product.operands.size(), writes.end(), true);
  auto shared = function->getAttrOfType<IntegerAttr>(tile::kSharedBytesName);
  Value one = constant(1);
  plan::LaunchOp::create(builder, loc, function.getName(), workgroups, one, one, constant(shared.getInt()), memory, scalars, sizes,
                         builder.getDenseBoolArrayAttr(writes), builder.getArrayAttr(maps));
}

void tenon::schedule::writeProductHost(const ProductDispatch &product, ArrayRef<ProductKernel> kernels) {
  OpBuilder builder(product.root->getContext());
  HostWriter host(product, builder);
  host.changeSignature();
  host.computeSizes();
  host.launchOne(kernels);
}
