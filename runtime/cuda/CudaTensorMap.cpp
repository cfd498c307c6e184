// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/cuda/CudaTensorMap.h"

#include <cstring>

using namespace tenon::runtime;

/// CUtensorMapDataType. What a copy does not interpret is given by its width: zeros are what fills the outside in every type.
static int32_t dataTypeOf(tenon_type type) {
  switch (type) {
  case TENON_F16:
    return 6;
  case TENON_F32:
    return 7;
  case TENON_F64:
    return 8;
  case TENON_BF16:
    return 9;
  default:
    switch (tenon_type_bits(type)) {
    case 8:
      return 0; // UINT8
    case 16:
      return 1; // UINT16
    case 32:
      return 2; // UINT32
    default:
      return 4; // UINT64
    }
  }
}

/// CUtensorMapSwizzle.
static int32_t swizzleOf(uint32_t bytes) { return bytes == 128 ? 3 : bytes == 64 ? 2 : bytes == 32 ? 1 : 0; }

// CUtensorMapInterleave, CUtensorMapL2promotion (256 bytes) and CUtensorMapFloatOOBfill (zeros).
static constexpr int32_t kNoInterleave = 0, kPromote256 = 3, kFillZeros = 0;

Status tenon::runtime::encodeTensorMap(CudaDevice &device, const TensorMap &map, const int64_t *scalars, cuda::DeviceAddress address,
                                       void *encoded) {
  alignas(64) unsigned char bytes[kTensorMapBytes];
  uint64_t dims[TensorMap::kMaxRank], strides[TensorMap::kMaxRank];
  for (uint32_t dim = 0; dim < map.rank; ++dim)
    dims[dim] = uint64_t(map.getDims(scalars)[dim]);
  for (uint32_t dim = 0; dim + 1 < map.rank; ++dim)
    strides[dim] = uint64_t(map.getStrides(scalars)[dim]);
  int32_t type = dataTypeOf(map.type), swizzle = swizzleOf(map.swizzle);
  const cuda::Driver &driver = device.getDriver();
  cuda::Result result =
      map.isImages ? driver.cuTensorMapEncodeIm2col(bytes, type, map.rank, address, dims, strides, map.lower, map.upper, map.box[0],
                                                    map.box[1], map.steps, kNoInterleave, swizzle, kPromote256, kFillZeros)
                   : driver.cuTensorMapEncodeTiled(bytes, type, map.rank, address, dims, strides, map.box, map.steps, kNoInterleave,
                                                   swizzle, kPromote256, kFillZeros);
  if (result == cuda::invalidValue)
    return makeError(TENON_PROGRAM_ERROR, "the driver refuses a tensor map of rank %u", map.rank);
  TENON_TRY(device.check(result, "encoding a tensor map"));
  std::memcpy(encoded, bytes, kTensorMapBytes);
  return Status();
}
