// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Assumptions of the shape analysis as assertions.
#ifndef TENON_DIALECTS_INFER_TRANSFORMS_SHAPEGUARDS_H
#define TENON_DIALECTS_INFER_TRANSFORMS_SHAPEGUARDS_H

#include "dialects/Infer/Analysis/SymbolicShapes.h"

namespace tenon::infer {

/// What `shapes` assumed, each as an assertion behind the values that it compares. Whoever changes the program by what an analysis assumed
/// calls this first: to the next analysis it is a fact.
void createShapeGuards(SymbolicShapes &shapes);

} // namespace tenon::infer

#endif // TENON_DIALECTS_INFER_TRANSFORMS_SHAPEGUARDS_H
