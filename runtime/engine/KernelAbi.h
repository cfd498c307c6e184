/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a compiled CPU kernel looks like to the runtime; the compiler emits exactly this signature (System V, C). */
#ifndef TENON_RUNTIME_ENGINE_KERNELABI_H
#define TENON_RUNTIME_ENGINE_KERNELABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Computes one workgroup of a launch.
 *   buffers  base addresses in the launch's order, each aligned to 64 bytes, row-major and contiguous
 *   scalars  the launch's scalar operands (dims and other host integers)
 *   x, y, z  workgroup id, each in [0, grid)
 *   scratch  the workgroup's own memory of the launch's `scratch` bytes, aligned to 64, content undefined */
typedef void (*tenon_cpu_kernel)(void *const *buffers, const int64_t *scalars, int64_t x, int64_t y, int64_t z, void *scratch);

#ifdef __cplusplus
}
#endif
#endif /* TENON_RUNTIME_ENGINE_KERNELABI_H */
