// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Large schedules as the cost model ranks them, with what it does not see tried on the best of them; for few rows each tile with the splits
// of K that give the machine something to do.
#include "lib/Schedule/Tile/ShortList.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::schedule;

namespace {

constexpr size_t kLarge = 6;  // tile shapes
constexpr size_t kVaried = 2; // of them, with other parameters too; clusters of all that are done in one wave, which the L2 cache bounds
constexpr int64_t kFewRows = 1024; // and fewer, for the schedule that is made for them
constexpr int64_t kMostTiles = 16; // of it along M: each reads the weights again
constexpr int64_t kLeastSteps = 2; // along K for each CTA of a split
constexpr int64_t kMostGrid = 4;   // CTAs a multiprocessor beyond which K is not split

/// Tiles of the schedule for few rows. Two CTAs on an SM let one stream while the other ends, so most take less than half of its shared
/// memory; those of 128 rows come once with all of it.
constexpr SmallGemmSchedule kSmall[] = {{1, 16, 11, 1}, {2, 16, 6, 1},  {1, 32, 9, 1},        {1, 64, 7, 1},        {2, 64, 8, 1},
                                        {1, 128, 9, 1}, {2, 128, 6, 1}, {1, 16, 11, 1, 8, 8}, {1, 16, 11, 1, 0, 12}};

/// The operations that models have for a step that is a function; what their constants are changes neither registers nor cycles.
Value applyStep(OpBuilder &b, Location loc, StringRef name, Value x) {
  Value one = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(1));
  auto scale = [&](Value value) -> Value { return arith::MulFOp::create(b, loc, value, one); };
  auto plusOne = [&](Value value) -> Value { return arith::AddFOp::create(b, loc, value, one); };
  if (name == "relu")
    return arith::MaximumFOp::create(b, loc, x, one);
  if (name == "silu") {
    Value less = math::ExpOp::create(b, loc, arith::NegFOp::create(b, loc, x).getResult());
    return arith::MulFOp::create(b, loc, x, arith::DivFOp::create(b, loc, one, plusOne(less)).getResult());
  }
  bool isErf = name == "gelu";
  Value cube = isErf ? x : arith::AddFOp::create(b, loc, x, scale(arith::MulFOp::create(b, loc, scale(x), scale(x)).getResult()));
  Value inner = isErf ? math::ErfOp::create(b, loc, scale(cube)).getResult() : math::TanhOp::create(b, loc, scale(cube)).getResult();
  return arith::MulFOp::create(b, loc, scale(x), plusOne(inner));
}

/// Operands are added; other steps are functions.
void setBody(GemmProblem &problem, ArrayRef<std::string> steps) {
  if (steps.empty())
    return;
  problem.epilogue = [steps](OpBuilder &b, Location loc, ValueRange values) {
    Value x = values.front();
    ValueRange operands = values.drop_front();
    for (StringRef step : steps) {
      bool isOperand = step.contains(' ') && !operands.empty();
      x = isOperand ? arith::AddFOp::create(b, loc, x, operands.front()).getResult() : applyStep(b, loc, step, x);
      operands = operands.drop_front(isOperand);
    }
    return SmallVector<Value>{x};
  };
}

/// The problem that a key describes, without the body of its epilogue.
GemmProblem problemOf(const ProductKey &product, Builder &builder) {
  auto typeOf = [&](StringRef name) -> Type {
    return name.ends_with("bf16") ? Type(builder.getBF16Type()) : name.ends_with("f16") ? Type(builder.getF16Type()) : builder.getF32Type();
  };
  GemmProblem problem;
  problem.element = typeOf(product.element);
  problem.output = typeOf(product.output);
  problem.transposeA = product.layout[0] == 't';
  problem.transposeB = product.layout[1] == 'n';
  problem.isBatched = product.batch != 0;
  problem.isSharedA = product.isSharedA;
  for (StringRef operand : product.operands) {
    problem.operands.push_back(operand.starts_with("column") ? EpilogueOperand::column
                               : operand.starts_with("row")  ? EpilogueOperand::row
                                                             : EpilogueOperand::matrix);
    problem.operandTypes.push_back(typeOf(operand));
  }
  for (StringRef type : product.further)
    problem.furtherOutputs.push_back(typeOf(type));
  return problem;
}

using Variants = SmallVector<GemmSchedule>;

template <typename Change> void addVariant(Variants &variants, const GemmSchedule &schedule, Change change) {
  variants.push_back(schedule);
  change(variants.back());
}

/// C past the L2, and a stage's memory for buffers of C.
void addStores(Variants &variants, const GemmSchedule &schedule, bool streams) {
  streams &= !schedule.storeDirectly;
  if (streams)
    addVariant(variants, schedule, [](GemmSchedule &next) { next.streamC = true; });
  addVariant(variants, schedule, [](GemmSchedule &next) { next.stages -= 1; });
  if (streams)
    addVariant(variants, schedule, [](GemmSchedule &next) { next.stages -= 1, next.streamC = true; });
}

/// Keeps the first of equal ones.
void addNew(SmallVectorImpl<Candidate> &list, Candidate candidate) {
  std::string name = describeSchedule(candidate.schedule);
  if (llvm::none_of(list, [&](const Candidate &other) { return describeSchedule(other.schedule) == name; }))
    list.push_back(std::move(candidate));
}

void addLarge(SmallVectorImpl<Candidate> &list, const GemmProblem &problem, const GemmSizes &sizes, PaddedOperands padded) {
  SmallVector<Candidate> ranked;
  for (const GemmSchedule &schedule : largeGemms(problem, sizes, padded, findStraddling(problem, sizes)))
    ranked.push_back({schedule, estimateGemm(problem, sizes, schedule)});
  llvm::sort(ranked, [](const Candidate &a, const Candidate &b) {
    return std::pair(a.estimate, describeSchedule(a.schedule)) < std::pair(b.estimate, describeSchedule(b.schedule));
  });
  // Of each tile the best; its other clusters follow.
  llvm::StringSet<> tiles;
  llvm::erase_if(ranked, [&](const Candidate &candidate) {
    GemmSchedule alone = std::get<GemmSchedule>(candidate.schedule);
    alone.cluster = 1, alone.clusterAlongN = false;
    return !tiles.insert(describeSchedule(alone)).second;
  });
  ranked.truncate(std::min(ranked.size(), kLarge));
  for (const Candidate &candidate : ranked)
    addNew(list, candidate);
  auto isOneWave = [&](const GemmSchedule &schedule) {
    return llvm::divideCeil(sizes.m, schedule.tileM()) * llvm::divideCeil(sizes.n, schedule.tileN) * sizes.batch <= kProcessors;
  };
  for (auto [i, candidate] : llvm::enumerate(ranked)) {
    const auto &schedule = std::get<GemmSchedule>(candidate.schedule);
    Variants variants;
    if (i < kVaried || isOneWave(schedule))
      variants.append(clustersOf(schedule, sizes));
    if (i < kVaried)
      addStores(variants, schedule, /*streams=*/!isOneWave(schedule));
    for (const GemmSchedule &variant : variants)
      addNew(list, {variant, estimateGemm(problem, sizes, variant)});
  }
}

void addSmall(SmallVectorImpl<Candidate> &list, const GemmProblem &problem, const GemmSizes &sizes, PaddedOperands padded) {
  if (!fitsFewRows(problem, sizes, padded) || sizes.m > kFewRows)
    return;
  int64_t steps = llvm::divideCeil(sizes.k, stepK(problem));
  for (const SmallGemmSchedule &schedule : kSmall) {
    int64_t tilesM = llvm::divideCeil(sizes.m, schedule.tileM), tiles = llvm::divideCeil(sizes.n, schedule.tileN()) * tilesM;
    // More than half of the tile's rows would be padding.
    bool isPadding = schedule.tileM > 16 && schedule.tileM / 2 >= sizes.m;
    // When the next kernel starts matters to those that do nothing but stream.
    bool isVariant = schedule.ahead || schedule.release != SmallGemmSchedule().release;
    if (isPadding || tilesM > (isVariant ? 1 : kMostTiles))
      continue;
    for (int64_t split : {1, 2, 4, 8}) {
      if (split > 1 && (tiles * split > kMostGrid * kProcessors || steps / split < kLeastSteps))
        break;
      addNew(list, {splitInto(schedule, split)});
    }
  }
}

} // namespace

SmallVector<Candidate> tenon::schedule::listCandidates(const ProductKey &product, int64_t rows, ArrayRef<std::string> steps) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<arith::ArithDialect, math::MathDialect>();
  Builder builder(&context);
  GemmProblem problem = problemOf(product, builder);
  setBody(problem, steps);
  GemmSizes sizes{rows, product.n, product.k, std::max<int64_t>(product.batch, 1)};
  SmallVector<Candidate> list;
  if (isBetterGeneric(problem, sizes, {}))
    return list;
  PaddedOperands padded = choosePadding(problem, sizes);
  AnyGemmSchedule chosen = chooseGemm(problem, sizes, padded);
  auto *large = std::get_if<GemmSchedule>(&chosen);
  list.push_back({chosen, large ? estimateGemm(problem, sizes, *large) : 0});
  addLarge(list, problem, sizes, padded);
  addSmall(list, problem, sizes, padded);
  return list;
}
