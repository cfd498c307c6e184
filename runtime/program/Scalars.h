// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The host program's integer arithmetic: signed, 64 bits, every overflow and division by zero is an error.
#ifndef TENON_RUNTIME_PROGRAM_SCALARS_H
#define TENON_RUNTIME_PROGRAM_SCALARS_H

#include "runtime/device/Device.h"
#include "runtime/program/Program.h"
#include "runtime/support/Status.h"

namespace tenon::runtime {

/// Computes a instruction with opcode <= select. False on overflow or division by zero; then `result` is unspecified.
[[nodiscard]] inline bool computeScalar(const Instruction &instruction, const int64_t *registers, int64_t &result) {
  int64_t a = instruction.a.get(registers), b = instruction.b.get(registers);
  auto divide = [&](int64_t &quotient, int64_t &remainder) {
    if (b == 0 || (a == INT64_MIN && b == -1))
      return false;
    quotient = a / b;
    remainder = a % b;
    return true;
  };
  int64_t quotient, remainder;
  switch (instruction.opcode) {
  case Opcode::move:
    result = a;
    return true;
  case Opcode::add:
    return !__builtin_add_overflow(a, b, &result);
  case Opcode::sub:
    return !__builtin_sub_overflow(a, b, &result);
  case Opcode::mul:
    return !__builtin_mul_overflow(a, b, &result);
  case Opcode::floorDiv:
    if (!divide(quotient, remainder))
      return false;
    result = quotient - (remainder != 0 && (remainder < 0) != (b < 0));
    return true;
  case Opcode::ceilDiv:
    if (!divide(quotient, remainder))
      return false;
    result = quotient + (remainder != 0 && (remainder < 0) == (b < 0));
    return true;
  case Opcode::truncDiv:
    if (!divide(quotient, remainder))
      return false;
    result = quotient;
    return true;
  case Opcode::mod: // the remainder of floorDiv: has the divisor's sign
    if (b == 0)
      return false;
    remainder = b == -1 ? 0 : a % b;
    result = remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
    return true;
  case Opcode::rem:
    if (b == 0)
      return false;
    result = b == -1 ? 0 : a % b;
    return true;
  case Opcode::min:
    result = a < b ? a : b;
    return true;
  case Opcode::max:
    result = a > b ? a : b;
    return true;
  case Opcode::eq:
    result = a == b;
    return true;
  case Opcode::ne:
    result = a != b;
    return true;
  case Opcode::lt:
    result = a < b;
    return true;
  case Opcode::le:
    result = a <= b;
    return true;
  case Opcode::bitAnd:
    result = a & b;
    return true;
  case Opcode::bitOr:
    result = a | b;
    return true;
  case Opcode::bitXor:
    result = a ^ b;
    return true;
  case Opcode::select:
    result = a != 0 ? b : instruction.c.get(registers);
    return true;
  default:
    return false;
  }
}

/// The error of a computation that failed.
Status makeScalarError(const Instruction &instruction, const int64_t *registers);

/// The values of a launch's grid, scratch per workgroup and scalars, checked: TENON_PROGRAM_ERROR, TENON_OVERFLOW, or
/// TENON_UNSUPPORTED where the device has too little scratch.
struct LaunchValues {
  int64_t grid[3];
  int64_t scratch;       // bytes of a workgroup
  int64_t scratchMemory; // what the device needs for it
};
Status evaluateLaunch(const Program &program, const Device &device, const Launch &launch, const int64_t *registers, LaunchValues &values,
                      int64_t *scalars);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_PROGRAM_SCALARS_H
