// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ONNX's rule for what a slice takes of a dim of n elements. Negative positions count from the end; then
//
//   forwards   start and end are clamped to [0, n]
//   backwards  start is clamped to [0, n - 1], end to [-1, n - 1]
//
// and ceil((end - start) / step) elements are taken, at least none. `T` is int64_t, or Scalar (of index type) for what a run computes.
#ifndef TENON_DIALECTS_INFER_IR_SLICERULE_H
#define TENON_DIALECTS_INFER_IR_SLICERULE_H

#include "dialects/Infer/IR/Scalar.h"

namespace tenon::infer {

namespace slice_rule {
// The arithmetic that int64_t and Scalar do not share already.
inline int64_t constant(int64_t, int64_t number) { return number; }
inline int64_t select(bool condition, int64_t x, int64_t y) { return condition ? x : y; }
inline int64_t min(int64_t x, int64_t y) { return std::min(x, y); }
inline int64_t max(int64_t x, int64_t y) { return std::max(x, y); }
inline int64_t quotient(int64_t x, int64_t y) { return x / y; }
inline Scalar constant(const Scalar &like, int64_t number) { return like.constant(number); }
Scalar quotient(const Scalar &x, const Scalar &y);

/// A position in [low, high], low being 0 or -1.
template <typename T> T clamp(const T &position, const T &low, const T &high, const T &size) {
  T zero = constant(size, 0);
  // Only negative positions are added to: the greatest integers, which say "to the end", would overflow.
  T place = select(position < zero, T(min(position, zero) + size), position);
  return min(max(place, low), high);
}
} // namespace slice_rule

/// Where a slice begins; -1 where it goes backwards through a dim without elements.
template <typename T> T sliceStart(const T &start, const T &step, const T &size) {
  using namespace slice_rule;
  T zero = constant(size, 0);
  return clamp(start, zero, T(select(step < zero, T(size - constant(size, 1)), size)), size);
}

/// How many elements a slice takes. A step of 0, which is an error, counts as 1.
template <typename T> T sliceLength(const T &start, const T &end, const T &step, const T &size) {
  using namespace slice_rule;
  T zero = constant(size, 0), one = constant(size, 1), minusOne = constant(size, -1);
  auto isBackwards = step < zero;
  T low = select(isBackwards, minusOne, zero), from = sliceStart(start, step, size), to = clamp(end, low, T(size + low), size);
  // One less than the distance, with the sign of the step: no number is negated, since the least integer has no opposite.
  T reach = to - from + select(isBackwards, one, minusOne);
  T length = quotient(reach, select(step == zero, one, step)) + one;
  return select(isBackwards, T(select(to < from, length, zero)), T(select(from < to, length, zero)));
}

} // namespace tenon::infer

#endif // TENON_DIALECTS_INFER_IR_SLICERULE_H
