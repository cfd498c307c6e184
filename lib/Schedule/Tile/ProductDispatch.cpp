// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Recognition of products. The epilogue is built from the scalar bodies of the dispatch's elementwise ops, so it means what they mean.
#include "lib/Schedule/Tile/ProductDispatch.h"

#include "dialects/Infer/IR/Infer.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::schedule;

namespace {

class Matcher {
public:
  Matcher(func::FuncOp function, std::string &reason) : function(function), reason(reason) { product.function = function; }
  FailureOr<ProductDispatch> run();

private:
  LogicalResult refuse(const Twine &why) { return reason = why.str(), failure(); }
  LogicalResult findRoot();
  LogicalResult matchRoot();
  LogicalResult matchBatch(RankedTensorType a, RankedTensorType b);
  LogicalResult matchStrides(RankedTensorType a);
  LogicalResult matchOperand(BlockArgument argument);
  LogicalResult matchEpilogue();

  func::FuncOp function;
  std::string &reason;
  ProductDispatch product;
  SmallVector<Operation *> elementwise;
};

bool isShortFloat(Type type) { return type.isF16() || type.isBF16(); }

} // namespace

/// One product, elementwise ops around it, one result. Functions without a product of short floats are none of this schedule's business.
LogicalResult Matcher::findRoot() {
  Block &body = function.getBody().front();
  Operation *other = nullptr;
  for (Operation &op : body.without_terminator()) {
    if (isa<infer::MatMulOp, infer::GemmOp>(op) && isShortFloat(infer::elementType(op.getOperand(0))))
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
  if (body.getTerminator()->getNumOperands() != 1)
    return refuse("expected one result");
  return success();
}

/// Leading dims that both operands have must be the same ones; a product of row-major matrices takes those of A alone into M.
LogicalResult Matcher::matchBatch(RankedTensorType a, RankedTensorType b) {
  if (b.getRank() == 2)
    return success();
  if (a.getRank() != b.getRank() || a.getShape().drop_back(2) != b.getShape().drop_back(2) ||
      llvm::any_of(a.getShape().drop_back(2), ShapedType::isDynamic))
    return refuse("expected equal static leading dims");
  product.problem.isBatched = true;
  return success();
}

/// Rows that the copy engine reads and writes begin at multiples of 16 bytes.
LogicalResult Matcher::matchStrides(RankedTensorType a) {
  const GemmProblem &problem = product.problem;
  int64_t rowOfA = problem.transposeA ? a.getDimSize(0) : product.k, rowOfB = problem.transposeB ? product.n : product.k;
  if (ShapedType::isDynamic(rowOfA) || rowOfA % 8 != 0 || rowOfB % 8 != 0)
    return refuse("expected rows of the operands of a known multiple of 16 bytes");
  if (product.n * tile::elementBytes(problem.output) % 16 != 0)
    return refuse("expected rows of the result of a known multiple of 16 bytes");
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
    if (gemm.getC() || !gemm.getAlpha().isExactlyValue(1))
      return refuse("expected a product without scale and addend");
    problem.transposeA = gemm.getTransA();
    problem.transposeB = !gemm.getTransB();
  }
  product.k = b.getDimSize(b.getRank() - (problem.transposeB ? 2 : 1));
  product.n = b.getDimSize(b.getRank() - (problem.transposeB ? 1 : 2));
  if (ShapedType::isDynamic(product.k) || ShapedType::isDynamic(product.n) || product.k == 0 || product.n == 0)
    return refuse("expected known sizes of the second operand");
  RankedTensorType result = product.getResultType();
  problem.output = result.getElementType();
  if (result.getShape() != cast<RankedTensorType>(product.root->getResult(0).getType()).getShape())
    return refuse("expected a result of the product's shape");
  if (!problem.output.isF32() && problem.output != problem.element)
    return refuse("expected a result of f32 or of the operands' type");
  return failure(failed(matchBatch(a, b)) || failed(matchStrides(a)));
}

/// Whether two tensors of a dispatch are known to have the same dims: what is dynamic is bound to the same symbols.
static bool haveEqualDims(Value a, Value b) {
  auto type = cast<RankedTensorType>(a.getType());
  if (type.getShape() != cast<RankedTensorType>(b.getType()).getShape())
    return false;
  auto bindingOf = [](Value tensor) {
    for (Operation *user : tensor.getUsers())
      if (auto bind = dyn_cast<infer::BindShapeOp>(user))
        return bind;
    return infer::BindShapeOp();
  };
  infer::BindShapeOp first = bindingOf(a), second = bindingOf(b);
  return type.hasStaticShape() || (first && second && first.getShape() == second.getShape() && first.getSymbols() == second.getSymbols());
}

/// How the epilogue reads an argument: like C, or one element per column.
LogicalResult Matcher::matchOperand(BlockArgument argument) {
  if (llvm::is_contained(product.operands, argument))
    return success();
  auto type = cast<RankedTensorType>(argument.getType());
  if (!type.getElementType().isF32() && type.getElementType() != product.problem.element)
    return refuse("expected operands of the epilogue of f32 or of the product's type");
  bool isRow = type.getRank() > 0 && type.getShape().back() == product.n &&
               llvm::all_of(type.getShape().drop_back(), [](int64_t dim) { return dim == 1; });
  bool isMatrix = haveEqualDims(argument, product.root->getResult(0)) && !product.problem.isBatched;
  if (!isRow && !isMatrix)
    return refuse("expected operands of the epilogue as a row or like the result");
  product.operands.push_back(argument);
  product.problem.operands.push_back(isRow ? EpilogueOperand::row : EpilogueOperand::matrix);
  product.problem.operandTypes.push_back(type.getElementType());
  return success();
}

/// A value of the dispatch at one element, in the scalar form that bodies take.
static Value scalarConstant(OpBuilder &builder, infer::ConstantOp constant) {
  auto value = cast<DenseElementsAttr>(constant.getValue()).getSplatValue<TypedAttr>();
  return arith::ConstantOp::create(builder, constant.getLoc(), value);
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
  if (elementwise.empty())
    return success();
  product.problem.epilogue = [product = product, ops = elementwise](OpBuilder &builder, Location loc, ValueRange values) -> Value {
    IRMapping map;
    Value sum = values.front(), rounded;
    auto toStorage = [&](Value value, Type type) -> Value {
      return value.getType() == type ? value : arith::TruncFOp::create(builder, loc, type, value).getResult();
    };
    for (auto [argument, value] : llvm::zip_equal(product.operands, values.drop_front()))
      map.map(argument, toStorage(value, infer::elementType(argument)));
    for (Operation *op : ops) {
      SmallVector<Value> operands;
      for (Value operand : op->getOperands()) {
        if (auto constant = operand.getDefiningOp<infer::ConstantOp>())
          operands.push_back(scalarConstant(builder, constant));
        else if (operand == product.root->getResult(0))
          operands.push_back(rounded ? rounded : rounded = toStorage(sum, product.problem.element));
        else
          operands.push_back(map.lookup(operand));
      }
      // The sum is there in f32 already: what casts it back from the rounded product takes it as it is.
      auto cast = dyn_cast<infer::CastOp>(op);
      bool isSum = cast && cast.getInput() == product.root->getResult(0) && cast.getTo().isF32();
      map.map(op->getResult(0), isSum ? sum : mlir::cast<infer::ElementwiseOpInterface>(op).buildScalar(builder, loc, operands));
    }
    Value result = product.root->getBlock()->getTerminator()->getOperand(0);
    Value value = result == product.root->getResult(0) ? sum : map.lookup(result);
    return value.getType().isF32() ? value : arith::ExtFOp::create(builder, loc, builder.getF32Type(), value).getResult();
  };
  return success();
}

FailureOr<ProductDispatch> Matcher::run() {
  if (function.isExternal() || !function.isPrivate() || !function.getBody().hasOneBlock() || failed(findRoot()) || failed(matchRoot()) ||
      failed(matchEpilogue()))
    return failure();
  return std::move(product);
}

FailureOr<ProductDispatch> tenon::schedule::matchProductDispatch(func::FuncOp function, std::string &reason) {
  return Matcher(function, reason).run();
}
