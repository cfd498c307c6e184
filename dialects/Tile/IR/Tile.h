// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tile dialect: tensor-core kernels as programs of a thread block over tiles.
#ifndef TENON_DIALECTS_TILE_IR_TILE_H
#define TENON_DIALECTS_TILE_IR_TILE_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/LLVMIR/LLVMTypes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Tile/IR/TileDialect.h.inc"
#include "dialects/Tile/IR/TileEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Tile/IR/TileAttributes.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Tile/IR/TileTypes.h.inc"

#define GET_OP_CLASSES
#include "dialects/Tile/IR/TileOps.h.inc"

namespace tenon::tile {
/// Threads of a warpgroup, and bytes of shared memory that a CTA of sm_90 can have.
inline constexpr int64_t kWarpgroup = 128, kSharedBytes = 232448;

/// Registers that each of `threads` threads has at launch, by .reqntid and .minnctapersm 1.
inline int64_t registersAtLaunch(int64_t threads) { return std::min<int64_t>(65536 / threads / 8 * 8, 255); }

/// Whether `op` stands in a body of one thread.
bool isElected(mlir::Operation *op);

/// Bytes of an element of tiles and descriptors; 0 for other types.
int64_t elementBytes(mlir::Type type);
/// One of the two formats that tensor cores multiply.
inline bool isFloat8(mlir::Type type) { return mlir::isa<mlir::Float8E4M3FNType, mlir::Float8E5M2Type>(type); }
} // namespace tenon::tile

#endif // TENON_DIALECTS_TILE_IR_TILE_H
