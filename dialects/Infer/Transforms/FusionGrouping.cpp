// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Grouping of a block's ops, in one pass over the block.
//
// Every op starts a group of its own and then joins the groups of its producers as far as that is allowed:
//   elementwise chains           mul -> add -> relu
//   epilogues                    conv -> add -> relu, with the other operand of add from anywhere before
//   producers into rows          mul -> softmax, add -> layer_normalization
//   neighbours behind rows       layer_normalization -> mul
// The groups with the edges between them stay acyclic: an op is never merged where a path through a third group would come back. So that
// looking for one stays cheap in blocks of 100,000 ops, everything has a rank above the ranks of what it reads, and a search ends where
// ranks are too low to come back.
#include "dialects/Infer/Transforms/FusionGrouping.h"
#include "dialects/Infer/Transforms/FusionKinds.h"

#include "mlir/IR/Remarks.h"
#include "llvm/ADT/StringSwitch.h"

#include <set>

using namespace mlir;
using namespace tenon::infer;

/// Ops of one dispatch: more make kernels that spill registers and compile slowly.
static constexpr size_t kMaxGroupOps = 48;
/// Groups that a search for a way through others looks at: beyond that there may be one.
static constexpr size_t kMaxSearched = 1024;

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
  int64_t rank = 0;          // above those of all that its ops read
  Operation *root = nullptr; // the one op that is not elementwise
  Value domain;              // a value with the dims that the group's last ops run over
};

class Grouping {
public:
  Grouping(Block &block, SameShapeFn sameShape) : block(block), sameShape(sameShape) {}
  SmallVector<FusionGroup> run();

private:
  void place(Operation *op, int64_t rank);
  /// Why `op` may not join the group of its producer; empty if it may.
  StringRef refuse(Operation *op, Group &group, Value operand);
  bool reaches(Group &from, Group &to);
  void merge(Group &into, Group &from);
  int64_t &rankOf(Operation *op);
  void raiseUsers(Group &group);
  bool escapes(Group &group, Operation *except);
  Group *groupOf(Operation *op) { return owner.lookup(op); }
  void remarkRefusal(Operation *op, Operation *producer, StringRef reason);

  Block &block;
  SameShapeFn sameShape;
  std::vector<std::unique_ptr<Group>> groups;
  llvm::DenseMap<Operation *, Group *> owner;
  llvm::DenseMap<Operation *, int64_t> ungrouped; // ranks of ops in no group
};
} // namespace

/// Calls `visit` with every op of the block whose results `op` or an op inside it reads.
static void forEachProducer(Operation *op, llvm::function_ref<void(Operation *)> visit) {
  op->walk([&](Operation *reader) {
    for (Value operand : reader->getOperands())
      if (Operation *def = operand.getDefiningOp(); def && def->getBlock() == op->getBlock())
        visit(def);
  });
}

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

int64_t &Grouping::rankOf(Operation *op) {
  Group *group = groupOf(op);
  return group ? group->rank : ungrouped[op];
}

/// True if `from` needs, or may need, a result of `to` through at least one other group or ungrouped op.
bool Grouping::reaches(Group &from, Group &to) {
  llvm::SmallPtrSet<void *, 32> seen;
  SmallVector<Operation *> work;
  auto push = [&](Operation *def) {
    if (rankOf(def) > to.rank)
      work.push_back(def);
  };
  // A direct use has a rank that is too low as well, which is right: it is no way through others.
  for (Operation *op : from.ops)
    forEachProducer(op, push);
  while (!work.empty()) {
    Operation *op = work.pop_back_val();
    Group *group = groupOf(op);
    if (group == &from || !seen.insert(group ? static_cast<void *>(group) : static_cast<void *>(op)).second)
      continue;
    if (seen.size() > kMaxSearched)
      return true;
    for (Operation *member : group ? ArrayRef<Operation *>(group->ops) : ArrayRef<Operation *>(op)) {
      bool found = false;
      forEachProducer(member, [&](Operation *def) {
        found |= groupOf(def) == &to;
        push(def);
      });
      if (found)
        return true;
    }
  }
  return false;
}

/// Restores the order of ranks behind `group`. Whose rank is too low is visited in the order of the ranks that they have, in which each
/// comes after all that it needs: once.
void Grouping::raiseUsers(Group &group) {
  llvm::DenseMap<Operation *, int64_t> least; // what the rank of an op, or of the group that it is the first of, must be
  std::set<std::pair<int64_t, Operation *>> waiting;
  auto visitUsers = [&](ArrayRef<Operation *> ops, int64_t rank) {
    for (Operation *op : ops)
      for (Operation *user : op->getUsers()) {
        Operation *next = block.findAncestorOpInBlock(*user);
        Group *its = groupOf(next);
        bool isPlaced = its || ungrouped.contains(next);
        bool isInside = its && its == groupOf(op);
        if (!isPlaced || isInside || rankOf(next) > rank)
          continue;
        assert(its != &group && "groups in a circle");
        next = its ? its->ops.front() : next;
        waiting.insert({rankOf(next), next});
        int64_t &wanted = least[next];
        wanted = std::max(wanted, rank + 1);
      }
  };
  visitUsers(group.ops, group.rank);
  while (!waiting.empty()) {
    Operation *op = waiting.begin()->second;
    waiting.erase(waiting.begin());
    Group *its = groupOf(op);
    int64_t rank = rankOf(op) = least.lookup(op);
    visitUsers(its ? ArrayRef<Operation *>(its->ops) : ArrayRef<Operation *>(op), rank);
  }
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
  into.rank = std::max(into.rank, from.rank);
  raiseUsers(into);
}

void Grouping::remarkRefusal(Operation *op, Operation *producer, StringRef reason) {
  remark::missed(op->getLoc(), remark::RemarkOpts::name("NotFused").category("fusion"))
      << remark::metric("Producer", producer->getName().getStringRef().str())
      << remark::metric("Consumer", op->getName().getStringRef().str()) << remark::metric("Reason", reason.str());
}

void Grouping::place(Operation *op, int64_t rank) {
  groups.push_back(std::make_unique<Group>());
  Group *own = groups.back().get();
  own->ops.push_back(op);
  own->rank = rank;
  own->domain = op->getResult(0);
  FusionKind kind = fusionKind(op);
  if (kind != FusionKind::elementwise)
    own->root = op;

  // Groups with a root first: an epilogue saves a whole trip through memory of the largest tensor.
  llvm::MapVector<Group *, Value> candidates;
  for (bool rooted : {true, false})
    for (Value operand : op->getOperands())
      if (Operation *def = operand.getDefiningOp())
        if (Group *group = groupOf(def); group && (group->root != nullptr) == rooted)
          candidates.try_emplace(group, operand);

  owner[op] = own;
  for (auto &[group, operand] : candidates) {
    Operation *producer = operand.getDefiningOp();
    StringRef reason = refuse(op, *group, operand);
    bool second = own->ops.size() > 1;
    if (reason.empty() && second && own->root && group->root)
      reason = "a dispatch has one contraction or reduction";
    if (reason.empty() && second && own->ops.size() + group->ops.size() > kMaxGroupOps)
      reason = "the dispatch would be too large";
    if (reason.empty() && (reaches(*own, *group) || (second && reaches(*group, *own))))
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
  for (Operation &op : block) {
    int64_t rank = 0;
    forEachProducer(&op, [&](Operation *def) { rank = std::max(rank, rankOf(def) + 1); });
    if (isDeviceOp(&op))
      place(&op, rank);
    else
      ungrouped[&op] = rank;
  }
  SmallVector<FusionGroup> result;
  for (std::unique_ptr<Group> &group : groups)
    if (!group->ops.empty())
      result.push_back({group->ops});
  return result;
}

SmallVector<FusionGroup> tenon::infer::formGroups(Block &block, SameShapeFn sameShape) { return Grouping(block, sameShape).run(); }
