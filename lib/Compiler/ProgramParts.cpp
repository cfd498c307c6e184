// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Two buffers belong together if an instruction touches both and neither is an input or a constant, which every part may read.
#include "lib/Compiler/ProgramParts.h"

#include "dialects/Plan/IR/Plan.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/IntEqClasses.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace tenon;

/// True for memory that is there before the program runs.
static bool isGiven(Value buffer) {
  Value whole = plan::wholeOf(buffer);
  return isa<BlockArgument>(whole) || whole.getDefiningOp<plan::ConstantOp>();
}

namespace {
/// Which buffers of a straight program belong together.
class BufferGroups {
public:
  explicit BufferGroups(Block &body) {
    for (Operation &op : body) {
      isStraight &= isa<plan::AllocOp, plan::ConstantOp, plan::ViewOp, plan::LaunchOp, plan::HostCallOp, plan::CopyOp, plan::WriteScalarsOp,
                        plan::OutputBufferOp, plan::OutputOp, func::ReturnOp>(op) ||
                    (isa<arith::ArithDialect>(op.getDialect()) && op.getNumRegions() == 0);
      for (Value result : op.getResults())
        numbers.try_emplace(result, numbers.size());
    }
    classes.grow(numbers.size());
    for (Operation &op : body)
      if (std::optional<unsigned> first = find(&op))
        forEachOwn(&op, [&](Value buffer) { classes.join(*first, numbers.lookup(buffer)); });
  }

  /// The group that `op` works on; none if it touches given memory only.
  std::optional<unsigned> groupOf(Operation *op) const {
    std::optional<unsigned> number = find(op);
    return number ? std::optional(isStraight ? classes.findLeader(*number) : 0) : std::nullopt;
  }

private:
  static void forEachOwn(Operation *op, llvm::function_ref<void(Value)> use) {
    for (ValueRange values : {ValueRange(op->getOperands()), ValueRange(op->getResults())})
      for (Value value : values)
        if (isa<plan::BufferType>(value.getType()) && !isGiven(value))
          use(value);
  }
  std::optional<unsigned> find(Operation *op) const {
    std::optional<unsigned> number;
    forEachOwn(op, [&](Value buffer) { number = number.value_or(numbers.lookup(buffer)); });
    return number;
  }

  llvm::DenseMap<Value, unsigned> numbers;
  llvm::IntEqClasses classes;
  bool isStraight = true;
};
} // namespace

SmallVector<SmallVector<unsigned>> tenon::findIndependentOutputs(func::FuncOp main) {
  BufferGroups groups(main.getBody().front());
  llvm::MapVector<unsigned, SmallVector<unsigned>> outputs;
  for (auto output : main.getBody().front().getOps<plan::OutputOp>())
    outputs[groups.groupOf(output).value_or(0)].push_back(output.getOutput());
  return llvm::map_to_vector(outputs, [](auto &entry) { return std::move(entry.second); });
}

/// Leaves the entries of array attribute `name` that `numbers` tells.
static void filter(ModuleOp module, StringRef name, ArrayRef<unsigned> numbers) {
  auto all = module->getAttrOfType<ArrayAttr>(name);
  SmallVector<Attribute> kept = llvm::map_to_vector(numbers, [&](unsigned number) { return all[number]; });
  module->setAttr(name, ArrayAttr::get(module.getContext(), kept));
}

ProgramPart tenon::extractPart(ModuleOp program, ArrayRef<unsigned> outputs) {
  ProgramPart part;
  part.module = ModuleOp::create(program.getLoc());
  part.module->getOperation()->setAttrs(program->getAttrDictionary());
  auto main = cast<func::FuncOp>(program.lookupSymbol<func::FuncOp>("main")->clone());
  part.module->push_back(main);
  Block &body = main.getBody().front();
  BufferGroups groups(body);
  llvm::SmallDenseSet<unsigned> kept;
  for (auto output : body.getOps<plan::OutputOp>())
    if (llvm::is_contained(outputs, output.getOutput()))
      kept.insert(groups.groupOf(output).value_or(0));
  SmallVector<Operation *> dead;
  for (Operation &op : body)
    if (std::optional<unsigned> group = groups.groupOf(&op); group && !kept.contains(*group))
      dead.push_back(&op);
  for (Operation *op : llvm::reverse(dead))
    op->erase();

  llvm::SmallDenseMap<unsigned, unsigned> numbers;
  for (auto output : body.getOps<plan::OutputOp>()) {
    numbers.try_emplace(output.getOutput(), numbers.size());
    part.outputs.push_back(output.getOutput());
    output.setOutput(numbers[output.getOutput()]);
  }
  for (auto buffer : body.getOps<plan::OutputBufferOp>())
    buffer.setOutput(numbers.lookup(buffer.getOutput()));
  llvm::BitVector unused(main.getNumArguments());
  for (BlockArgument argument : main.getArguments())
    if (argument.use_empty())
      unused.set(argument.getArgNumber());
    else
      part.inputs.push_back(argument.getArgNumber());
  (void)main.eraseArguments(unused);
  filter(*part.module, "plan.inputs", part.inputs);
  filter(*part.module, "plan.outputs", part.outputs);
  return part;
}
