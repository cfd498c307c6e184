// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The product schedules as passes: what a problem is in the options, its kernel in the module.
//
//   module {}   ->   module { tile.kernel @gemm ... : roles, pipelines, mma, epilogue }
#include "lib/Schedule/Tile/ChooseGemm.h"
#include "lib/Schedule/Tile/Epilogues.h"
#include "lib/Schedule/Tile/Passes.h"
#include "lib/Schedule/Tile/TunedTable.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace tenon::schedule {
#define GEN_PASS_DEF_SCHEDULECHOOSEGEMMPASS
#define GEN_PASS_DEF_SCHEDULEGENERATEGEMMPASS
#define GEN_PASS_DEF_SCHEDULEGENERATESMALLGEMMPASS
#include "lib/Schedule/Tile/Passes.h.inc"
} // namespace tenon::schedule

using namespace mlir;
using namespace tenon;

/// Type by name; null for a name that products do not know. tf32 is f32 that the tensor cores round.
static Type typeOf(Builder &builder, StringRef name) {
  return llvm::StringSwitch<Type>(name)
      .Case("f16", builder.getF16Type())
      .Case("bf16", builder.getBF16Type())
      .Cases({"f32", "tf32"}, builder.getF32Type())
      .Case("i8", builder.getI8Type())
      .Case("i32", builder.getI32Type())
      .Case("f8E4M3FN", Float8E4M3FNType::get(builder.getContext()))
      .Case("f8E5M2", Float8E5M2Type::get(builder.getContext()))
      .Default(Type());
}

namespace {
/// The options that both passes have.
struct ProblemOptions {
  StringRef element, output, epilogue;
  bool transposeA, transposeB, isBatched;
};
} // namespace

/// The problem that options describe; fails with a diagnostic.
static LogicalResult readProblem(Builder &builder, Location loc, const ProblemOptions &options, schedule::GemmProblem &problem) {
  problem.element = typeOf(builder, options.element);
  problem.output = typeOf(builder, options.output);
  problem.transposeA = options.transposeA;
  problem.transposeB = options.transposeB;
  problem.isBatched = options.isBatched;
  bool hasTypes = problem.element && problem.output && !problem.element.isInteger(32) &&
                  (tile::elementBytes(problem.output) > 1 || problem.output.isInteger(8));
  if (!hasTypes)
    return emitError(loc, "expected types of products, got ") << options.element << " and " << options.output;
  return schedule::setEpilogue(loc, options.epilogue, problem);
}

namespace {
struct GenerateGemm : schedule::impl::ScheduleGenerateGemmPassBase<GenerateGemm> {
  using Base::Base;

  void runOnOperation() override {
    OpBuilder builder = OpBuilder::atBlockEnd(getOperation().getBody());
    Location loc = getOperation().getLoc();
    schedule::GemmProblem problem;
    schedule::GemmSchedule parameters;
    parameters.consumers = consumers;
    parameters.blocks = blocks;
    parameters.tileN = tileN;
    parameters.pingPong = pingPong;
    parameters.stages = stages;
    parameters.cluster = cluster;
    parameters.clusterAlongN = clusterAlongN;
    parameters.group = group;
    parameters.streamC = streamC;
    parameters.storeDirectly = storeDirectly;
    parameters.promote = promote;
    parameters.readsA = readsA;
    parameters.readsB = readsB;
    if (failed(readProblem(builder, loc, {element, output, epilogue, transposeA, transposeB, batched}, problem)) ||
        failed(schedule::buildGemm(builder, loc, name, problem, parameters)))
      signalPassFailure();
  }
};

struct GenerateSmallGemm : schedule::impl::ScheduleGenerateSmallGemmPassBase<GenerateSmallGemm> {
  using Base::Base;

  void runOnOperation() override {
    OpBuilder builder = OpBuilder::atBlockEnd(getOperation().getBody());
    Location loc = getOperation().getLoc();
    schedule::GemmProblem problem;
    schedule::SmallGemmSchedule parameters;
    parameters.consumers = consumers;
    parameters.tileM = tileM;
    parameters.stages = stages;
    parameters.split = split;
    parameters.ahead = ahead;
    parameters.release = release;
    if (failed(readProblem(builder, loc, {element, output, epilogue, transposeA, transposeB, batched}, problem)) ||
        failed(schedule::buildSmallGemm(builder, loc, name, problem, parameters)))
      signalPassFailure();
  }
};

struct ChooseGemm : schedule::impl::ScheduleChooseGemmPassBase<ChooseGemm> {
  using Base::Base;

  void runOnOperation() override {
    OpBuilder builder = OpBuilder::atBlockEnd(getOperation().getBody());
    Location loc = getOperation().getLoc();
    schedule::GemmProblem problem;
    if (m < 1 || n < 1 || k < 1 || batch < 1) {
      emitError(loc, "expected positive sizes, got ")
          << m.getValue() << ", " << n.getValue() << ", " << k.getValue() << ", " << batch.getValue();
      return signalPassFailure();
    }
    if (failed(readProblem(builder, loc, {element, output, epilogue, transposeA, transposeB, batch > 1}, problem)))
      return signalPassFailure();
    schedule::GemmSizes sizes{m, n, k, batch};
    schedule::TunedEntry entry;
    entry.product = schedule::ProductKey::get(problem, sizes);
    entry.leastRows = entry.mostRows = m;
    entry.schedule = schedule::chooseGemm(problem, sizes);
    if (failed(schedule::buildAnyGemm(builder, loc, name, problem, entry.schedule)))
      return signalPassFailure();
    emitRemark(loc) << schedule::describeSchedule(entry.schedule) << ": " << schedule::printTunedEntry(entry);
  }
};
} // namespace
