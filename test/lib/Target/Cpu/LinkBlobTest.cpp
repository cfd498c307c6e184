// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels to one block without imports: what the linker takes, and what it refuses. Kernels that the compiler makes cause none of the
// refusals; an out-of-tree dialect's could.
#include "lib/Target/Cpu/LinkBlob.h"

#include "lib/Compiler/Registration.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace tenon::cpu;

namespace {

class LinkBlobTest : public testing::Test {
protected:
  LinkBlobTest() : context(MLIRContext::Threading::DISABLED) {
    DialectRegistry registry;
    tenon::registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  /// Compiles kernels in the LLVM dialect; what was said goes to `said`.
  FailureOr<CodeBlob> compile(StringRef text) {
    said.clear();
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) { said += diagnostic.str(); });
    OwningOpRef<ModuleOp> kernels = parseSourceString<ModuleOp>(text, &context);
    if (!kernels)
      return failure();
    CompileOptions options;
    options.target = cantFail(CpuTarget::get("x86-64-v3"));
    return compileKernels(*kernels, options);
  }

  void expectRefusal(StringRef text, const std::string &reason) {
    EXPECT_TRUE(failed(compile(text)));
    EXPECT_EQ(said, reason);
  }

  MLIRContext context;
  std::string said;
};

TEST_F(LinkBlobTest, TakesReadOnlyDataAndCalls) {
  FailureOr<CodeBlob> blob = compile(R"(module @kernels {
    llvm.mlir.global internal constant @table(dense<[1.0, 2.0, 3.0, 5.0]> : tensor<4xf32>) : !llvm.array<4 x f32>
    llvm.func @look_up(%p: !llvm.ptr, %i: i64) {
      %t = llvm.mlir.addressof @table : !llvm.ptr
      %e = llvm.getelementptr %t[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
      %v = llvm.load %e : !llvm.ptr -> f32
      llvm.store %v, %p : f32, !llvm.ptr
      llvm.return
    }
    llvm.func @call(%p: !llvm.ptr, %i: i64) {
      llvm.call @look_up(%p, %i) : (!llvm.ptr, i64) -> ()
      llvm.return
    }
  })");
  ASSERT_TRUE(succeeded(blob)) << said;
  ASSERT_EQ(blob->kernels.size(), 2u);
  for (const CodeBlob::Kernel &kernel : blob->kernels)
    EXPECT_LT(kernel.entry, blob->bytes.size());
}

TEST_F(LinkBlobTest, RefusesAnUndefinedSymbol) {
  expectRefusal(R"(module @kernels {
    llvm.func @outside() attributes {dso_local}
    llvm.func @kernel() {
      llvm.call @outside() : () -> ()
      llvm.return
    }
  })",
                "undefined symbol 'outside' in a kernel");
}

TEST_F(LinkBlobTest, RefusesARelocationThatNeedsALoader) {
  expectRefusal(R"(module @kernels {
    llvm.mlir.global external @outside() : i32
    llvm.func @kernel(%p: !llvm.ptr) {
      %a = llvm.mlir.addressof @outside : !llvm.ptr
      llvm.store %a, %p : !llvm.ptr, !llvm.ptr
      llvm.return
    }
  })",
                "unsupported relocation R_X86_64_REX_GOTPCRELX in a kernel");
}

TEST_F(LinkBlobTest, RefusesWritableData) {
  expectRefusal(R"(module @kernels {
    llvm.mlir.global external @counter(7 : i32) : i32
    llvm.func @kernel(%v: i32) {
      %a = llvm.mlir.addressof @counter : !llvm.ptr
      llvm.store %v, %a : i32, !llvm.ptr
      llvm.return
    }
  })",
                "kernels must not have writable data");
}

TEST_F(LinkBlobTest, RefusesWhatIsNoObject) {
  CodeBlob blob;
  StringRef none[] = {"no object"};
  llvm::Error error = linkBlob(none, blob);
  EXPECT_TRUE(static_cast<bool>(error));
  llvm::consumeError(std::move(error));
}

} // namespace
