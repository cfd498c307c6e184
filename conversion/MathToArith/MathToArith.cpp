// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// math ops on scalars and vectors -> arith ops and math.fma. A table of functions; each op is replaced where it stands.
#include "conversion/MathToArith/Float8.h"
#include "conversion/MathToArith/Lanes.h"
#include "conversion/MathToArith/Passes.h"

#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Pass/PassManager.h"

namespace tenon {
#define GEN_PASS_DEF_CONVERTMATHTOARITHPASS
#include "conversion/MathToArith/Passes.h.inc"
} // namespace tenon

using namespace mlir;
using tenon::math::Lanes;

using UnaryFn = Lanes (*)(const Lanes &);

/// The function that computes an op of one operand.
static UnaryFn unaryFunction(Operation *op) {
  return llvm::TypeSwitch<Operation *, UnaryFn>(op)
      .Case([](mlir::math::ExpOp) -> UnaryFn { return tenon::math::exp; })
      .Case([](mlir::math::Exp2Op) -> UnaryFn { return tenon::math::exp2; })
      .Case([](mlir::math::ExpM1Op) -> UnaryFn { return tenon::math::expm1; })
      .Case([](mlir::math::LogOp) -> UnaryFn { return tenon::math::log; })
      .Case([](mlir::math::Log2Op) -> UnaryFn { return tenon::math::log2; })
      .Case([](mlir::math::Log10Op) -> UnaryFn { return tenon::math::log10; })
      .Case([](mlir::math::Log1pOp) -> UnaryFn { return tenon::math::log1p; })
      .Case([](mlir::math::SinOp) -> UnaryFn { return tenon::math::sin; })
      .Case([](mlir::math::CosOp) -> UnaryFn { return tenon::math::cos; })
      .Case([](mlir::math::TanOp) -> UnaryFn { return tenon::math::tan; })
      .Case([](mlir::math::AsinOp) -> UnaryFn { return tenon::math::asin; })
      .Case([](mlir::math::AcosOp) -> UnaryFn { return tenon::math::acos; })
      .Case([](mlir::math::AtanOp) -> UnaryFn { return tenon::math::atan; })
      .Case([](mlir::math::SinhOp) -> UnaryFn { return tenon::math::sinh; })
      .Case([](mlir::math::CoshOp) -> UnaryFn { return tenon::math::cosh; })
      .Case([](mlir::math::TanhOp) -> UnaryFn { return tenon::math::tanh; })
      .Case([](mlir::math::AsinhOp) -> UnaryFn { return tenon::math::asinh; })
      .Case([](mlir::math::AcoshOp) -> UnaryFn { return tenon::math::acosh; })
      .Case([](mlir::math::AtanhOp) -> UnaryFn { return tenon::math::atanh; })
      .Case([](mlir::math::ErfOp) -> UnaryFn { return tenon::math::erf; })
      .Default(UnaryFn());
}

/// Short floats are computed in f32.
static Lanes widen(const Lanes &x) {
  return x.element().getIntOrFloatBitWidth() < 32 ? x.to<arith::ExtFOp>(Float32Type::get(x.get().getContext())) : x;
}
static Value narrow(const Lanes &x, Type element) { return x.element() == element ? x.get() : x.to<arith::TruncFOp>(element).get(); }

/// x^2, x^3, 1 / x and sqrt(x) where the exponent says so in all lanes.
static std::optional<Lanes> powByConstant(const Lanes &x, Value exponent) {
  FloatAttr scalar;
  DenseElementsAttr dense;
  if (matchPattern(exponent, m_Constant(&dense)) && dense.isSplat())
    scalar = dyn_cast<FloatAttr>(dense.getSplatValue<Attribute>());
  else if (!matchPattern(exponent, m_Constant(&scalar)))
    return std::nullopt;
  double y = scalar ? scalar.getValueAsDouble() : 0;
  if (y == 1)
    return x;
  if (y == 2)
    return x * x;
  if (y == 3)
    return x * x * x;
  if (y == -1)
    return 1.0 / x;
  if (y == 0.5) // pow(-inf, 0.5) is inf and pow(-0, 0.5) is 0, unlike sqrt
    return select(x == -__builtin_inf(), x.constant(__builtin_inf()), sqrt(x) + 0.0);
  return std::nullopt;
}

/// The value that stands for an op's result; null if the op stays.
static Value expand(Operation *op) {
  OpBuilder builder(op);
  if (isa<arith::SIToFPOp, arith::UIToFPOp>(op))
    return tenon::math::expandFromInteger(Lanes(builder, op->getLoc(), op->getOperand(0)), isa<arith::UIToFPOp>(op),
                                          getElementTypeOrSelf(op->getResult(0).getType()));
  if (op->getNumOperands() == 0 || op->getNumResults() != 1 || !isa<FloatType>(getElementTypeOrSelf(op->getOperand(0).getType())))
    return Value();
  Lanes x(builder, op->getLoc(), op->getOperand(0));
  Type element = getElementTypeOrSelf(op->getResult(0).getType());
  if (isa<arith::ExtFOp, arith::TruncFOp>(op))
    return tenon::math::expandConversion(x, element);
  if (UnaryFn function = unaryFunction(op))
    return narrow(function(widen(x)), element);
  if (isa<mlir::math::PowFOp, arith::RemFOp>(op)) {
    Lanes y = x.with(op->getOperand(1));
    if (isa<arith::RemFOp>(op))
      return narrow(tenon::math::remainder(widen(x), widen(y)), element);
    if (std::optional<Lanes> simple = powByConstant(widen(x), y.get()))
      return narrow(*simple, element);
    return narrow(tenon::math::pow(widen(x), widen(y)), element);
  }
  if (isa<mlir::math::RsqrtOp>(op))
    return narrow(1.0 / sqrt(widen(x)), element);
  return Value();
}

namespace {
struct ConvertMathToArith : tenon::impl::ConvertMathToArithPassBase<ConvertMathToArith> {
  void runOnOperation() override {
    SmallVector<Operation *> candidates;
    getOperation()->walk([&](Operation *op) {
      if (isa<arith::ArithDialect, mlir::math::MathDialect>(op->getDialect()))
        candidates.push_back(op);
    });
    bool hasBranches = false;
    for (Operation *op : candidates) {
      Value value = expand(op);
      if (!value)
        continue;
      hasBranches |= isa<mlir::math::SinOp, mlir::math::CosOp, mlir::math::TanOp>(op);
      op->replaceAllUsesWith(ValueRange(value));
      op->erase();
    }
    if (hasBranches)
      lowerBranches();
  }

  /// Branches that stand in functions become blocks: after loops have there is no pass for them any more.
  void lowerBranches() {
    bool inFunction = false, inLoop = false;
    getOperation()->walk([&](scf::IfOp op) { (isa<FunctionOpInterface>(op->getParentOp()) ? inFunction : inLoop) = true; });
    if (!inFunction || inLoop)
      return;
    OpPassManager pm(getOperation()->getName());
    pm.addPass(createSCFToControlFlowPass());
    if (failed(runPipeline(pm, getOperation())))
      signalPassFailure();
  }
};
} // namespace
