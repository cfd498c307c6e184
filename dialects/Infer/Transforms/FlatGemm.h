// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A product with one matrix of weights as a gemm. Internal to this folder.
#ifndef TENON_DIALECTS_INFER_TRANSFORMS_FLATGEMM_H
#define TENON_DIALECTS_INFER_TRANSFORMS_FLATGEMM_H

#include "dialects/Infer/IR/Infer.h"
#include "mlir/IR/PatternMatch.h"

namespace tenon::infer {

/// Replaces `op`, a product of [..., K] with [K, N], by a gemm of `x`, which has the shape of its first operand and is seen as [rows, K],
/// with `turned`, [N, K]. `finish` may change the gemm's result, [rows, N]; it gets the flat operand, too.
void replaceByFlatGemm(mlir::PatternRewriter &rewriter, MatMulOp op, mlir::Value x, mlir::Value turned,
                       llvm::function_ref<mlir::Value(mlir::Value flat, mlir::Value y)> finish = {});

} // namespace tenon::infer

#endif // TENON_DIALECTS_INFER_TRANSFORMS_FLATGEMM_H
