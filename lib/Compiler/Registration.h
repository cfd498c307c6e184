// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The one list of dialects, passes and pipelines that the compiler and its tools know.
#ifndef TENON_LIB_COMPILER_REGISTRATION_H
#define TENON_LIB_COMPILER_REGISTRATION_H

namespace mlir {
class DialectRegistry;
}

namespace tenon {
/// Adds every dialect and external interface model that any stage may meet.
void registerDialects(mlir::DialectRegistry &registry);
/// Registers every pass and named pipeline for textual use (tenon-opt, reproducers).
void registerPasses();
} // namespace tenon

#endif // TENON_LIB_COMPILER_REGISTRATION_H
