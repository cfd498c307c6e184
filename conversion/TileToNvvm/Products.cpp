// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products of tiles: tile.mma -> one statement with the fence, a wgmma for each 32 bytes of K, and the commit.
//
// One statement, because registers of products in flight must not be touched: between separate statements LLVM may place copies, which
// make ptxas serialise the products (C7513 and its neighbours).
#include "conversion/TileToNvvm/Emitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;

namespace tenon::tile {
namespace {

constexpr int64_t kStepBytes = 32; // of K that one wgmma takes
constexpr int64_t kGroupRows = 8;  // of a swizzle pattern

/// Bits of a matrix descriptor but for the address (PTX ISA, "Matrix Descriptor Format"): all distances are in units of 16 bytes.
int64_t descriptorBits(SmemType type, bool isTransposed) {
  int64_t mode = type.getSwizzle() == 128 ? 1 : type.getSwizzle() == 64 ? 2 : 3;
  int64_t group = kGroupRows * type.getPitch() / 16;                     // "stride dimension byte offset"
  int64_t panel = isTransposed ? type.getPanelBytes() / 16 : int64_t(1); // "leading dimension byte offset", unused along K
  return mode << 62 | group << 32 | panel << 16;
}

/// Distance from the descriptor of step 0 to that of step `step` along K, in units of 16 bytes.
int64_t stepOffset(SmemType type, bool isTransposed, int64_t step) {
  if (isTransposed)
    return step * (kStepBytes / type.getElementBytes()) * type.getPitch() / 16;
  int64_t perPanel = type.getPitch() / kStepBytes;
  return (step / perPanel * type.getPanelBytes() + step % perPanel * kStepBytes) / 16;
}

/// Of the address 18 bits count. In a cluster those from bit 24 on are the CTA's rank, which would get into the distance of panels.
constexpr int64_t kAddressUnits = 1 << 14;

Value makeDescriptor(Emitter &emit, SmemType type, Value address, bool isTransposed) {
  OpBuilder &builder = emit.builder;
  Value bits = emit.divide(LLVM::PtrToIntOp::create(builder, emit.loc, builder.getI32Type(), address), 16);
  bits = emit.remainder(bits, kAddressUnits);
  Value wide = arith::ExtUIOp::create(builder, emit.loc, builder.getI64Type(), bits);
  return arith::OrIOp::create(builder, emit.loc, wide,
                              arith::ConstantIntOp::create(builder, emit.loc, descriptorBits(type, isTransposed), 64));
}

StringRef ptxType(Type type) {
  return llvm::TypeSwitch<Type, StringRef>(type)
      .Case<Float16Type>([](auto) { return "f16"; })
      .Case<BFloat16Type>([](auto) { return "bf16"; })
      .Case<Float32Type>([](auto) { return "tf32"; })
      .Case<Float8E4M3FNType>([](auto) { return "e4m3"; })
      .Case<Float8E5M2Type>([](auto) { return "e5m2"; })
      .Default([](Type integer) { return integer.isUnsignedInteger() ? "u8" : "s8"; });
}

/// Writes the text of one product; operands are numbered as `Statement` adds them.
struct Statement {
  std::string text, constraints;
  SmallVector<Value> operands;
  unsigned results = 0;

  unsigned add(Value operand, StringRef constraint) {
    operands.push_back(operand);
    constraints += "," + constraint.str();
    return results + operands.size() - 1;
  }
};

std::string registerList(unsigned first, unsigned count) {
  std::string list = "{";
  for (unsigned i = 0; i < count; ++i)
    list += (i ? ", $" : "$") + std::to_string(first + i);
  return list + "}";
}

struct LowerMma : OpConversionPattern<MmaOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(MmaOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override;
};

/// Results and, tied to them, the accumulators.
void addAccumulators(Emitter &emit, Statement &statement, FragmentType type, Value accumulator) {
  StringRef kind = type.getElementType().isF32() ? "=f" : "=r";
  statement.results = getElements(type).size();
  statement.constraints = kind.str();
  for (unsigned i = 1; i < statement.results; ++i)
    statement.constraints += "," + kind.str();
  if (!accumulator)
    return;
  for (auto [i, value] : llvm::enumerate(emit.unpack(accumulator)))
    statement.add(value, std::to_string(i));
}

/// The operand that says whether the first step reads the accumulators, as a predicate `first`.
void addCondition(Emitter &emit, Statement &statement, bool hasAccumulator, Value when) {
  statement.text = "{ .reg .pred first, always; .reg .b64 a, b; setp.eq.u32 always, 0, 0; ";
  if (hasAccumulator && when) {
    Value flag = arith::ExtUIOp::create(emit.builder, emit.loc, emit.builder.getI32Type(), when);
    statement.text += "setp.ne.u32 first, $" + std::to_string(statement.add(flag, "r")) + ", 0; ";
    return;
  }
  statement.text += llvm::formatv("setp.ne.u32 first, {0}, 0; ", hasAccumulator ? 1 : 0);
}

LogicalResult LowerMma::matchAndRewrite(MmaOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const {
  Emitter emit(rewriter, op.getLoc());
  SmemType b = op.getB().getType();
  auto a = dyn_cast<SmemType>(op.getA().getType());
  Type aElement = a ? a.getElementType() : cast<FragmentType>(op.getA().getType()).getElementType();
  int64_t bytes = elementBytes(aElement), k = op.getTransposeB() ? b.getRows() : b.getColumns();
  bool isShort = bytes == 2;

  Statement statement;
  addAccumulators(emit, statement, op.getResult().getType(), adaptor.getAccumulator());
  addCondition(emit, statement, adaptor.getAccumulator() != Value(), adaptor.getWhen());
  Value bDescriptor = makeDescriptor(emit, b, emit.tileAt(b, adaptor.getB(), adaptor.getBCount()), op.getTransposeB());
  unsigned bOperand = statement.add(bDescriptor, "l"), aOperand = 0;
  if (a) {
    Value tile = emit.tileAt(a, adaptor.getA(), adaptor.getACount());
    if (Value part = adaptor.getPart())
      tile = emit.move(tile, emit.multiply(part, op.getTransposeA() ? a.getPanelBytes() : 64 * a.getPitch()));
    aOperand = statement.add(makeDescriptor(emit, a, tile, op.getTransposeA()), "l");
  } else {
    aOperand = statement.results + statement.operands.size();
    for (Value value : emit.unpack(adaptor.getA()))
      statement.add(value, "r");
  }

  std::string results = registerList(0, statement.results);
  int64_t columns = op.getResult().getType().getColumns(), steps = k * bytes / kStepBytes;
  bool isInteger = aElement.isInteger(8);
  std::string instruction = llvm::formatv("wgmma.mma_async.sync.aligned.m64n{0}k{1}.{2}.{3}.{4}", columns, kStepBytes / bytes,
                                          isInteger ? "s32" : "f32", ptxType(aElement), ptxType(b.getElementType()));
  statement.text += "wgmma.fence.sync.aligned; ";
  for (int64_t step = 0; step < steps; ++step) {
    statement.text += llvm::formatv("add.s64 b, ${0}, {1}; ", bOperand, stepOffset(b, op.getTransposeB(), step));
    std::string left = "a";
    if (a)
      statement.text += llvm::formatv("add.s64 a, ${0}, {1}; ", aOperand, stepOffset(a, op.getTransposeA(), step));
    else
      left = registerList(aOperand + 4 * step, 4);
    statement.text += llvm::formatv("{0} {1}, {2}, b, {3}", instruction, results, left, step ? "always" : "first");
    if (!isInteger)
      statement.text += ", 1, 1";
    if (isShort && a)
      statement.text += op.getTransposeA() ? ", 1" : ", 0";
    if (isShort)
      statement.text += op.getTransposeB() ? ", 1" : ", 0";
    statement.text += "; ";
  }
  statement.text += "wgmma.commit_group.sync.aligned; }";
  rewriter.replaceOp(op, emit.ptx(registersOf(op.getResult().getType()), statement.text, statement.constraints, statement.operands));
  return success();
}

/// The wait takes and gives the registers, so that nothing that reads them can move before it.
struct LowerWaitMma : OpConversionPattern<WaitMmaOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(WaitMmaOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Emitter emit(rewriter, op.getLoc());
    std::string text = llvm::formatv("wgmma.wait_group.sync.aligned {0};", op.getPending());
    if (adaptor.getFragments().empty()) {
      emit.ptx({}, text, "", {});
      rewriter.eraseOp(op);
      return success();
    }
    SmallVector<Value> registers;
    SmallVector<Type> words;
    for (Value fragment : adaptor.getFragments())
      llvm::append_range(registers, emit.unpack(fragment));
    std::string outputs, inputs;
    for (auto [i, value] : llvm::enumerate(registers)) {
      words.push_back(value.getType());
      outputs += (i ? "," : "") + std::string(value.getType().isF32() ? "=f" : "=r");
      inputs += "," + std::to_string(i);
    }
    Value all = emit.ptx(LLVM::LLVMStructType::getLiteral(getContext(), words), text, outputs + inputs, registers);
    SmallVector<Value> ready = emit.unpack(all), results;
    ArrayRef<Value> rest = ready;
    for (Value fragment : adaptor.getFragments()) {
      size_t count = cast<LLVM::LLVMStructType>(fragment.getType()).getBody().size();
      results.push_back(emit.pack(fragment.getType(), rest.take_front(count)));
      rest = rest.drop_front(count);
    }
    rewriter.replaceOp(op, results);
    return success();
  }
};

} // namespace

void populateProductPatterns(const TypeConverter &types, RewritePatternSet &patterns) {
  patterns.add<LowerMma, LowerWaitMma>(types, patterns.getContext());
}

} // namespace tenon::tile
