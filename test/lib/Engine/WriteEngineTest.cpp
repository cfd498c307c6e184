// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writer and loader agree: host programs in IR are written as engines, opened through the C ABI and run. The kernels are those of
// test/runtime.
#include "lib/Engine/WriteEngine.h"
#include "lib/Compiler/Registration.h"
#include "mlir/Parser/Parser.h"
#include "tenon/tenon.h"
#include "test/runtime/Kernels.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace tenon::test;

namespace {

std::string take(tenon_status *status) {
  std::string text = status ? std::string(tenon_code_name(tenon_status_code(status))) + ": " + tenon_status_message(status) : "";
  tenon_status_release(status);
  return text;
}

class WriteEngine : public testing::Test {
protected:
  WriteEngine() {
    DialectRegistry registry;
    tenon::registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }
  ~WriteEngine() override {
    tenon_context_release(run);
    tenon_engine_release(engine);
  }

  std::string write(llvm::StringRef text) {
    // Launches are verified against the kernels' declarations.
    std::string kernels = "module @kernels {\n";
    for (const char *name : {"add", "increment", "count", "compact"})
      kernels += std::string("func.func @") + name + "() { return }\n";
    std::string whole = text.str();
    whole.insert(whole.find("  func.func @main"), kernels + "}\n");
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(whole, &context);
    if (!module)
      return "";
    tenon::engine::EngineCode code;
    code.arch = "x86-64";
    std::vector<uint8_t> bytes = kernelCode();
    code.files.emplace_back(bytes.begin(), bytes.end());
    code.kernels = {{"add", 0, kernelEntry(addKernel)},
                    {"increment", 0, kernelEntry(incrementKernel)},
                    {"count", 0, kernelEntry(countKernel)},
                    {"compact", 0, kernelEntry(compactKernel)}};
    auto refuse = [](Attribute, tenon::engine::ByteSink) { return failure(); };
    auto facts = tenon::engine::writeEngine(tenon::engine::EngineProgram{*module, code}, {}, refuse);
    return succeeded(facts) ? facts->memory : "";
  }

  void open(llvm::StringRef text) {
    std::string file = write(text);
    ASSERT_FALSE(file.empty());
    EXPECT_EQ(file, write(text)) << "the same program gives the same bytes";
    ASSERT_EQ(take(tenon_engine_open_memory(file.data(), file.size(), nullptr, &engine)), "");
    ASSERT_EQ(take(tenon_context_create(engine, nullptr, &run)), "");
  }

  template <typename T> std::string copyInput(size_t index, std::vector<T> values, std::vector<int64_t> dims, tenon_type type) {
    tenon_tensor tensor = {sizeof(tensor), values.data(), values.size() * sizeof(T), type, uint32_t(dims.size()), dims.data(),
                           nullptr,        TENON_HOST};
    return take(tenon_context_copy_input(run, index, &tensor));
  }
  template <typename T> std::vector<T> output(size_t index) {
    tenon_tensor tensor = {};
    tensor.size = sizeof(tensor);
    EXPECT_EQ(take(tenon_context_output(run, index, &tensor)), "");
    auto *data = static_cast<T *>(tensor.data);
    return std::vector<T>(data, data + tensor.bytes / sizeof(T));
  }

  MLIRContext context;
  tenon_engine *engine = nullptr;
  tenon_context *run = nullptr;
};

// y = (x + w) + w with a temporary in the arena, for any n.
constexpr llvm::StringLiteral kChain = R"mlir(
module attributes {plan.constants = [dense<[1, 2, 3, 4]> : tensor<4xi32>],
                   plan.inputs = [{infer.name = "x", infer.dims = ["n"], type = tensor<?xi32>}],
                   plan.outputs = [{infer.name = "y", infer.dims = ["n"], type = tensor<?xi32>}]} {
  func.func @main(%x: !plan.buffer) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %n = plan.input_dim 0[0]
    plan.symbol "n"[1, 4] = %n
    plan.symbol "m"[0, 9] = %n
    %bytes = arith.muli %n, %c4 : index
    %w = plan.constant 0
    %t = plan.alloc %bytes
    plan.launch @add grid(%c1, %c1, %c1) scratch(%c0) buffers(%x, %w, %t : !plan.buffer, !plan.buffer, !plan.buffer) scalars(%n, %n) {writes = array<i1: false, false, true>}
    %y = plan.output_buffer 0 size %bytes
    plan.launch @add grid(%c1, %c1, %c1) scratch(%c0) buffers(%t, %w, %y : !plan.buffer, !plan.buffer, !plan.buffer) scalars(%n, %n) {writes = array<i1: false, false, true>}
    plan.output 0, %y dims(%n)
    return
  }
}
)mlir";

TEST_F(WriteEngine, RunsAChainOfAnyLength) {
  open(kChain);
  ASSERT_EQ(copyInput<int32_t>(0, {10, 20, 30}, {3}, TENON_I32), "");
  ASSERT_EQ(take(tenon_context_run(run, nullptr)), "");
  EXPECT_EQ(output<int32_t>(0), (std::vector<int32_t>{12, 24, 36}));
  ASSERT_EQ(copyInput<int32_t>(0, {1, 2, 3, 4, 5}, {5}, TENON_I32), "");
  EXPECT_EQ(take(tenon_context_run(run, nullptr)), "TENON_WRONG_SHAPE: expected dimension 'n' from 1 to 4, got 5");
}

// y = x plus 3, by a loop whose body makes new memory; z is x or y, whichever the first input says.
constexpr llvm::StringLiteral kControl = R"mlir(
module attributes {plan.constants = [],
                   plan.inputs = [{infer.name = "pick", type = tensor<i64>}, {infer.name = "x", type = tensor<i64>}],
                   plan.outputs = [{infer.name = "y", type = tensor<i64>}, {infer.name = "z", type = tensor<i64>}]} {
  func.func @main(%pick: !plan.buffer, %x: !plan.buffer) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c3 = arith.constant 3 : index
    %c8 = arith.constant 8 : index
    %carried = plan.alloc %c8
    plan.copy %x to %carried size %c8
    %count = scf.while (%i = %c0) : (index) -> index {
      %goOn = arith.cmpi slt, %i, %c3 : index
      scf.condition(%goOn) %i : index
    } do {
    ^bb0(%i: index):
      %next = plan.alloc %c8
      plan.launch @increment grid(%c1, %c1, %c1) scratch(%c0) buffers(%carried, %next : !plan.buffer, !plan.buffer) {writes = array<i1: false, true>}
      plan.copy %next to %carried size %c8
      %more = arith.addi %i, %c1 : index
      scf.yield %more : index
    }
    %which = plan.read_scalar %pick[%c0] as i64
    %isY = arith.cmpi ne, %which, %c0 : index
    %picked = scf.if %isY -> (!plan.buffer) {
      scf.yield %carried : !plan.buffer
    } else {
      scf.yield %x : !plan.buffer
    }
    %y = plan.output_buffer 0 size %c8
    plan.copy %carried to %y size %c8
    plan.output 0, %y
    %z = plan.output_buffer 1 size %c8
    plan.copy %picked to %z size %c8
    plan.output 1, %z
    return
  }
}
)mlir";

TEST_F(WriteEngine, RunsLoopsAndBranches) {
  open(kControl);
  for (int64_t pick : {0, 1}) {
    ASSERT_EQ(copyInput<int64_t>(0, {pick}, {}, TENON_I64), "");
    ASSERT_EQ(copyInput<int64_t>(1, {40}, {}, TENON_I64), "");
    ASSERT_EQ(take(tenon_context_run(run, nullptr)), "");
    EXPECT_EQ(output<int64_t>(0), std::vector<int64_t>{43});
    EXPECT_EQ(output<int64_t>(1), std::vector<int64_t>{pick ? 43 : 40});
  }
}

// y = the non-zeros of x: the size is read back in between.
constexpr llvm::StringLiteral kNonZero = R"mlir(
module attributes {plan.constants = [],
                   plan.inputs = [{infer.name = "x", type = tensor<6xi32>}],
                   plan.outputs = [{infer.name = "y", type = tensor<?xi32>}]} {
  func.func @main(%x: !plan.buffer) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %c6 = arith.constant 6 : index
    %c8 = arith.constant 8 : index
    %size = plan.alloc %c8
    plan.launch @count grid(%c1, %c1, %c1) scratch(%c0) buffers(%x, %size : !plan.buffer, !plan.buffer) scalars(%c6) {writes = array<i1: false, true>}
    %n = plan.read_scalar %size[%c0] as i64 {reason = "NonZero_0"}
    %bytes = arith.muli %n, %c4 : index
    %y = plan.alloc %bytes {pool}
    plan.launch @compact grid(%c1, %c1, %c1) scratch(%c0) buffers(%x, %y : !plan.buffer, !plan.buffer) scalars(%c6) {writes = array<i1: false, true>}
    plan.output 0, %y dims(%n)
    return
  }
}
)mlir";

TEST_F(WriteEngine, SizesOutputsByData) {
  open(kNonZero);
  ASSERT_EQ(copyInput<int32_t>(0, {0, 5, 0, 7, 8, 0}, {6}, TENON_I32), "");
  ASSERT_EQ(take(tenon_context_run(run, nullptr)), "");
  EXPECT_EQ(output<int32_t>(0), (std::vector<int32_t>{5, 7, 8}));
}

} // namespace
