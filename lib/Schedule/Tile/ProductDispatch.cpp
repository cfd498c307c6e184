// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Recognition of products.
#include "lib/Schedule/Tile/DispatchEpilogue.h"

#include "dialects/Infer/IR/Infer.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::schedule;

namespace {

class Matcher {
public:
  Matcher(func::FuncOp function, bool tf32, std::string &reason) : function(function), tf32(tf32), reason(reason) {
    product.function = function;
  }
  FailureOr<ProductDispatch> run();

private:
  LogicalResult refuse(const Twine &why) { return reason = why.str(), failure(); }
  LogicalResult findRoot();
  LogicalResult matchRoot();
  LogicalResult matchBatch(RankedTensorType a, RankedTensorType b);
  LogicalResult matchResults();
  LogicalResult matchOperand(BlockArgument argument);
  std::optional<BatchStep> matchOperandBatch(Value operand, int64_t leading);
  LogicalResult matchEpilogue();

  func::FuncOp function;
  bool tf32;
  std::string &reason;
  ProductDispatch product;
  SmallVector<Operation *> elementwise;
};

RankedTensorType typeOf(Value tensor) { return cast<RankedTensorType>(tensor.getType()); }

/// Are dim `i` of `a` and dim `j` of `b` known to be equal? Unknown dims are where they are bound to the same symbols.
bool isSameDim(Value a, int64_t i, Value b, int64_t j) {
  if (typeOf(a).getDimSize(i) != typeOf(b).getDimSize(j))
    return false;
  if (!typeOf(a).isDynamicDim(i))
    return true;
  auto bindingOf = [](Value tensor) {
    for (Operation *user : tensor.getUsers())
      if (auto bind = dyn_cast<infer::BindShapeOp>(user))
        return bind;
    return infer::BindShapeOp();
  };
  infer::BindShapeOp first = bindingOf(a), second = bindingOf(b);
  if (!first || !second)
    return false;
  AffineExpr one = first.getShape().getResult(i), other = second.getShape().getResult(j);
  auto left = dyn_cast<AffineSymbolExpr>(one), right = dyn_cast<AffineSymbolExpr>(other);
  if (left && right)
    return first.getSymbols()[left.getPosition()] == second.getSymbols()[right.getPosition()];
  return one == other && first.getSymbols() == second.getSymbols();
}

bool areOnes(ArrayRef<int64_t> dims) {
  return llvm::all_of(dims, [](int64_t dim) { return dim == 1; });
}

} // namespace

/// One product, elementwise ops around it. Functions without a product of such factors are none of this schedule's business.
LogicalResult Matcher::findRoot() {
  Block &body = function.getBody().front();
  Operation *other = nullptr;
  for (Operation &op : body.without_terminator()) {
    if (isa<infer::MatMulOp, infer::GemmOp>(op) && isFactor(infer::elementType(op.getOperand(0)), tf32))
      product.root = &op;
    else if (isa<infer::ElementwiseOpInterface>(op))
      elementwise.push_back(&op);
    else if (!isa<infer::BindShapeOp, infer::ConstantOp>(op))
      other = &op;
  }
  if (!product.root)
    return failure();
  if (other)
    return refuse("expected elementwise ops beside the product, got " + other->getName().getStringRef());
  return success();
}

/// A product of row-major matrices takes leading dims of A alone into M. Those that both operands have are a batch; a matrix A may serve
/// all of it.
LogicalResult Matcher::matchBatch(RankedTensorType a, RankedTensorType b) {
  int64_t leading = b.getRank() - 2;
  if (areOnes(b.getShape().drop_back(2)) && a.getRank() >= b.getRank())
    return success();
  product.problem.isBatched = true;
  product.problem.isSharedA = areOnes(a.getShape().drop_back(2));
  if (product.problem.isSharedA && a.getRank() <= b.getRank())
    return success();
  if (a.getRank() != b.getRank())
    return refuse("expected leading dims of one operand, or the same ones of both");
  for (int64_t axis = 0; axis < leading; ++axis)
    if (!isSameDim(product.a, axis, product.b, axis))
      return refuse("expected leading dims of one operand, or the same ones of both");
  return success();
}

/// The first result is C, the others are written beside it.
LogicalResult Matcher::matchResults() {
  GemmProblem &problem = product.problem;
  for (Type type : product.getResultTypes()) {
    auto result = cast<RankedTensorType>(type);
    if (result.getShape() != typeOf(product.root->getResult(0)).getShape())
      return refuse("expected results of the product's shape");
    Type element = result.getElementType();
    bool isSum = element == infer::elementType(product.root->getResult(0)), isByte = tile::elementBytes(element) == 1;
    if (!element.isF32() && !isShortFloat(element) && !isSum && !(isByte && (element.isInteger(8) || tile::isFloat8(element))))
      return refuse("expected results of f32, f16, bf16, of the product's type or of 8 bits");
    if (isByte)
      element = IntegerType::get(element.getContext(), 8); // bytes, whatever their sign
    if (!problem.output)
      problem.output = element;
    else
      problem.furtherOutputs.push_back(element);
  }
  return success();
}

LogicalResult Matcher::matchRoot() {
  GemmProblem &problem = product.problem;
  product.a = dyn_cast<BlockArgument>(product.root->getOperand(0));
  product.b = dyn_cast<BlockArgument>(product.root->getOperand(1));
  if (!product.a || !product.b)
    return refuse("expected operands from memory");
  auto a = cast<RankedTensorType>(product.a.getType()), b = cast<RankedTensorType>(product.b.getType());
  if (a.getRank() < 2 || b.getRank() < 2)
    return refuse("expected matrices, got a vector");
  problem.element = a.getElementType();
  problem.transposeB = true; // [K, N]
  if (auto gemm = dyn_cast<infer::GemmOp>(product.root)) {
    problem.transposeA = gemm.getTransA();
    problem.transposeB = !gemm.getTransB();
  }
  if (b.getElementType() != problem.element)
    problem.elementB = b.getElementType();
  product.k = b.getDimSize(b.getRank() - (problem.transposeB ? 2 : 1));
  product.n = b.getDimSize(b.getRank() - (problem.transposeB ? 1 : 2));
  if (product.k == 0 || product.n == 0)
    return refuse("expected a second operand that is not empty");
  if (problem.wantsRowsAlongK()) {
    if (ShapedType::isDynamic(product.k) || llvm::is_contained(a.getShape(), 0) || llvm::is_contained(b.getShape(), 0))
      return refuse("expected sums of a known number of elements that have no 16 bits, and operands that are not empty");
    problem.turnsA = std::exchange(problem.transposeA, false);
    problem.turnsB = std::exchange(problem.transposeB, false);
  }
  // As infer-narrow-products has it: angles of rotary embeddings are sums of one, and what f32 is there for.
  constexpr int64_t kLeast = 16;
  if (problem.element.isF32() && product.k < kLeast)
    return refuse("expected sums of at least 16 elements of f32");
  // A mat_mul of bytes has their type: it is no sum of them.
  if (tile::elementBytes(problem.element) == 1 && infer::elementType(product.root->getResult(0)) != problem.getSumType())
    return refuse("expected sums of i32 or f32 of elements of 8 bits");
  bool areBytes = problem.element.isInteger(8);
  if (auto gemm = dyn_cast<infer::GemmOp>(product.root); areBytes && (gemm.addsC() || !gemm.getAlpha().isExactlyValue(1)))
    return refuse("expected sums of 8-bit integers that are neither scaled nor added to");
  return failure(failed(matchResults()) || failed(matchBatch(a, b)));
}

/// Which of an operand's matrices each batch reads: of its leading dims a run of neighbours are the result's, the others 1.
std::optional<BatchStep> Matcher::matchOperandBatch(Value operand, int64_t leading) {
  Value result = product.root->getResult(0);
  int64_t missing = typeOf(result).getRank() - typeOf(operand).getRank(), inside = 1, run = 1; // 0: not known
  enum { before, during, after } state = before;
  for (int64_t axis = leading - 1; axis >= 0; --axis) {
    int64_t size = typeOf(result).getDimSize(axis), known = ShapedType::isDynamic(size) ? 0 : size;
    if (size == 1)
      continue;
    bool isOne = axis < missing || typeOf(operand).getDimSize(axis - missing) == 1;
    if (state == before)
      state = isOne ? before : during;
    else if (isOne)
      state = after;
    if (!isOne && (state == after || !isSameDim(operand, axis - missing, result, axis)))
      return std::nullopt;
    if (state != after)
      (state == before ? inside : run) *= known;
  }
  if (state == before)
    return BatchStep();
  if (inside == 0 || (state == after && run == 0))
    return std::nullopt;
  return BatchStep{inside, state == after ? run : 0};
}

/// How the epilogue reads an argument: like C, one element per column or row, or one for all.
LogicalResult Matcher::matchOperand(BlockArgument argument) {
  GemmProblem &problem = product.problem;
  if (llvm::is_contained(product.operands, argument))
    return success();
  RankedTensorType type = typeOf(argument);
  Type element = type.getElementType();
  if (!element.isF32() && !isShortFloat(element) && element != infer::elementType(product.root->getResult(0)))
    return refuse("expected operands of the epilogue of f32, f16, bf16 or of the product's type");
  Value result = product.root->getResult(0);
  int64_t rank = typeOf(result).getRank(), missing = rank - type.getRank(), leading = problem.isBatched ? rank - 2 : 0;
  bool hasColumns = type.getRank() > 0 && isSameDim(argument, type.getRank() - 1, result, rank - 1), hasOneRow = true, hasRows = true;
  bool hasOneColumn = type.getRank() == 0 || type.getShape().back() == 1;
  for (int64_t axis = leading; axis < rank - 1; ++axis) {
    hasOneRow &= axis < missing || type.getDimSize(axis - missing) == 1;
    hasRows &= axis < missing ? typeOf(result).getDimSize(axis) == 1 : isSameDim(argument, axis - missing, result, axis);
  }
  std::optional<BatchStep> step = matchOperandBatch(argument, leading);
  bool isScalar = hasOneColumn && hasOneRow;
  if (!(hasColumns && (hasOneRow || hasRows)) && !(hasOneColumn && hasRows) && !isScalar)
    return refuse("expected operands of the epilogue as a row, as a column, like the result or of one value");
  if (!step)
    return refuse("expected leading dims of an epilogue's operand that are the batch's or 1, side by side and known");
  product.operands.push_back(argument);
  problem.operands.push_back(hasColumns && hasOneRow ? EpilogueOperand::row
                             : hasColumns            ? EpilogueOperand::matrix
                             : isScalar              ? EpilogueOperand::scalar
                                                     : EpilogueOperand::column);
  problem.operandTypes.push_back(type.getElementType());
  problem.operandBatches.push_back(*step);
  return success();
}

LogicalResult Matcher::matchEpilogue() {
  for (Operation *op : elementwise)
    for (Value operand : op->getOperands()) {
      if (auto argument = dyn_cast<BlockArgument>(operand)) {
        if (failed(matchOperand(argument)))
          return failure();
        continue;
      }
      auto constant = operand.getDefiningOp<infer::ConstantOp>();
      auto dense = constant ? dyn_cast<DenseElementsAttr>(constant.getValue()) : DenseElementsAttr();
      if (constant && (!dense || !dense.isSplat() || !dense.getElementType().isSignlessIntOrFloat()))
        return refuse("expected constants of one value");
    }
  auto gemm = dyn_cast<infer::GemmOp>(product.root);
  bool isScaled = gemm && !gemm.getAlpha().isExactlyValue(1);
  if (gemm && gemm.addsC()) {
    auto addend = dyn_cast<BlockArgument>(gemm.getC());
    if (!addend)
      return refuse("expected operands from memory");
    if (failed(matchOperand(addend)))
      return failure();
  }
  if (!elementwise.empty() || isScaled || (gemm && gemm.addsC()) || !product.problem.furtherOutputs.empty())
    product.problem.epilogue = [epilogue = DispatchEpilogue{product, elementwise}](OpBuilder &builder, Location loc, ValueRange values) {
      return epilogue.write(builder, loc, values);
    };
  return success();
}

FailureOr<ProductDispatch> Matcher::run() {
  if (function.isExternal() || !function.isPrivate() || !function.getBody().hasOneBlock() || failed(findRoot()) || failed(matchRoot()) ||
      failed(matchEpilogue()))
    return failure();
  GemmSizes sizes = product.getSizes().first;
  if (std::max({sizes.m, sizes.n, sizes.k, sizes.batch}) > INT32_MAX)
    return refuse("expected sizes that 32 bits hold, in which kernels count");
  return std::move(product);
}

std::pair<GemmSizes, OpenSizes> ProductDispatch::getSizes() const {
  GemmSizes sizes;
  OpenSizes open;
  auto take = [](ArrayRef<int64_t> dims, int64_t &size, bool &isOpen) {
    for (int64_t dim : dims) {
      isOpen |= ShapedType::isDynamic(dim);
      size *= ShapedType::isDynamic(dim) ? 1 : dim;
    }
  };
  ArrayRef<int64_t> ofA = typeOf(a).getShape(), ofB = typeOf(b).getShape();
  take(n, sizes.n, open.columns);
  take(k, sizes.k, open.sums);
  if (problem.isBatched)
    take(ofB.drop_back(2), sizes.batch, open.batch);
  if (problem.isBatched)
    take(ofA.take_back(2).drop_back(), sizes.m, open.rows);
  else
    take(problem.transposeA || problem.turnsA ? ofA.drop_front() : ofA.drop_back(), sizes.m, open.rows);
  return {sizes, open};
}

bool tenon::schedule::isFactor(Type type, bool tf32) {
  return isShortFloat(type) || type.isInteger(8) || tile::isFloat8(type) || (tf32 && type.isF32());
}

FailureOr<ProductDispatch> tenon::schedule::matchProductDispatch(func::FuncOp function, bool tf32, std::string &reason) {
  return Matcher(function, tf32, reason).run();
}
