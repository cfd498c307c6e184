// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The generated schema, and readers that treat an absent vector as empty and an absent operand as the constant 0.
#ifndef TENON_RUNTIME_ENGINE_SCHEMA_H
#define TENON_RUNTIME_ENGINE_SCHEMA_H

#include "runtime/engine/engine_generated.h"
#include "runtime/program/Program.h"

#include <cstring>
#include <type_traits>

namespace tenon::runtime {

template <typename T> uint32_t sizeOf(const flatbuffers::Vector<T> *vector) { return vector ? vector->size() : 0; }

template <typename T> using ElementOf = typename flatbuffers::Vector<T>::return_type;
/// Element `index` < sizeOf(vector). FlatBuffers' verifier lets any vector begin at a multiple of 4: numbers are copied out.
template <typename T> ElementOf<T> at(const flatbuffers::Vector<T> *vector, uint32_t index) {
  if constexpr (std::is_arithmetic_v<T>) {
    T value;
    std::memcpy(&value, vector->Data() + size_t(index) * sizeof(T), sizeof(T));
    return flatbuffers::EndianScalar(value);
  } else {
    return vector->Get(index);
  }
}

inline Operand toOperand(const engine::Operand *operand) {
  if (!operand)
    return Operand();
  // FlatBuffers' verifier lets a vector of structs begin at any multiple of 4.
  engine::Operand copy;
  std::memcpy(&copy, reinterpret_cast<const char *>(operand), sizeof(copy));
  return {copy.value(), copy.reg() >= 0 ? copy.reg() : -1};
}

inline const char *textOf(const flatbuffers::String *string) { return string ? string->c_str() : ""; }

} // namespace tenon::runtime

#endif // TENON_RUNTIME_ENGINE_SCHEMA_H
