// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Ops on fragments: a thread's registers, by the layout of the type.
#include "conversion/TileToNvvm/Emitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace tenon::tile {
namespace {

struct LowerSplat : OpConversionPattern<SplatOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(SplatOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    FragmentType type = op.getResult().getType();
    SmallVector<Value> registers(getElements(type).size(), adaptor.getValue());
    rewriter.replaceOp(op, Emitter(rewriter, op.getLoc()).pack(registersOf(type), registers));
    return success();
  }
};

struct LowerUndef : OpConversionPattern<UndefOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(UndefOp op, OpAdaptor, ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<LLVM::UndefOp>(op, registersOf(op.getResult().getType()));
    return success();
  }
};

struct LowerIota : OpConversionPattern<IotaOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(IotaOp op, OpAdaptor, ConversionPatternRewriter &rewriter) const override {
    Emitter emit(rewriter, op.getLoc());
    FragmentType type = op.getResult().getType();
    int64_t Position::*coordinate = type.getColumns() == 1 ? &Position::row : &Position::column;
    Value first = emit.threadOffset(type.getLayout(), coordinate);
    SmallVector<Value> registers;
    for (Position position : getElements(type))
      registers.push_back(emit.add(first, position.*coordinate));
    rewriter.replaceOp(op, emit.pack(registersOf(type), registers));
    return success();
  }
};

/// tile.map -> the body once for each register.
struct LowerMap : OpConversionPattern<MapOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(MapOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Emitter emit(rewriter, op.getLoc());
    SmallVector<SmallVector<Value>> inputs;
    for (Value input : adaptor.getInputs())
      inputs.push_back(emit.unpack(input));
    SmallVector<SmallVector<Value>> results(op.getNumResults());
    Block &body = op.getBody().front();
    for (Position position : getElements(cast<FragmentType>(op.getResult(0).getType()))) {
      IRMapping mapping;
      for (auto [input, registers, argument] : llvm::zip_equal(op.getInputs(), inputs, body.getArguments()))
        mapping.map(argument, registers[findElement(cast<FragmentType>(input.getType()), position)]);
      for (Operation &inner : body.without_terminator())
        rewriter.clone(inner, mapping);
      for (auto [registers, value] : llvm::zip_equal(results, body.getTerminator()->getOperands()))
        registers.push_back(mapping.lookupOrDefault(value));
    }
    SmallVector<Value> packed;
    for (auto [result, registers] : llvm::zip_equal(op.getResults(), results))
      packed.push_back(emit.pack(registersOf(cast<FragmentType>(result.getType())), registers));
    rewriter.replaceOp(op, packed);
    return success();
  }
};

struct LowerReduce : OpConversionPattern<ReduceOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(ReduceOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Emitter emit(rewriter, loc);
    FragmentType input = op.getInput().getType(), result = op.getResult().getType();
    auto combine = [&](Value a, Value b) -> Value {
      if (op.getKind() == Combine::add)
        return arith::AddFOp::create(rewriter, loc, a, b);
      return arith::MaxNumFOp::create(rewriter, loc, a, b);
    };
    SmallVector<Value> registers = emit.unpack(adaptor.getInput()), sums;
    SmallVector<Position> elements = getElements(input);
    for (Position row : getElements(result)) {
      SmallVector<Value> values;
      for (auto [position, value] : llvm::zip_equal(elements, registers))
        if (position.row == row.row)
          values.push_back(value);
      for (; values.size() > 1; values.resize((values.size() + 1) / 2))
        for (size_t i = 0; i < values.size(); i += 2)
          values[i / 2] = i + 1 < values.size() ? combine(values[i], values[i + 1]) : values[i];
      Value sum = values[0];
      for (auto [bit, step] : llvm::enumerate(getSteps(input.getLayout().getLanes()))) {
        if (!step.column || op.getPartial())
          continue;
        Value other = NVVM::ShflOp::create(rewriter, loc, sum.getType(), emit.constant(-1), sum, emit.constant(int64_t(1) << bit),
                                           emit.constant(0x1f), NVVM::ShflKind::bfly, UnitAttr());
        sum = combine(sum, other);
      }
      sums.push_back(sum);
    }
    rewriter.replaceOp(op, emit.pack(registersOf(result), sums));
    return success();
  }
};

struct LowerConvert : OpConversionPattern<ConvertOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(ConvertOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Emitter emit(rewriter, op.getLoc());
    FragmentType type = op.getResult().getType();
    SmallVector<Value> values = emit.unpack(adaptor.getInput()), words;
    if (type.getElementType().isF32()) {
      Type pair = VectorType::get(2, op.getInput().getType().getElementType());
      for (Value word : values) {
        Value halves = LLVM::BitcastOp::create(rewriter, op.getLoc(), pair, word);
        for (int64_t half : {0, 1}) {
          Value element = LLVM::ExtractElementOp::create(rewriter, op.getLoc(), halves, emit.constant(half));
          words.push_back(arith::ExtFOp::create(rewriter, op.getLoc(), rewriter.getF32Type(), element));
        }
      }
      rewriter.replaceOp(op, emit.pack(registersOf(type), words));
      return success();
    }
    StringRef pair = type.getElementType().isF16() ? "f16x2" : "bf16x2";
    for (size_t i = 0; i < values.size(); i += 2) // the first operand goes to the upper half
      words.push_back(emit.ptx(rewriter.getI32Type(), "cvt.rn." + pair + ".f32 $0, $1, $2;", "=r,f,f", {values[i + 1], values[i]}));
    rewriter.replaceOp(op, emit.pack(registersOf(type), words));
    return success();
  }
};

struct LowerColumns : OpConversionPattern<ColumnsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(ColumnsOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Emitter emit(rewriter, op.getLoc());
    FragmentType input = op.getInput().getType(), result = op.getResult().getType();
    // Registers go through the atoms in order of their columns.
    size_t first = findElement(input, {0, static_cast<int64_t>(op.getFirst())}) / input.getPacking();
    SmallVector<Value> registers = emit.unpack(adaptor.getInput());
    size_t count = getElements(result).size() / result.getPacking();
    rewriter.replaceOp(op, emit.pack(registersOf(result), ArrayRef(registers).slice(first, count)));
    return success();
  }
};

/// Inline PTX of one float that may be moved and removed.
Value approximate(PatternRewriter &rewriter, Location loc, StringRef instruction, Value operand) {
  return LLVM::InlineAsmOp::create(rewriter, loc, TypeRange(operand.getType()), operand, rewriter.getStringAttr(instruction + " $0, $1;"),
                                   rewriter.getStringAttr("=f,f"), UnitAttr(), UnitAttr(), LLVM::TailCallKindAttr(), LLVM::AsmDialectAttr(),
                                   ArrayAttr())
      .getRes();
}

/// 2^x that may be approximate -> one instruction that flushes subnormals; the one that LLVM selects keeps them with three more.
struct LowerExp2 : OpRewritePattern<math::Exp2Op> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(math::Exp2Op op, PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, approximate(rewriter, op.getLoc(), "ex2.approx.ftz.f32", op.getOperand()));
    return success();
  }
};

/// a / b that may be approximate -> a * (1 / b), for the same reason.
struct LowerDivide : OpRewritePattern<arith::DivFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::DivFOp op, PatternRewriter &rewriter) const override {
    Value reciprocal = approximate(rewriter, op.getLoc(), "rcp.approx.ftz.f32", op.getRhs());
    rewriter.replaceOpWithNewOp<arith::MulFOp>(op, op.getLhs(), reciprocal);
    return success();
  }
};

} // namespace

bool isApproximate(Operation *op) {
  auto math = dyn_cast<arith::ArithFastMathInterface>(op);
  auto flags = isa<math::Exp2Op>(op) ? arith::FastMathFlags::afn : arith::FastMathFlags::afn | arith::FastMathFlags::arcp;
  return math && op->getResult(0).getType().isF32() && bitEnumContainsAll(math.getFastMathFlagsAttr().getValue(), flags);
}

void populateFragmentPatterns(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<LowerSplat, LowerUndef, LowerIota, LowerMap, LowerReduce, LowerConvert, LowerColumns>(types, patterns.getContext());
  patterns.add<LowerExp2, LowerDivide>(patterns.getContext());
}

} // namespace tenon::tile
