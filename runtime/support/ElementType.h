// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Element types: the schema's numbers are the C ABI's. Sizes of tensors, and host integers in and out of tensors.
#ifndef TENON_RUNTIME_SUPPORT_ELEMENTTYPE_H
#define TENON_RUNTIME_SUPPORT_ELEMENTTYPE_H

#include "tenon/tenon.h"

#include <cstdint>

namespace tenon::runtime {

/// Bytes of a tensor; false if a dim is negative or the size exceeds 64 bits or the type has no size.
[[nodiscard]] bool tensorBytes(tenon_type type, const int64_t *dims, uint32_t rank, int64_t &bytes);

/// Can host integers be written to (read from) elements of this type?
bool canWriteScalar(tenon_type type);
bool canReadScalar(tenon_type type);

/// Element `index` at `data` becomes `value`, converted; false if an integer type cannot hold it.
[[nodiscard]] bool writeScalar(void *data, tenon_type type, int64_t index, int64_t value);
/// The element as an integer; false if 64 signed bits cannot hold it.
[[nodiscard]] bool readScalar(const void *data, tenon_type type, int64_t index, int64_t &value);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_SUPPORT_ELEMENTTYPE_H
