// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rule P12: tensor maps of a launch. Their sizes may be registers; those are judged when they are known.
#include "runtime/engine/Facts.h"
#include "runtime/engine/Format.h"
#include "runtime/engine/Verifier.h"

using namespace tenon::runtime;
namespace fb = tenon::engine;

static Status refuse(uint32_t kernel, const char *what) {
  return makeError(TENON_INVALID_ENGINE, "P12: kernel %u: a tensor map %s", kernel, what);
}

static Status verifyBox(const fb::TensorMap &map, uint32_t rank, uint32_t kernel) {
  bool isImages = sizeOf(map.lower()) > 0;
  if (sizeOf(map.box()) != (isImages ? 2 : rank))
    return refuse(kernel, "has a box of another rank");
  for (uint32_t dim = 0; dim < sizeOf(map.box()); ++dim) {
    uint32_t size = at(map.box(), dim);
    if (size < 1 || size > (isImages && dim == 1 ? 1024u : 256u))
      return refuse(kernel, "has a box that is empty or too large");
  }
  uint64_t rowBytes = uint64_t(at(map.box(), 0)) * (tenon_type_bits(static_cast<tenon_type>(map.type())) / 8);
  if (map.swizzle() != 0 && map.swizzle() != 32 && map.swizzle() != 64 && map.swizzle() != 128)
    return refuse(kernel, "has a swizzle that is none of 0, 32, 64, 128");
  if (rowBytes % 16 != 0 || (map.swizzle() != 0 && rowBytes > map.swizzle()))
    return refuse(kernel, "has rows that are no multiple of 16 bytes or wider than the swizzle");
  return Status();
}

static Status verifyMap(const fb::TensorMap &map, const fb::Launch &launch) {
  uint32_t kernel = launch.kernel(), rank = sizeOf(map.dims());
  if (map.buffer() >= sizeOf(launch.buffers()))
    return refuse(kernel, "is of a buffer that the launch does not have");
  uint32_t bits = tenon_type_bits(static_cast<tenon_type>(map.type()));
  if (bits == 0 || bits % 8 != 0)
    return refuse(kernel, "has elements that are not whole bytes");
  bool isImages = sizeOf(map.lower()) > 0;
  if (rank < (isImages ? 3u : 1u) || rank > 5 || sizeOf(map.strides()) != rank - 1 || sizeOf(map.steps()) != rank)
    return refuse(kernel, "has a rank that no descriptor has, or sizes of different ranks");
  if (sizeOf(map.upper()) != sizeOf(map.lower()) || (isImages && sizeOf(map.lower()) != rank - 2))
    return refuse(kernel, "has corners of another rank");
  for (uint32_t dim = 0; dim < rank; ++dim)
    if (at(map.steps(), dim) < 1 || at(map.steps(), dim) > 8)
      return refuse(kernel, "has a step that is not from 1 to 8");
  return verifyBox(map, rank, kernel);
}

Status tenon::runtime::verifyTensorMaps(const fb::Launch &launch, const fb::Target &target) {
  if (sizeOf(launch.maps()) > 0 && target.device() != fb::DeviceKind::cuda)
    return refuse(launch.kernel(), "stands in code for another device than CUDA");
  uint32_t expected = at(target.kernels(), launch.kernel())->num_maps();
  if (sizeOf(launch.maps()) > fb::kMaxMaps || sizeOf(launch.maps()) != expected)
    return makeError(TENON_INVALID_ENGINE, "P12: kernel %u: expected %u tensor maps and no more than %u, got %u", launch.kernel(), expected,
                     fb::kMaxMaps, sizeOf(launch.maps()));
  uint64_t operands = uint64_t(sizeOf(launch.buffers())) + sizeOf(launch.scalars());
  uint64_t bytes = fb::alignUp((operands + 3) * 8, fb::kMapAlignment) + uint64_t(sizeOf(launch.maps())) * fb::kMapSize;
  if (sizeOf(launch.maps()) > 0 && bytes > fb::kMaxParameterBytes)
    return makeError(TENON_INVALID_ENGINE, "P12: kernel %u: expected at most %u bytes of parameters, got %u", launch.kernel(),
                     unsigned(fb::kMaxParameterBytes), unsigned(bytes));
  for (uint32_t i = 0; i < sizeOf(launch.maps()); ++i)
    TENON_TRY(verifyMap(*at(launch.maps(), i), launch));
  return Status();
}
