// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The walk that gives every tensor its dims, and the queries.
#include "dialects/Infer/Analysis/SymbolicShapes.h"
#include "dialects/Infer/IR/Infer.h"
#include "dialects/Infer/IR/Versions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace tenon::infer;

/// Number of elements if all dims are constants and it is small enough to follow each.
static std::optional<int64_t> trackedCount(ArrayRef<AffineExpr> dims) {
  int64_t count = 1;
  for (AffineExpr dim : dims) {
    auto value = constantValue(dim);
    if (!value || *value < 0 || *value > kMaxTrackedElements || count * *value > kMaxTrackedElements)
      return std::nullopt;
    count *= *value;
  }
  return count;
}

static SmallVector<int64_t> constants(ArrayRef<AffineExpr> dims) {
  return llvm::map_to_vector(dims, [](AffineExpr dim) { return *constantValue(dim); });
}

SymbolicShapes::SymbolicShapes(Operation *root)
    : ShapeScope(root->getContext(), std::nullopt), root(root), hasVersions(root->hasAttr(kGeneralAttr)) {
  for (Region &region : root->getRegions())
    visitRegion(region);
  current = nullptr;
}

void SymbolicShapes::visitRegion(Region &region) {
  for (Block &block : region)
    for (Operation &op : block) {
      enterScan(&op);
      // Regions first: what they yield is what the op gives.
      if (!op.hasTrait<OpTrait::IsIsolatedFromAbove>())
        for (Region &inner : op.getRegions())
          visitRegion(inner);
      visit(&op);
    }
}

void SymbolicShapes::visit(Operation *op) {
  current = op;
  if (auto bind = dyn_cast<BindShapeOp>(op)) {
    SymbolicDims values;
    for (Value symbol : bind.getSymbols())
      values.push_back(scalar(symbol));
    // What another dialect made of an op is no more than the numbers it was given.
    if (bind.getTensor().getDefiningOp() && !knownDims.contains(bind.getTensor())) {
      SymbolicDims given;
      for (AffineExpr expr : bind.getShape().getResults())
        given.push_back(expr.replaceSymbols(values));
      return setDims(bind.getTensor(), given);
    }
    SymbolicDims tensor = dims(bind.getTensor());
    for (auto [dim, expr] : llvm::zip(tensor, bind.getShape().getResults()))
      unify(dim, resolve(expr.replaceSymbols(values)), /*isFact=*/true);
    return;
  }
  if (auto fusion = dyn_cast<FusionOp>(op)) {
    size_t next = 0;
    for (Value result : fusion.getResults()) {
      SymbolicDims dims;
      for (int64_t dim : cast<RankedTensorType>(result.getType()).getShape())
        dims.push_back(ShapedType::isDynamic(dim) ? scalar(fusion.getResultDims()[next++]) : constant(dim));
      setDims(result, dims);
    }
    return;
  }
  if (auto shaped = dyn_cast<ShapeOpInterface>(op)) {
    leaveLoop(op);
    SmallVector<ResultShape> shapes;
    if (succeeded(shaped.inferShapes(*this, shapes)) && shapes.size() == op->getNumResults()) {
      followStacks(op, shapes);
      for (auto [result, shape] : llvm::zip(op->getResults(), shapes))
        setDims(result, shape.dims);
    }
    // What is asked for values of elements is no shape operand.
    SmallVector<Value, 2> asked = queried.lookup(op);
    for (OpResult result : op->getResults())
      if (elementType(result).isInteger() && trackedCount(dims(result)))
        setElements(result, shaped.inferElements(*this, result.getResultNumber(), constants(dims(result))));
    queried[op] = asked;
    return;
  }
  if (isa<ElementwiseOpInterface>(op)) {
    FailureOr<SymbolicDims> shape = SymbolicDims();
    for (Value operand : op->getOperands())
      if (succeeded(shape))
        shape = broadcast(*shape, dims(operand));
    if (failed(shape) || op->getNumResults() != 1)
      return;
    setDims(op->getResult(0), *shape);
    if (trackedCount(dims(op->getResult(0))))
      setElements(op->getResult(0), elementwiseElements(*this, op, constants(dims(op->getResult(0)))));
    queried.erase(op);
    return;
  }
  if (auto cast = dyn_cast<tensor::CastOp>(op); cast && isa<RankedTensorType>(cast.getSource().getType())) {
    setDims(cast, dims(cast.getSource()));
  } else if (op->getNumResults() == 1 && op->getResult(0).getType().isIntOrIndex()) {
    (void)scalar(op->getResult(0));
  }
}

/// States keep their size, by ONNX's rule (infer-lower-control guards it), and slices are what the tensors are without an axis.
void SymbolicShapes::enterScan(Operation *op) {
  auto scan = dyn_cast<ScanOp>(op);
  if (!scan)
    return;
  ValueRange operands = scan.getOperandsAndInputs();
  size_t states = operands.size() - scan.getNumScanInputs();
  for (auto [i, operand, argument] : llvm::enumerate(operands, scan.getBody().getArguments())) {
    SymbolicDims outer = dims(operand), inner = dims(argument);
    if (i >= states)
      outer.erase(outer.begin() + (scan.getScanInputAxes().empty() ? 0 : scan.getScanInputAxes()[i - states]));
    for (auto [own, dim] : llvm::zip_equal(inner, outer))
      unify(own, dim, /*isFact=*/true);
  }
}

/// A dim that a loop's body leaves as it is, or makes what it was before the loop, has the initial value's size in every round.
void SymbolicShapes::leaveLoop(Operation *op) {
  auto loop = dyn_cast<LoopOp>(op);
  if (!loop)
    return;
  ValueRange arguments = ValueRange(loop.getBody().getArguments()).drop_front(2);
  ValueRange yielded = loop.getBody().front().getTerminator()->getOperands().drop_front(1);
  for (auto [from, argument, to] : llvm::zip(loop.getInitial(), arguments, yielded))
    for (auto [first, before, after] : llvm::zip_equal(dims(from), dims(argument), dims(to)))
      if (before == after || first == after)
        unify(before, first, /*isFact=*/true);
}

/// A stack's rows have the dims of the slices that the body yields, where those follow from values outside of the body. States of a scan
/// keep their size.
void SymbolicShapes::followStacks(Operation *op, MutableArrayRef<ResultShape> shapes) {
  if (!isa<LoopOp, ScanOp>(op))
    return;
  auto scan = dyn_cast<ScanOp>(op);
  size_t states = scan ? scan.getOperandsAndInputs().size() - scan.getNumScanInputs() : cast<LoopOp>(op).getInitial().size();
  Region &body = op->getRegion(0);
  ValueRange slices = ValueRange(body.front().getTerminator()->getOperands()).drop_front(states + (scan ? 0 : 1));
  auto isInside = [&](AffineExpr e) {
    Symbol symbol = *symbolOf(e);
    return symbol.kind == Kind::Fresh || (symbol.value && !symbol.value.getParentRegion()->isProperAncestor(&body));
  };
  for (size_t i = 0; scan && i < states; ++i)
    shapes[i].dims = dims(scan.getOperandsAndInputs()[i]);
  for (auto [i, shape, slice] : llvm::enumerate(shapes.drop_front(states), slices)) {
    size_t axis = !scan || scan.getScanOutputAxes().empty() ? 0 : scan.getScanOutputAxes()[i];
    for (auto [at, dim] : llvm::enumerate(dims(slice)))
      if (!dependsOn(dim, isInside))
        shape.dims[at + (at < axis ? 0 : 1)] = dim;
  }
}

void SymbolicShapes::setDims(Value result, SymbolicDims exprs) {
  auto type = cast<RankedTensorType>(result.getType());
  if (static_cast<int64_t>(exprs.size()) != type.getRank())
    return;
  for (auto [i, expr] : llvm::enumerate(exprs)) {
    expr = resolve(expr);
    if (!type.isDynamicDim(i)) {
      // The type is a fact, whatever the expression.
      unify(expr, constant(type.getDimSize(i)), /*isFact=*/true);
      expr = constant(type.getDimSize(i));
      continue;
    }
    if (isFresh(expr)) {
      expr = tensorDim(result, i);
      continue;
    }
    if (needsReadBack(expr)) // of others it follows when shapes are bound
      limit(constant(0), expr);
    if (Symbol *symbol = symbolOf(expr); symbol && symbol->range.low < 0) {
      symbol->range.low = 0; // it is a dim
      knownBounds.clear();
    }
  }
  knownDims[result] = exprs;
}

void SymbolicShapes::setElements(Value result, std::optional<SymbolicDims> exprs) {
  if (!exprs)
    return;
  for (auto [i, expr] : llvm::enumerate(*exprs)) {
    if (!isFresh(expr))
      continue;
    AffineExpr &known = elementSymbols[{result, static_cast<int64_t>(i)}];
    if (!known)
      known = newSymbol({Kind::Element, result, static_cast<int64_t>(i), {}, {}, {}, {}});
    expr = known;
  }
  knownElements[result] = *exprs;
}

SymbolicDims SymbolicShapes::dims(Value tensor) {
  auto it = knownDims.find(tensor);
  SymbolicDims result;
  if (it != knownDims.end()) {
    for (AffineExpr expr : it->second)
      result.push_back(resolve(expr));
    return result;
  }
  auto type = cast<RankedTensorType>(tensor.getType());
  for (auto [i, dim] : llvm::enumerate(type.getShape()))
    result.push_back(ShapedType::isDynamic(dim) ? resolve(tensorDim(tensor, i)) : constant(dim));
  return result;
}

std::optional<SymbolicDims> SymbolicShapes::elements(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  std::optional<int64_t> count = type.getElementType().isIntOrIndex() ? trackedCount(dims(tensor)) : std::nullopt;
  if (!count)
    return std::nullopt;
  if (current && llvm::is_contained(current->getOperands(), tensor) && !llvm::is_contained(queried[current], tensor))
    queried[current].push_back(tensor);
  SymbolicDims result;
  auto it = knownElements.find(tensor);
  if (it != knownElements.end()) {
    for (AffineExpr expr : it->second)
      result.push_back(resolve(expr));
    return result;
  }
  if (constantIntegers(tensor) || tensor.getDefiningOp<tensor::FromElementsOp>())
    return ShapeScope::elements(tensor);
  if (type.getElementType().isUnsignedInteger())
    return std::nullopt; // the host has no values of such types: what is computed from them is read
  for (int64_t i = 0; i < *count; ++i) {
    AffineExpr &symbol = elementSymbols[{tensor, i}];
    if (!symbol)
      symbol = newSymbol({Kind::Element, tensor, i, {}, {}, {}, {}});
    result.push_back(resolve(symbol));
  }
  return result;
}

ArrayRef<Value> SymbolicShapes::shapeOperands(Operation *op) {
  auto it = queried.find(op);
  return it == queried.end() ? ArrayRef<Value>() : ArrayRef<Value>(it->second);
}

AffineExpr SymbolicShapes::scalar(Value value) {
  auto it = knownScalars.find(value);
  if (it != knownScalars.end())
    return resolve(it->second);
  AffineExpr expr = interpret(value);
  knownScalars[value] = expr;
  return resolve(expr);
}

AffineExpr SymbolicShapes::interpret(Value value) {
  Operation *op = value.getDefiningOp();
  APInt integer;
  if (matchPattern(value, m_ConstantInt(&integer)))
    return integer.getSignificantBits() <= 64 ? constant(integer.getSExtValue()) : newSymbol({Kind::Index, value, 0, {}, {}, {}, {}});
  if (auto declared = dyn_cast_or_null<SymbolicDimOp>(op))
    return newSymbol(
        {Kind::Declared, value, 0, {}, {}, {static_cast<int64_t>(declared.getMinimum()), static_cast<int64_t>(declared.getMaximum())}, {}});
  if (auto dim = dyn_cast_or_null<tensor::DimOp>(op)) {
    auto axis = dim.getConstantIndex();
    auto type = dyn_cast<RankedTensorType>(dim.getSource().getType());
    if (axis && type && *axis >= 0 && *axis < type.getRank())
      return dims(dim.getSource())[*axis];
  }
  if (auto extract = dyn_cast_or_null<tensor::ExtractOp>(op)) {
    auto all = elements(extract.getTensor());
    int64_t flat = 0;
    for (auto [index, size] : llvm::zip(extract.getIndices(), extract.getTensor().getType().getShape())) {
      auto position = constantValue(scalar(index));
      flat = position && *position >= 0 && *position < size && flat >= 0 ? flat * size + *position : -1;
    }
    if (all && flat >= 0 && flat < static_cast<int64_t>(all->size()))
      return (*all)[flat];
  }
  if (op && op->getNumOperands() >= 1 && isa<arith::ArithDialect>(op->getDialect())) {
    AffineExpr a = op->getOperand(0).getType().isIntOrIndex() ? scalar(op->getOperand(0)) : AffineExpr();
    AffineExpr b = op->getNumOperands() == 2 && op->getOperand(1).getType().isIntOrIndex() ? scalar(op->getOperand(1)) : AffineExpr();
    if (a && isa<arith::IndexCastOp, arith::ExtSIOp>(op))
      return a;
    if (a && b) {
      if (isa<arith::AddIOp>(op))
        return add(a, b);
      if (isa<arith::SubIOp>(op))
        return sub(a, b);
      if (isa<arith::MulIOp>(op))
        return mul(a, b);
      if (isa<arith::MinSIOp>(op))
        return minimum(a, b);
      if (isa<arith::MaxSIOp>(op))
        return maximum(a, b);
      if (isa<arith::FloorDivSIOp>(op) && bounds(b).low > 0)
        return floorDiv(a, b);
      if (isa<arith::CeilDivSIOp>(op) && bounds(b).low > 0)
        return ceilDiv(a, b);
      if (isa<arith::DivSIOp>(op) && bounds(a).low >= 0 && bounds(b).low > 0)
        return floorDiv(a, b);
    }
  }
  return newSymbol({Kind::Index, value, 0, {}, {}, {}, {}});
}
