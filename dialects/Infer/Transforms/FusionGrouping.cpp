// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Grouping of a block's ops, in one pass over the block.
//
// Every op starts a group of its own and then joins the groups of its producers as far as that is allowed:
//   elementwise chains           mul -> add -> relu
//   epilogues                    conv -> add -> relu, with the other operand of add from anywhere before
//   producers into rows          mul -> softmax, add -> layer_normalization
//   neighbours behind rows       layer_normalization -> mul
// The groups with the edges between them stay acyclic: an op is never merged where a path through a third group would come back.
#include "dialects/Infer/Transforms/FusionGrouping.h"
#include "dialects/Infer/Transforms/FusionKinds.h"

#include "mlir/IR/Remarks.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace tenon::infer;

/// Ops of one dispatch: more make kernels that spill registers and compile slowly.
static constexpr size_t kMaxGroupOps = 48;

FusionKind tenon::infer::fusionKind(Operation *op) {
  if (isa<ElementwiseOpInterface>(op))
    return FusionKind::elementwise;
  return llvm::StringSwitch<FusionKind>(op->getName().stripDialect())
      .Cases({"mat_mul", "gemm", "conv"}, FusionKind::contraction)
      .Cases({"softmax", "log_softmax", "layer_normalization", "rms_normalization", "lp_normalization"}, FusionKind::row)
      .Cases({"reduce_sum", "reduce_mean", "reduce_max", "reduce_min", "reduce_prod", "reduce_l1", "reduce_l2", "reduce_log_sum",
              "reduce_log_sum_exp", "reduce_sum_square"},
             FusionKind::row)
      .Default(FusionKind::alone);
}

namespace {
struct Group {
  SmallVector<Operation *> ops;
  Operation *root = nullptr; // the one op that is not elementwise
  Value domain;              // a value with the dims that the group's last ops run over
};

class Grouping {
public:
  Grouping(Block &block, SameShapeFn sameShape) : block(block), sameShape(sameShape) {}
  SmallVector<FusionGroup> run();

private:
  void place(Operation *op);
  /// Why `op` may not join the group of its producer; empty if it may.
  StringRef refuse(Operation *op, Group &group, Value operand);
  bool reaches(Group *from, Group *to, Operation *joining);
  void merge(Group &into, Group &from);
  bool escapes(Group &group, Operation *except);
  Group *groupOf(Operation *op) { return owner.lookup(op); }
  void remarkRefusal(Operation *op, Operation *producer, StringRef reason);

  Block &block;
  SameShapeFn sameShape;
  std::vector<std::unique_ptr<Group>> groups;
  llvm::DenseMap<Operation *, Group *> owner;
};
} // namespace

/// True if some result of the group is used outside it by another op than `except`.
bool Grouping::escapes(Group &group, Operation *except) {
  for (Operation *op : group.ops)
    for (Operation *user : op->getUsers()) {
      Operation *ancestor = block.findAncestorOpInBlock(*user);
      if (ancestor != except && groupOf(ancestor) != &group)
        return true;
    }
  return false;
}

/// True if `from` needs a result of `to` through at least one other group or ungrouped op. `joining` counts as part of `from`.
bool Grouping::reaches(Group *from, Group *to, Operation *joining) {
  llvm::SmallPtrSet<void *, 32> seen;
  SmallVector<Operation *> work;
  auto push = [&](Operation *op, bool direct) {
    for (Region &region : op->getRegions())
      region.walk([&](Operation *inner) {
        for (Value operand : inner->getOperands())
          if (Operation *def = operand.getDefiningOp(); def && def->getBlock() == &block)
            work.push_back(def);
      });
    for (Value operand : op->getOperands()) {
      Operation *def = operand.getDefiningOp();
      if (!def || def->getBlock() != &block || (direct && groupOf(def) == to))
        continue;
      work.push_back(def);
    }
  };
  if (from)
    for (Operation *op : from->ops)
      push(op, true);
  if (joining)
    push(joining, true);
  while (!work.empty()) {
    Operation *op = work.pop_back_val();
    Group *group = groupOf(op);
    if (group && group == from)
      continue;
    if (group && group == to)
      return true;
    if (!seen.insert(group ? static_cast<void *>(group) : static_cast<void *>(op)).second)
      continue;
    if (!group) {
      push(op, false);
      continue;
    }
    for (Operation *member : group->ops)
      push(member, false);
  }
  return false;
}

StringRef Grouping::refuse(Operation *op, Group &group, Value operand) {
  FusionKind kind = fusionKind(op);
  if (kind == FusionKind::alone)
    return "the consumer has a kernel of its own";
  if (kind == FusionKind::contraction)
    return "operands of a contraction are packed, not computed on the fly";
  if (group.root && fusionKind(group.root) == FusionKind::alone)
    return "the producer has a kernel of its own";
  if (group.ops.size() >= kMaxGroupOps)
    return "the dispatch would be too large";
  if (kind == FusionKind::row) {
    if (group.root)
      return "a dispatch has one contraction or reduction";
    if (operand != op->getOperand(0))
      return "only the first operand of a reduction is computed on the fly";
    if (!sameShape(group.domain, operand))
      return "the shapes differ";
    if (escapes(group, op))
      return "the producer's result is needed elsewhere";
    return {};
  }
  if (!sameShape(group.domain, op->getResult(0)))
    return "the shapes differ";
  return {};
}

void Grouping::merge(Group &into, Group &from) {
  into.ops.append(from.ops.begin(), from.ops.end());
  llvm::sort(into.ops, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  if (from.root)
    into.root = from.root;
  for (Operation *op : from.ops)
    owner[op] = &into;
  from.ops.clear();
}

void Grouping::remarkRefusal(Operation *op, Operation *producer, StringRef reason) {
  remark::missed(op->getLoc(), remark::RemarkOpts::name("NotFused").category("fusion"))
      << remark::metric("Producer", producer->getName().getStringRef().str())
      << remark::metric("Consumer", op->getName().getStringRef().str()) << remark::metric("Reason", reason.str());
}

void Grouping::place(Operation *op) {
  groups.push_back(std::make_unique<Group>());
  Group *own = groups.back().get();
  own->ops.push_back(op);
  own->domain = op->getResult(0);
  FusionKind kind = fusionKind(op);
  if (kind != FusionKind::elementwise)
    own->root = op;

  // Groups with a root first: an epilogue saves a whole trip through memory of the largest tensor.
  SmallVector<std::pair<Value, Group *>> candidates;
  for (bool rooted : {true, false})
    for (Value operand : op->getOperands())
      if (Operation *def = operand.getDefiningOp())
        if (Group *group = groupOf(def); group && (group->root != nullptr) == rooted)
          if (llvm::none_of(candidates, [&](auto &entry) { return entry.second == group; }))
            candidates.emplace_back(operand, group);

  owner[op] = own;
  for (auto &[operand, group] : candidates) {
    Operation *producer = operand.getDefiningOp();
    StringRef reason = refuse(op, *group, operand);
    bool second = own->ops.size() > 1;
    if (reason.empty() && second && own->root && group->root)
      reason = "a dispatch has one contraction or reduction";
    if (reason.empty() && second && own->ops.size() + group->ops.size() > kMaxGroupOps)
      reason = "the dispatch would be too large";
    if (reason.empty() && (reaches(own, group, nullptr) || reaches(group, own, nullptr)))
      reason = "a third dispatch stands between them";
    if (!reason.empty()) {
      remarkRefusal(op, producer, reason);
      continue;
    }
    merge(*own, *group);
    remark::passed(op->getLoc(), remark::RemarkOpts::name("Fused").category("fusion"))
        << remark::metric("Producer", producer->getName().getStringRef().str())
        << remark::metric("Consumer", op->getName().getStringRef().str());
  }
}

SmallVector<FusionGroup> Grouping::run() {
  for (Operation &op : block)
    if (isDeviceOp(&op))
      place(&op);
  SmallVector<FusionGroup> result;
  for (std::unique_ptr<Group> &group : groups)
    if (!group->ops.empty())
      result.push_back({group->ops});
  return result;
}

SmallVector<FusionGroup> tenon::infer::formGroups(Block &block, SameShapeFn sameShape) { return Grouping(block, sameShape).run(); }
