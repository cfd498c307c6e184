/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What compiled kernels look like to the runtime; the compiler emits exactly these signatures.
 *
 * CPU (System V, C): tenon_cpu_kernel below.
 *
 * CUDA: a PTX entry of the kernel's name with the parameters, in this order,
 *   buffers        one 64-bit global address for each buffer of the launch, aligned to 64 bytes, row-major and contiguous
 *   scalars        one 64-bit integer for each scalar operand of the launch
 *   workgroups     64-bit integer: how many there are, the launch's grid x (y and z are 1)
 *   scratch        64-bit generic address: 0, or global memory with an area of `scratch_stride` bytes for each block
 *   scratch_stride 64-bit integer
 *   maps           for each tensor map of the launch its CUtensorMap by value, 128 bytes aligned to 64
 * launched with Kernel.threads threads in one-dimensional blocks, and any number of blocks from 1 to `workgroups`: block b computes the
 * workgroups b, b + gridDim.x, and so on. With `scratch` 0 the block's scratch is its dynamic shared memory, of the launch's `scratch`
 * bytes, else it begins at scratch + b * scratch_stride. */
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
