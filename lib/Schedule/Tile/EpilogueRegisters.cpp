// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Thresholds are from ptxas 13.0 on the kernels of test/tools/test_epilogue_registers.py: too small a number shows there as a spill.
#include "lib/Schedule/Tile/EpilogueRegisters.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::schedule;

namespace {

/// Registers that setmaxnreg gives a consumer: three of them share what two have.
constexpr int64_t kOfTwo = 232, kOfThree = 160;
/// Addresses, counters and the first row of operands; what any body takes; each further row.
constexpr int64_t kBase = 40, kBody = 8, kFurtherRow = 24;
/// A matrix that passes shared memory is there when it is wanted; others are read one piece ahead.
constexpr int64_t kCopied = 16, kAddresses = 8;

/// Beside rows that are held, sums in two blocks.
constexpr int64_t kFurtherBlock = 16, kHeld = 4;

/// What one element of a piece takes beside its input, of which the assembler works on several at once. Approximate functions are an
/// instruction; copysign is how erf ends that is made of them.
int64_t registersOf(Operation &op) {
  auto math = dyn_cast<arith::ArithFastMathInterface>(op);
  arith::FastMathFlagsAttr flags = math ? math.getFastMathFlagsAttr() : arith::FastMathFlagsAttr();
  if (flags && arith::bitEnumContainsAll(flags.getValue(), arith::FastMathFlags::afn))
    return 0;
  return llvm::TypeSwitch<Operation *, int64_t>(&op)
      .Case([](math::CopySignOp) { return 24; })
      // 1 + tanh(x) is a reciprocal of an exponential, tanh alone wants both of its forms.
      .Case([](math::TanhOp tanh) { return !tanh->use_empty() && llvm::all_of(tanh->getUsers(), llvm::IsaPred<arith::AddFOp>) ? 36 : 60; })
      .Case<math::AbsFOp, math::FloorOp, math::CeilOp, math::RoundEvenOp, math::TruncOp, math::FmaOp>([](auto) { return 0; })
      .Case<math::ExpOp, math::Exp2Op, math::SqrtOp, math::RsqrtOp, arith::DivFOp>([](auto) { return 24; })
      .Default([](Operation *op) { return isa<math::MathDialect>(op->getDialect()) ? 36 : 0; });
}

} // namespace

void tenon::schedule::visitEpilogue(const GemmProblem &problem, function_ref<void(Operation &)> visit) {
  if (!problem.epilogue)
    return;
  OpBuilder builder(problem.element.getContext());
  Location loc = builder.getUnknownLoc();
  Block body;
  builder.setInsertionPointToStart(&body);
  body.addArgument(problem.getSumType(), loc);
  for (size_t i = 0; i < problem.operands.size(); ++i)
    body.addArgument(problem.getOperandWord(i), loc);
  problem.epilogue(builder, loc, body.getArguments());
  llvm::for_each(body, visit);
}

EpilogueRegisters::EpilogueRegisters(const GemmProblem &problem) : problem(problem) {
  visitEpilogue(problem, [&](Operation &op) {
    hasErf |= isa<math::ErfOp, math::CopySignOp>(op);
    body = std::max(body, registersOf(op));
  });
  body += problem.epilogue ? kBody : 0;
  matrices = llvm::count(problem.operands, EpilogueOperand::matrix) + problem.furtherOutputs.size();
  rows = std::max<int64_t>(llvm::count(problem.operands, EpilogueOperand::row) - 1, 0) * kFurtherRow;
}

int64_t EpilogueRegisters::ofMatrices(const GemmSchedule &schedule) const {
  int64_t sum = kCopied * problem.furtherOutputs.size();
  // A piece is 64 rows of as many columns as 128 bytes of C have; a thread has one element of 128.
  int64_t elements = 64 * std::min(128 / tile::elementBytes(problem.output), schedule.tileN) / 128;
  std::optional<size_t> copied = findCopiedOperand(problem, schedule);
  for (size_t i = 0; i < problem.operands.size(); ++i) {
    if (problem.operands[i] != EpilogueOperand::matrix)
      continue;
    bool isShort = tile::elementBytes(problem.getOperandType(i)) == 2;
    sum += copied == i ? kCopied : 2 * (isShort ? elements / 2 : elements) + kAddresses;
  }
  return sum;
}

bool EpilogueRegisters::fit(const GemmSchedule &schedule) const {
  bool isPromoted = schedule.promote > 0, hasThree = schedule.consumers == 3;
  // Nothing has more room than the smallest tiles.
  if (schedule.blocks * schedule.tileN <= 64)
    return true;
  int64_t sums = schedule.sums();
  if (isPromoted && (schedule.pingPong || sums > (hasThree ? 64 : 160)))
    return false;
  // Of 160 registers, 96 sums leave none for addresses of matrices.
  if (hasThree && sums > 64 && matrices > 0)
    return false;
  // The assembler takes more than a third of a second for erf beside so many sums, or sums and results; such tiles gain 2 % at most.
  if (hasErf && (sums > 128 || (sums == 128 && !problem.furtherOutputs.empty() && schedule.blocks == 1)))
    return false;
  // 192 sums leave room for nothing but the way of C through shared memory.
  if (sums > 160)
    return !problem.epilogue && (schedule.pingPong || !schedule.storeDirectly);
  return ofAll(schedule) <= (hasThree ? kOfThree : kOfTwo);
}

int64_t EpilogueRegisters::ofAll(const GemmSchedule &schedule) const {
  return schedule.sums() + kBase + body + rows + ofMatrices(schedule);
}

bool EpilogueRegisters::holdRows(const GemmSchedule &schedule) const {
  if (schedule.consumers == 3)
    return false;
  int64_t held = schedule.tileN / 8 * llvm::count(problem.operands, EpilogueOperand::row) + kFurtherBlock * (schedule.blocks - 1) + kHeld;
  return (body <= kBody && rows == 0) || ofAll(schedule) + held <= kOfTwo;
}
