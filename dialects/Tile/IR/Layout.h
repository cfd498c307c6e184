// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which register of which thread holds which element of a matrix: linear layouts, explained on a 4x4 matrix.
//
// A tensor core instruction deals a matrix out to the threads of a warpgroup in a pattern that its manual draws as a table. All of these
// tables have one property: write the index of a register, a lane and a warp in binary, and every bit that is 1 adds a fixed step to the
// position in the matrix. So a table is described by one step for each bit, and everything one asks of it is adding steps.
//
// Take a 4x4 matrix over 4 threads (lanes 0 to 3, 2 bits) with 4 registers each (2 bits), and this assignment, "lane.register" in the
// place of the element:
//
//            column 0  1    2    3
//     row 0      0.0  0.1  1.0  1.1
//     row 1      2.0  2.1  3.0  3.1
//     row 2      0.2  0.3  1.2  1.3
//     row 3      2.2  2.3  3.2  3.3
//
// Lane 0's register 0 is at (0, 0). Register bit 0 moves one column to the right: its step is (0, 1). Register bit 1 moves two rows down:
// (2, 0). Lane bit 0 moves two columns, (0, 2), and lane bit 1 one row, (1, 0):
//
//     register = [[0, 1], [2, 0]], lane = [[0, 2], [1, 0]]
//
// Register 3 = 0b11 of lane 2 = 0b10 is at (0, 1) + (2, 0) + (1, 0) = (3, 1), as the table says. In the other direction: the steps are the
// powers of two below the number of rows and of columns, each exactly once (this is what the attribute verifies), so the binary digits of
// a row and a column spell the register and the lane. Row 3 = 1 + 2 uses lane bit 1 and register bit 1, column 1 uses register bit 0.
//
// What follows from it:
// - Which threads share a row? Those that differ in lane bits that step along columns: here lane bit 0, so a sum over a row is one
//   exchange with the lane whose number differs in bit 0 (`tile.reduce`).
// - A vector with one entry a column, to be added to every row: a thread needs the entries of the columns that its registers touch. Leave
//   out the register bits that step along rows; lane 1 keeps 2 entries, of columns 2 and 3 (a fragment with one row).
// - A product whose result is the next product's operand needs no exchange at all if both name the same steps, which is why scores go
//   from accumulators to the tensor cores in attention.
// - Elements of 16 bits lie two to a register if register bit 0 steps one column.
//
// The accumulator of wgmma (PTX ISA, "Register Fragments for wgmma.mma_async.m64nNk16") is an atom of 64x8, repeated along columns:
//
//     register = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = [[16, 0], [32, 0]]
//
// Four neighbouring lanes share a row; a thread has two neighbouring columns of row r and of row r + 8. The 64x16 operand A of 16-bit
// elements is two such atoms.
#ifndef TENON_DIALECTS_TILE_IR_LAYOUT_H
#define TENON_DIALECTS_TILE_IR_LAYOUT_H

#include "dialects/Tile/IR/Tile.h"

namespace tenon::tile {

/// Place in a matrix, or the step that a bit of an index makes.
struct Position {
  int64_t row = 0, column = 0;
  bool operator==(const Position &other) const { return row == other.row && column == other.column; }
};

/// The steps of an attribute's array, which holds rows and columns in turn.
llvm::SmallVector<Position> getSteps(llvm::ArrayRef<int64_t> flat);

/// Elements of a fragment that one thread holds, in register order, as the positions where thread 0 holds them; other threads' lie at a
/// fixed distance. A fragment with one row or column has an element for each different column or row.
llvm::SmallVector<Position> getElements(FragmentType type);

/// Register number of the element that stands for `position` in a fragment of `type`, which may have one row or column.
int64_t findElement(FragmentType type, Position position);

} // namespace tenon::tile

#endif // TENON_DIALECTS_TILE_IR_LAYOUT_H
