// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// All ops of the dialect, one file per family.

#ifndef TENON_DIALECTS_INFER_IR_INFEROPS_TD
#define TENON_DIALECTS_INFER_IR_INFEROPS_TD

include "dialects/Infer/IR/InferActivationOps.td"
include "dialects/Infer/IR/InferContractionOps.td"
include "dialects/Infer/IR/InferControlOps.td"
include "dialects/Infer/IR/InferElementwiseOps.td"
include "dialects/Infer/IR/InferIndexingOps.td"
include "dialects/Infer/IR/InferNormalizationOps.td"
include "dialects/Infer/IR/InferPoolingOps.td"
include "dialects/Infer/IR/InferRecurrentOps.td"
include "dialects/Infer/IR/InferReductionOps.td"
include "dialects/Infer/IR/InferResizeOps.td"
include "dialects/Infer/IR/InferShapeOps.td"
include "dialects/Infer/IR/InferStructureOps.td"

#endif // TENON_DIALECTS_INFER_IR_INFEROPS_TD
