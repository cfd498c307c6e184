// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Errors of host arithmetic and the evaluation of launches.
#include "runtime/program/Scalars.h"

#include "runtime/engine/Format.h"
#include "runtime/support/Checked.h"

#include <algorithm>
#include <cinttypes>

using namespace tenon::runtime;

static constexpr int64_t kMaxScratch = int64_t(1) << 40;

Status tenon::runtime::makeScalarError(const Instruction &instruction, const int64_t *registers) {
  static constexpr const char *names[] = {"move", "add", "sub", "mul", "floor_div", "ceil_div", "trunc_div", "mod", "rem"};
  const char *name = instruction.opcode <= Opcode::rem ? names[unsigned(instruction.opcode)] : "operation";
  int64_t a = instruction.a.get(registers), b = instruction.b.get(registers);
  bool isDivision = instruction.opcode >= Opcode::floorDiv && b == 0;
  return makeError(TENON_OVERFLOW,
                   isDivision ? "shape arithmetic divides by zero: %s of %" PRIi64 " and %" PRIi64
                              : "shape arithmetic leaves 64 bits: %s of %" PRIi64 " and %" PRIi64,
                   name, a, b);
}

Status tenon::runtime::evaluateLaunch(const Program &program, const Device &device, const Launch &launch, const int64_t *registers,
                                      LaunchValues &values, int64_t *scalars) {
  const char *name = program.kernels[launch.kernel].name.c_str();
  int64_t total = 1;
  for (int i = 0; i < 3; ++i) {
    int64_t size = launch.grid[i].get(registers);
    if (size < 0)
      return makeError(TENON_PROGRAM_ERROR, "kernel '%s': grid dimension %d is %" PRIi64, name, i, size);
    if (!checkedMul(total, std::max<int64_t>(size, 1), total) || total > engine::kMaxGrid)
      return makeError(TENON_OVERFLOW, "kernel '%s': the grid is larger than 2^40 workgroups", name);
    values.grid[i] = size;
  }
  values.scratch = launch.scratch.get(registers);
  if (values.scratch < 0 || values.scratch > kMaxScratch)
    return makeError(TENON_PROGRAM_ERROR, "kernel '%s': scratch of %" PRIi64 " bytes", name, values.scratch);
  TENON_TRY(device.sizeScratch(launch.entry, values.scratch, values.grid[0] * values.grid[1] * values.grid[2], values.scratchMemory));
  for (uint32_t i = 0; i < launch.numScalars; ++i)
    scalars[i] = program.operands[launch.firstScalar + i].get(registers);
  return Status();
}
