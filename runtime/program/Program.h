// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A verified host program in the form that the interpreter walks: blocks are flattened to jumps, what is known before the run is told
// apart from what is not. Immutable; shared by all contexts of an engine.
#ifndef TENON_RUNTIME_PROGRAM_PROGRAM_H
#define TENON_RUNTIME_PROGRAM_PROGRAM_H

#include "runtime/device/TensorMap.h"
#include "runtime/memory/Planner.h"
#include "tenon/tenon.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tenon::runtime {

struct HostFunction;

/// A constant, or the register `reg` if that is not negative.
struct Operand {
  int64_t value = 0;
  int32_t reg = -1;

  int64_t get(const int64_t *registers) const { return reg >= 0 ? registers[reg] : value; }
};

enum class Opcode : uint8_t {
  // Scalar operations, in the schema's order: dst = a op b (select: a ? b : c).
  move,
  add,
  sub,
  mul,
  floorDiv,
  ceilDiv,
  truncDiv,
  mod,
  rem,
  min,
  max,
  eq,
  ne,
  lt,
  le,
  bitAnd,
  bitOr,
  bitXor,
  select,
  checkSymbol,  // index: symbol whose register was just written
  inputDim,     // dst = entry `index` of all inputs' dims, one input after the other
  guard,        // a == 0 fails with message `index`
  launch,       // index into launches
  copy,         // buffer dst <- buffer src, a bytes
  writeScalars, // buffer dst of `type` <- operand list [index, index + count)
  hostCall,     // index into hostCalls
  readScalar,   // dst = element a of buffer src of `type`
  alloc,
  free,       // buffer dst
  assign,     // slot dst refers to src
  jump,       // to instruction `index`
  jumpIfZero, // if a == 0
  segment,    // the straight piece `index` begins
  end
};

struct Instruction {
  Opcode opcode;
  uint8_t type = 0; // tenon_type
  uint32_t dst = 0;
  uint32_t src = 0;
  uint32_t index = 0;
  uint32_t count = 0;
  Operand a, b, c;
};

enum class Storage : uint8_t { input, output, constant, arena, pool, view, slot };

struct Buffer {
  Storage storage;
  bool bound;    // size and place follow from the shapes; false: pools, slots, views of them, views placed by main's registers
  bool launched; // a kernel gets its address, which must be aligned
  uint32_t index;
  Operand offset, bytes;
  memory::Interval lifetime; // arena
  const char *constant = nullptr;
};

struct Launch {
  const void *entry; // a tenon_cpu_kernel, or the device's own handle
  uint32_t kernel;
  bool boundBuffers;
  bool startsEarly;                 // the kernel waits for the one before it itself
  bool boundScalars;                // grid, scratch and scalars are known before the run
  uint32_t firstBuffer, numBuffers; // in Program::launchBuffers
  uint32_t firstScalar, numScalars; // with the sizes of maps; in Program::operands, and in the binding's values if boundScalars
  uint32_t firstMap, numMaps;       // in Program::maps
  Operand grid[3], scratch;
};

struct HostCall {
  const HostFunction *function;
  tenon_type type;
  uint32_t firstBuffer; // in Program::launchBuffers
  uint32_t firstScalar; // in Program::operands
};

/// Instructions [begin, end) of main without jumps, read-backs and allocation, which a device may record.
struct Segment {
  uint32_t begin, end;
  bool isBound; // the same commands at every run of a binding
};

struct TensorSpec {
  std::string name;
  tenon_type type;
  uint32_t firstDim; // of an input, among all inputs' dims
  std::vector<Operand> dims;
  std::vector<int64_t> publicDims; // -1 for a register
  std::vector<std::string> dimNames;
  std::vector<const char *> publicDimNames;
  uint32_t buffer;
  bool dataDependent;
};

struct Symbol {
  std::string name;
  int64_t minimum, maximum;
  int32_t reg;
};

struct Kernel {
  std::string name;
  std::vector<std::string> nodes;
  std::vector<const char *> publicNodes;
  std::vector<bool> writes;
};

struct Program {
  uint32_t numRegisters = 0;
  uint32_t numInputDims = 0;
  std::vector<TensorSpec> inputs, outputs;
  std::vector<Symbol> symbols;
  std::vector<Kernel> kernels;
  std::vector<Buffer> buffers;        // a view comes after what it is a view of in `resolveOrder`
  std::vector<uint32_t> resolveOrder; // of bound buffers
  std::vector<Instruction> prologue, main;
  uint64_t numLaunches = 0; // the most that a run makes; 0 if a loop decides
  std::vector<Operand> operands;
  std::vector<uint32_t> launchBuffers;
  std::vector<TensorMap> maps;
  std::vector<Launch> launches;
  std::vector<HostCall> hostCalls;
  std::vector<std::string> messages; // guards, reasons
  std::vector<Segment> segments;     // none unless the device records
  std::vector<bool> boundRegisters;  // written by the prologue
  uint32_t maxLaunchBuffers = 0, maxLaunchScalars = 0, maxWrittenScalars = 0;
  bool arenaStatic = false;
  int64_t arenaBytes = 0, liveBytes = 0;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_PROGRAM_PROGRAM_H
