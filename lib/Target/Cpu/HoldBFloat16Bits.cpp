// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// bf16 -> i16 in every type and attribute of a module in the LLVM dialect.
#include "lib/Target/Cpu/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/AttrTypeSubElements.h"

using namespace mlir;

namespace tenon::cpu {
#define GEN_PASS_DEF_HOLDBFLOAT16BITSPASS
#include "lib/Target/Cpu/Passes.h.inc"

namespace {
struct HoldBFloat16Bits : impl::HoldBFloat16BitsPassBase<HoldBFloat16Bits> {
  void runOnOperation() override {
    Type bits = IntegerType::get(&getContext(), 16);
    AttrTypeReplacer replacer;
    replacer.addReplacement([=](BFloat16Type) -> std::optional<Type> { return bits; });
    replacer.addReplacement([=](FloatAttr value) -> std::optional<Attribute> {
      if (!value.getType().isBF16())
        return std::nullopt;
      return IntegerAttr::get(bits, value.getValue().bitcastToAPInt());
    });
    replacer.addReplacement([=](DenseElementsAttr values) -> std::optional<Attribute> {
      if (!values.getElementType().isBF16())
        return std::nullopt;
      return values.bitcast(bits);
    });
    replacer.recursivelyReplaceElementsIn(getOperation(), /*replaceAttrs=*/true, /*replaceLocs=*/false, /*replaceTypes=*/true);
  }
};
} // namespace
} // namespace tenon::cpu
