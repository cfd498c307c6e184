// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Everything that follows from the inputs' shapes: registers of the prologue, the size and place of every buffer, the arena's plan, the
// values of launches. Made once for each shape and kept, so that a later run with it computes none of this again. Immutable once made,
// except for the recordings.
#ifndef TENON_RUNTIME_PROGRAM_BINDING_H
#define TENON_RUNTIME_PROGRAM_BINDING_H

#include "runtime/device/Device.h"
#include "runtime/program/Scalars.h"

namespace tenon::runtime {

/// A bound buffer: `bytes` at `offset` of what it is a view of in the end. `offset` is the arena's for arena buffers.
struct Place {
  uint32_t root = 0;
  int64_t offset = 0;
  int64_t bytes = 0;
};

/// A segment of main as the device keeps it.
struct RecordedSegment {
  std::unique_ptr<Recording> recording; // NULL: not recorded yet
  uint64_t placement = 0;               // Binding::placement when it was recorded
  const char *scratch = nullptr;        // likewise
};

struct Binding {
  std::vector<int64_t> inputDims; // of all inputs, one after the other
  std::vector<int64_t> registers;
  std::vector<bool> undefined;                  // registers whose arithmetic failed for these shapes; empty if none did
  uint32_t firstUndefined = 0;                  // instruction of the prologue that was the first to fail
  std::vector<Place> places;                    // by buffer; only those of bound buffers are set
  std::vector<LaunchValues> launches;           // by launch; only those with bound scalars are set
  std::vector<int64_t> scalars;                 // as Program::operands
  std::vector<std::vector<int64_t>> outputDims; // data-dependent ones hold -1 for what is not known
  std::vector<int64_t> outputBytes;             // 0 for data-dependent ones
  int64_t arenaBytes = 0, liveBytes = 0;
  int64_t scratchBytes = 0; // of memory: the most that a bound launch needs
  uint64_t lastUse = 0;
  uint64_t runs = 0;       // begun
  bool isPrepared = false; // by name: recordings are wanted from the first run on

  std::vector<RecordedSegment> recorded; // by segment
  std::vector<char *> addresses;         // of inputs, outputs and arena when buffers were placed last
  uint64_t placement = 0;                // counts changes of these

  /// Arithmetic of a branch is done when shapes are bound, whether or not the branch runs: what fails is an error for who reads it only.
  bool isUndefined(Operand operand) const { return !undefined.empty() && operand.reg >= 0 && undefined[operand.reg]; }
};

/// The error of an undefined register.
Status makeUndefinedError(const Program &program, const Binding &binding);
/// Fails if an instruction of main reads an undefined register, directly or through the place of a buffer.
Status expectDefined(const Program &program, const Binding &binding, const Instruction &instruction, const int64_t *registers);

/// Resolves `binding`, whose inputDims (checked against ranks and constant dims) are set.
Status resolveBinding(const Program &program, const Device &device, Binding &binding);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_PROGRAM_BINDING_H
